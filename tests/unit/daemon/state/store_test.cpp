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
    i.jobs = {{"a1", "dask-batch-0-1a", "12", false, config::launcher_kind::pbs, "login1"},
              {"a2", "dask-batch-1-2b", "", true, config::launcher_kind::sge}};
    i.scheduler_port = 8786;
    i.owner = {"node1", this_host().boot_id};
    i.revision = 4;
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
        ASSERT_FALSE(s.is_lost());
        ASSERT_THAT(s.notice(), testing::HasSubstr("state.json.bad-1")) << length;
        ASSERT_EQ(read_whole(file.string() + ".bad-1").value(), whole.substr(0, length));
        fs::remove(file.string() + ".bad-1");
    }
}

TEST_F(intent_store, never_believes_a_file_with_one_wrong_bit) {
    intent former;
    former.next_seq = 5;
    ASSERT_TRUE(store(file).save(former));
    ASSERT_TRUE(store(file).save(full_intent()));
    auto const whole = text();
    for (std::size_t at = 0; at < whole.size(); ++at) {
        auto bad = whole;
        bad[at] = static_cast<char>(bad[at] ^ (1 << at % 7));
        write(file, bad);
        auto const loaded = store(file).load();
        // Spaces may change without harm, and what claims to be of a newer daskd is left alone.
        if (!loaded) {
            ASSERT_EQ(loaded.error().code, errc::bad_configuration) << bad;
        } else if (*loaded != full_intent()) {
            ASSERT_EQ(*loaded, former) << bad;
        }
        fs::remove(file.string() + ".bad-1");
    }
}

TEST_F(intent_store, has_a_copy_for_when_both_files_are_bad) {
    auto const copy = dir / "copy.json";
    ASSERT_TRUE(store(file, copy).save(full_intent()));
    write(file, "{");
    write(file.string() + ".bak", "");
    store s(file, copy);
    EXPECT_EQ(s.load().value(), full_intent());
    EXPECT_FALSE(s.is_lost());
    EXPECT_THAT(s.notice(), testing::HasSubstr("copy.json has it all"));

    write(copy, "{");
    store none(file, copy);
    EXPECT_EQ(none.load().value(), intent{});
    EXPECT_TRUE(none.is_lost());
}

TEST_F(intent_store, believes_the_copy_only_if_it_is_newer_and_of_this_boot_and_file) {
    auto const copy = dir / "copy.json";
    auto const older = full_intent();
    auto const save_copy_only = [&](intent const& i) {
        ASSERT_TRUE(store(file, copy).save(i));
        ASSERT_TRUE(store(file).save(older));
    };
    auto newer = older;
    newer.up = false;
    save_copy_only(newer);
    EXPECT_TRUE(store(file, copy).load().value().up) << "of the same revision";
    ++newer.revision;
    save_copy_only(newer);
    EXPECT_FALSE(store(file, copy).load().value().up);
    EXPECT_TRUE(store(file).load().value().up);
    newer.owner.boot_id = "an earlier one";
    save_copy_only(newer);
    EXPECT_TRUE(store(file, copy).load().value().up);
    newer.owner = older.owner;
    ASSERT_TRUE(store(dir / "elsewhere.json", copy).save(newer));
    EXPECT_TRUE(store(file, copy).load().value().up) << "a copy of another file";
}

TEST_F(intent_store, reads_what_an_older_daskd_has_written) {
    write(file, R"({"schema": 1, "up": true, "scaled": {"local": 7}})");
    auto const loaded = store(file).load();
    ASSERT_TRUE(loaded);
    EXPECT_TRUE(loaded->up);
    EXPECT_EQ(loaded->scaled.at("local"), 7);
}

TEST_F(intent_store, leaves_a_cluster_to_the_host_that_took_it_over) {
    auto theirs = full_intent();
    theirs.owner = {"node2", "c"};
    ASSERT_TRUE(store(file).save(theirs));
    auto const saved = store(file).save(full_intent());
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().code, errc::busy);
    EXPECT_THAT(saved.error().what, testing::HasSubstr("node2"));
    EXPECT_FALSE(store(file).try_out(full_intent()));
    theirs.up = false;
    ASSERT_TRUE(store(file).save(theirs));
    EXPECT_TRUE(store(file).save(full_intent()));
}

TEST_F(intent_store, can_be_tried_out_without_a_trace) {
    ASSERT_TRUE(store(file).save(full_intent()));
    auto other = full_intent();
    other.up = false;
    EXPECT_TRUE(store(file).try_out(other));
    EXPECT_EQ(store(file).load().value(), full_intent());
    EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), {}), 1);
    EXPECT_FALSE(store(dir / "none" / "state.json").try_out(intent{}));
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
    auto other = full_intent();
    other.up = false;
    auto const saved = store(file).save(other);
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
