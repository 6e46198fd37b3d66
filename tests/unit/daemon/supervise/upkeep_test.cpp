#include "daemon/supervise/upkeep.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"

#include <gmock/gmock.h>

namespace daskd::supervise {
namespace {

namespace fs = std::filesystem;

class files_kept : public testing::Test {
protected:
    void SetUp() override {
        fs::create_directory(kept);
        care.add([this]() -> result<void> {
            ++looks;
            if (failure) return *failure;
            fs::create_directory(kept);
            return {};
        });
    }

    test::temporary_directory dir;
    fs::path kept = dir / "kept";
    boost::asio::io_context io;
    std::optional<error> failure;
    int looks = 0;
    std::vector<std::string> told;
    upkeep care{io.get_executor(), {kept}, [this](std::string const& text) { told.push_back(text); }};
};

TEST_F(files_kept, are_made_again_at_once_each_time) {
    care.look();
    for (int round = 0; round < 3; ++round) {
        fs::remove_all(kept);
        EXPECT_TRUE(test::run_until(io, [&] { return fs::exists(kept); }));
    }
}

TEST_F(files_kept, rest_while_all_is_well) {
    care.look();
    test::run_until(
        io, [] { return false; }, std::chrono::milliseconds(100));
    EXPECT_EQ(looks, 1);
    EXPECT_EQ(told, std::vector<std::string>{""});
}

TEST_F(files_kept, are_tried_again_until_it_works) {
    failure = error{errc::failed, "cannot write x", "make room"};
    care.add([this]() -> result<void> {
        care.look_soon(); // as those do who find out for themselves
        if (failure) return error{errc::failed, "cannot write y", "make room"};
        return {};
    });
    care.look();
    EXPECT_EQ(told.back(), "cannot write x; cannot write y: make room");
    test::run_until(
        io, [] { return false; }, std::chrono::milliseconds(300));
    EXPECT_EQ(looks, 1) << "not in a hurry";
    failure.reset();
    EXPECT_TRUE(test::run_until(
        io, [&] { return told.back().empty(); }, std::chrono::seconds(5)));
}

TEST_F(files_kept, are_not_told_of_where_they_only_take_their_time) {
    failure = error{errc::not_up, "not yet", ""};
    care.look();
    EXPECT_EQ(told.back(), "");
    EXPECT_TRUE(test::run_until(
        io, [&] { return looks == 2; }, std::chrono::seconds(5)));
}

} // namespace
} // namespace daskd::supervise
