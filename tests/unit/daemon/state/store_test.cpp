#include "daemon/async/unique_fd.hpp"
#include "daemon/state/durable_file.hpp"
#include "daemon/state/store.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>

namespace daskd::state {
namespace {

namespace fs = std::filesystem;

intent full_intent() {
    intent i;
    i.up = true;
    i.started_by_up = true;
    i.context = {{{"PATH", "/bin"}}, "/home/a"};
    i.flags = {3, 2, "4GiB"};
    i.pools = {"local"};
    i.scaled = {{"local", 7}};
    i.adapt["a"] = config::adapt_settings{0, 10, config::milliseconds{1500}, {}, {}};
    i.adapt["b"] = std::nullopt;
    i.adapted = {{"a", {0, 2}}};
    i.stopped_workers = {"local-1"};
    i.scheduler_stopped = true;
    i.scheduler_port = 8786;
    i.host = "node1";
    i.boot_id = "b";
    i.next_seq = 17;
    i.next_incarnation = 9;
    return i;
}

void write(fs::path const& file, std::string const& text) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

class intent_store : public testing::Test {
protected:
    std::string text() { return read_whole(file).value().value_or("(missing)"); }

    test::temporary_directory dir;
    fs::path file = dir / "state.json";
};

TEST_F(intent_store, returns_what_was_saved) {
    EXPECT_EQ(store(file).load().value(), intent{});
    ASSERT_TRUE(store(file).save(full_intent()));
    store again(file);
    EXPECT_EQ(again.load().value(), full_intent());
    EXPECT_EQ(again.notice(), "");
    struct stat st {};
    ASSERT_EQ(::stat(file.c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 0777, 0600U);
}

TEST_F(intent_store, uses_the_one_before_wherever_the_file_is_cut) {
    intent former;
    former.next_seq = 5;
    ASSERT_TRUE(store(file).save(former));
    ASSERT_TRUE(store(file).save(full_intent()));
    auto const whole = text();
    auto const before = read_whole(file.string() + ".bak").value().value();
    auto const last = whole.find_last_of('}');
    for (std::size_t length = 0; length <= last; ++length) {
        write(file, whole.substr(0, length));
        write(file.string() + ".bak", before);
        store s(file);
        ASSERT_EQ(s.load().value(), former) << length;
        ASSERT_THAT(s.notice(), testing::HasSubstr("state.json.bad-1")) << length;
        ASSERT_EQ(read_whole(file.string() + ".bad-1").value(), whole.substr(0, length));
        fs::remove(file.string() + ".bad-1");
    }
}

TEST_F(intent_store, survives_a_crash_between_its_two_renames) {
    ASSERT_TRUE(store(file).save(full_intent()));
    fs::rename(file, file.string() + ".bak");
    EXPECT_EQ(store(file).load().value(), full_intent());
}

TEST_F(intent_store, keeps_every_bad_file_and_goes_on) {
    for (auto const* bad : {"{", "[]", R"({"schema":1,"up":"yes"})"}) {
        write(file, bad);
        EXPECT_EQ(store(file).load().value(), intent{}) << bad;
    }
    EXPECT_TRUE(fs::exists(file.string() + ".bad-3"));
    ASSERT_TRUE(store(file).save(full_intent()));
    EXPECT_EQ(store(file).load().value(), full_intent());
}

TEST_F(intent_store, leaves_a_newer_schema_alone) {
    write(file, R"({"schema": 2, "up": true})");
    auto const loaded = store(file).load();
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, errc::bad_configuration);
    EXPECT_THAT(loaded.error().what, testing::HasSubstr("newer daskd"));
    EXPECT_EQ(text(), R"({"schema": 2, "up": true})");
}

TEST_F(intent_store, fails_without_harm_where_it_cannot_write) {
    ASSERT_TRUE(store(file).save(full_intent()));
    fs::create_directory(file.string() + ".tmp"); // in the way
    auto const saved = store(file).save(intent{});
    ASSERT_FALSE(saved);
    EXPECT_THAT(saved.error().what, testing::HasSubstr("state.json.tmp"));
    EXPECT_EQ(store(file).load().value(), full_intent());
}

TEST(write_all, tells_of_a_full_disk) {
    async::unique_fd const full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    EXPECT_EQ(write_all(full.get(), "x"), ENOSPC);
}

} // namespace
} // namespace daskd::state
