#include "daemon/logs/follower.hpp"
#include "daemon/logs/tail.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"

#include <fstream>
#include <map>

namespace daskd::logs {
namespace {

namespace fs = std::filesystem;
using lines = std::vector<std::string>;

class following : public testing::Test {
protected:
    void append(std::string const& name, std::string const& text) {
        std::ofstream(dir / name, std::ios::binary | std::ios::app) << text;
    }
    bool gets(std::string const& name, lines const& expected) {
        bool const came = test::run_until(io, [&] { return got[name].size() >= expected.size(); });
        EXPECT_EQ(got[name], expected);
        return came;
    }

    test::temporary_directory dir;
    boost::asio::io_context io;
    std::map<std::string, lines> got; ///< by file name
    follower logs{io.get_executor(), [this](fs::path const& file, lines const& more) {
                      auto& all = got[file.filename().string()];
                      all.insert(all.end(), more.begin(), more.end());
                  }};
};

TEST_F(following, hands_on_whole_lines_from_the_offset) {
    append("a.log", "old\nbetween\n");
    ASSERT_TRUE(logs.add(dir / "a.log", 4));
    ASSERT_TRUE(logs.add(dir / "a.log", 0)) << "again: no matter";
    append("a.log", "new\nhalf");
    EXPECT_TRUE(gets("a.log", {"between", "new"}));
    append("a.log", " done\n");
    EXPECT_TRUE(gets("a.log", {"between", "new", "half done"}));
}

TEST_F(following, keeps_several_apart) {
    ASSERT_TRUE(logs.add(dir / "a.log", 0));
    ASSERT_TRUE(logs.add(dir / "b.log", 0));
    append("a.log", "of a\n");
    append("b.log", "of b\n");
    append("c.log", "of nobody\n");
    EXPECT_TRUE(gets("a.log", {"of a"}));
    EXPECT_TRUE(gets("b.log", {"of b"}));
    EXPECT_FALSE(got.contains("c.log"));
}

TEST_F(following, waits_for_a_file_that_is_not_there_yet) {
    ASSERT_TRUE(logs.add(dir / "late.log", 0));
    io.run_for(std::chrono::milliseconds(50));
    append("late.log", "here\n");
    EXPECT_TRUE(gets("late.log", {"here"}));
    append("late.log", "more\n");
    EXPECT_TRUE(gets("late.log", {"here", "more"}));
}

TEST_F(following, goes_on_after_rotation_by_copy_and_truncate) {
    append("a.log", "one\ntwo\n");
    ASSERT_TRUE(logs.add(dir / "a.log", 0));
    EXPECT_TRUE(gets("a.log", {"one", "two"}));
    fs::copy_file(dir / "a.log", dir / "a.log.1");
    fs::resize_file(dir / "a.log", 0);
    append("a.log", "three\n");
    EXPECT_TRUE(gets("a.log", {"one", "two", "three"}));
}

TEST_F(following, reads_a_replaced_file_to_its_end_first) {
    append("a.log", "one\n");
    ASSERT_TRUE(logs.add(dir / "a.log", 0));
    EXPECT_TRUE(gets("a.log", {"one"}));
    append("a.log", "two\n");
    fs::rename(dir / "a.log", dir / "a.log.1");
    append("a.log", "three\n");
    EXPECT_TRUE(gets("a.log", {"one", "two", "three"}));
    append("a.log.1", "of the old file\n");
    append("a.log", "four\n");
    EXPECT_TRUE(gets("a.log", {"one", "two", "three", "four"}));
}

TEST_F(following, waits_after_a_deletion) {
    append("a.log", "one\n");
    ASSERT_TRUE(logs.add(dir / "a.log", 0));
    EXPECT_TRUE(gets("a.log", {"one"}));
    fs::remove(dir / "a.log");
    io.run_for(std::chrono::milliseconds(50));
    append("a.log", "two\n");
    EXPECT_TRUE(gets("a.log", {"one", "two"}));
}

TEST_F(following, takes_a_flood_in_pieces) {
    std::string text;
    lines all;
    for (int i = 0; i < 200'000; ++i) {
        all.push_back("line " + std::to_string(i));
        text += all.back() + "\n";
    }
    ASSERT_TRUE(logs.add(dir / "a.log", 0));
    append("a.log", text);
    EXPECT_TRUE(gets("a.log", all));
}

TEST_F(following, ends_when_told) {
    append("a.log", "one\n");
    append("b.log", "one\n");
    ASSERT_TRUE(logs.add(dir / "a.log", 0));
    ASSERT_TRUE(logs.add(dir / "b.log", 0));
    logs.remove(dir / "a.log");
    EXPECT_TRUE(gets("b.log", {"one"}));
    logs.stop();
    append("b.log", "two\n");
    io.restart();
    io.run_for(std::chrono::seconds(10));
    EXPECT_TRUE(io.stopped()) << "the loop has not ended";
    EXPECT_EQ(got["b.log"], lines{"one"});
    EXPECT_FALSE(got.contains("a.log"));
}

TEST_F(following, needs_the_directory) {
    EXPECT_EQ(logs.add(dir / "none" / "a.log", 0).error().code, errc::unknown_name);
}

} // namespace
} // namespace daskd::logs
