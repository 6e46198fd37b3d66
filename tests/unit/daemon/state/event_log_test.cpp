#include "daemon/state/event_log.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"

#include <fstream>

namespace daskd::state {
namespace {

namespace fs = std::filesystem;

event change(std::string name) {
    event e;
    e.at = "2026-01-01T00:00:00.000Z";
    e.kind = "worker.state";
    e.name = std::move(name);
    e.from = "running";
    e.to = "backoff";
    return e;
}

std::uint64_t add(event_log& log, event e) {
    EXPECT_TRUE(log.append(e));
    return e.seq;
}

TEST(event_json, goes_both_ways) {
    auto e = change("local-0");
    e.seq = 3;
    EXPECT_EQ(event_from_json(to_json(e)).value(), e);
    EXPECT_TRUE(to_json(e)["cause"].is_null());
    e.cause = event_cause{"signal", std::nullopt, "SIGKILL", "killed by SIGKILL"};
    EXPECT_EQ(event_from_json(to_json(e)).value(), e);
    e.cause = event_cause{"exit", 3, std::nullopt, "exited with code 3"};
    EXPECT_EQ(event_from_json(to_json(e)).value(), e);
    EXPECT_FALSE(event_from_json(json::object()));
    EXPECT_FALSE(event_from_json({{"seq", "x"}}));
    EXPECT_FALSE(event_from_json(17));
}

class event_history : public testing::Test {
protected:
    test::temporary_directory dir;
    fs::path file = dir / "events.jsonl";
};

TEST_F(event_history, numbers_and_returns_events) {
    event_log log(file, 1);
    EXPECT_EQ(log.last_seq(), 0U);
    for (auto const* name : {"a", "b", "c"})
        add(log, change(name));
    EXPECT_EQ(log.first_seq(), 1U);
    EXPECT_EQ(log.last_seq(), 3U);
    EXPECT_EQ(log.read(0, 10).size(), 3U);
    auto const some = log.read(1, 1);
    ASSERT_EQ(some.size(), 1U);
    EXPECT_EQ(some[0].name, "b");
    EXPECT_TRUE(log.read(3, 10).empty());
    EXPECT_TRUE(log.read(99, 10).empty());
}

TEST_F(event_history, goes_on_after_a_restart) {
    add(*std::make_unique<event_log>(file, 1), change("a"));
    event_log log(file, 1);
    EXPECT_EQ(log.read(0, 10).size(), 1U);
    EXPECT_EQ(add(log, change("b")), 2U);
}

TEST_F(event_history, numbers_never_fall_even_if_the_file_is_lost) {
    add(*std::make_unique<event_log>(file, 500), change("a"));
    fs::remove(file);
    event_log log(file, 501);
    EXPECT_EQ(log.first_seq(), 501U);
    EXPECT_EQ(add(log, change("b")), 501U);
}

TEST_F(event_history, skips_what_makes_no_sense) {
    add(*std::make_unique<event_log>(file, 1), change("a"));
    std::ofstream(file, std::ios::app) << "nonsense\n{\"seq\":1}\n{\"seq\":7,\"na"; // cut by a crash
    {
        event_log log(file, 1);
        EXPECT_EQ(log.read(0, 10).size(), 1U);
        EXPECT_EQ(add(log, change("b")), 2U);
    }
    EXPECT_EQ(event_log(file, 1).read(0, 10).size(), 2U);
}

TEST_F(event_history, is_bounded_in_memory_and_on_disk) {
    auto big = change("a");
    big.text = std::string(1000, 'x');
    event_log log(file, 1);
    constexpr std::uint64_t count = 12'000;
    for (std::uint64_t i = 0; i < count; ++i)
        add(log, big);
    EXPECT_EQ(log.last_seq(), count);
    EXPECT_EQ(log.first_seq(), count - event_log::max_events + 1);
    EXPECT_LE(fs::file_size(file), event_log::max_file_bytes);
    EXPECT_LE(fs::file_size(file.string() + ".1"), event_log::max_file_bytes);
    event_log const again(file, 1);
    EXPECT_EQ(again.last_seq(), count);
    EXPECT_GT(again.read(0, count).size(), 3'000U) << "the older file is read too";
}

TEST_F(event_history, goes_on_in_memory_and_fills_the_gap_in_the_file_later) {
    auto const removed = dir / "gone" / "events.jsonl";
    event_log log(removed, 1);
    auto e = change("a");
    for (int n = 0; n < 2; ++n) {
        auto const kept = log.append(e);
        ASSERT_FALSE(kept);
        EXPECT_THAT(kept.error().what, testing::HasSubstr("No such file or directory"));
        EXPECT_TRUE(log.is_degraded());
    }
    EXPECT_EQ(log.read(0, 10).size(), 2U);
    fs::create_directory(dir / "gone");
    EXPECT_TRUE(log.flush());
    EXPECT_FALSE(log.is_degraded());
    add(log, change("b"));
    EXPECT_EQ(event_log(removed, 1).read(0, 10).size(), 3U);
}

TEST_F(event_history, makes_a_removed_file_again_with_all_that_it_held) {
    event_log log(file, 1);
    add(log, change("a"));
    fs::remove(file);
    add(log, change("b"));
    EXPECT_EQ(event_log(file, 1).read(0, 10).size(), 2U);
}

TEST_F(event_history, counts_what_was_never_written) {
    EXPECT_EQ(event_log(file, 1).missing(), 0U);
    add(*std::make_unique<event_log>(file, 1), change("a"));
    EXPECT_EQ(event_log(file, 2).missing(), 0U);
    EXPECT_EQ(event_log(file, 7).missing(), 5U);
    fs::remove(file);
    EXPECT_EQ(event_log(file, 7).missing(), 6U);
}

} // namespace
} // namespace daskd::state
