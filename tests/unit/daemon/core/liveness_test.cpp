#include "daemon/core/liveness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daskd::core {
namespace {

using namespace std::chrono_literals;

constexpr auto leave = hang_verdict::leave;
constexpr auto kill = hang_verdict::kill;

struct hang_case {
    char const* name;
    silence_facts facts; ///< silence, state, watched, cpu_time
    hang_verdict verdict;
};

class hangs : public testing::TestWithParam<hang_case> {};

TEST_P(hangs, are_told_from_work) {
    EXPECT_EQ(judge(GetParam().facts, 60s), GetParam().verdict);
}

INSTANTIATE_TEST_SUITE_P(
    table, hangs,
    testing::Values(hang_case{"speaks", {1s, 'S', 0s, 0s}, leave},
                    hang_case{"stopped_just_now", {59s, 'T', 20s, 0s}, leave},
                    hang_case{"stopped", {60s, 'T', 30s, 0s}, kill},
                    hang_case{"stopped_and_seen_for_the_first_time", {60s, 'T', 0s, 0s}, kill},
                    hang_case{"stopped_after_work", {60s, 'T', 30s, 20s}, kill},
                    hang_case{"held_by_a_debugger", {300s, 't', 200s, 0s}, leave},
                    hang_case{"sleeps", {60s, 'S', 30s, 0s}, kill},
                    hang_case{"sleeps_not_long_enough", {59s, 'S', 30s, 0s}, leave},
                    hang_case{"sleeps_and_seen_for_the_first_time", {90s, 'S', 0s, 0s}, leave},
                    hang_case{"sleeps_and_not_watched_enough", {90s, 'S', 11s, 0s}, leave},
                    hang_case{"its_threads_wait_for_the_gil", {60s, 'S', 30s, 500ms}, kill},
                    hang_case{"works_now_and_then", {60s, 'S', 30s, 700ms}, leave},
                    hang_case{"holds_the_gil", {120s, 'R', 90s, 90s}, leave},
                    hang_case{"holds_the_gil_and_pauses", {120s, 'S', 90s, 80s}, leave},
                    hang_case{"runs_for_the_first_time", {120s, 'R', 90s, 0s}, leave},
                    hang_case{"waits_for_a_disk", {120s, 'D', 90s, 0s}, leave},
                    hang_case{"has_ended_and_is_not_yet_reaped", {120s, 'Z', 90s, 0s}, leave},
                    hang_case{"a_child_has_ended", {120s, 'S', 90s, -5s}, leave}),
    [](auto const& one) { return std::string(one.param.name); });

TEST(hang, is_described) {
    EXPECT_EQ(describe_hang({61s, 'T', 30s, 0s}), "silent for 1m 1s and stopped (state T)");
    EXPECT_EQ(describe_hang({2s, 'S', 1s, 0s}), "silent for 2s without using the CPU");
}

TEST(suspicion, counts_from_the_last_heartbeat_and_the_first_look) {
    suspicion s;
    time_point const t{1h};
    EXPECT_FALSE(s.on_examined('S', 1s, t)) << "nobody suspects it";
    s.on_silent(30s, t);
    auto const first = s.on_examined('S', 10s, t + 1s);
    EXPECT_EQ(first->silence, 31s);
    EXPECT_EQ(first->watched, 0s);
    s.on_silent(45s, t + 15s);
    auto const second = s.on_examined('S', 12s, t + 16s);
    EXPECT_EQ(second->silence, 46s);
    EXPECT_EQ(second->watched, 15s);
    EXPECT_EQ(second->cpu_time, 2s);
}

TEST(suspicion, begins_anew_when_it_has_spoken) {
    suspicion s;
    time_point const t{1h};
    s.on_silent(30s, t);
    (void)s.on_examined('S', 10s, t);
    s.on_silent(30s, t + 60s);
    EXPECT_EQ(s.on_examined('S', 10s, t + 60s)->watched, 0s);
}

TEST(suspicion, is_none_for_a_while_after_a_lost_link) {
    suspicion s;
    time_point const t{1h};
    s.excuse_until(t + 120s);
    s.on_silent(90s, t + 30s);
    EXPECT_FALSE(s.on_examined('S', 10s, t + 30s));
    s.on_silent(180s, t + 120s);
    EXPECT_EQ(s.on_examined('S', 10s, t + 120s)->silence, 180s);
}

} // namespace
} // namespace daskd::core
