#include "daemon/core/exit_verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daskd::core {
namespace {

using namespace std::chrono_literals;

exit_status code(int c) {
    return {"2026-01-01T00:00:00.000Z", c, {}, {"Traceback", "ValueError: x"}};
}
exit_status signal(std::string const& name) {
    return {"2026-01-01T00:00:00.000Z", {}, name, {"last line"}};
}
exit_status const unseen{"2026-01-01T00:00:00.000Z", {}, {}, {}};

struct verdict_case {
    char const* name;
    exit_status status;
    ending why;
    char const* cause;
    char const* text;
};

class verdicts : public testing::TestWithParam<verdict_case> {};

TEST_P(verdicts, name_the_cause) {
    auto const& c = GetParam();
    auto const v = verdict(c.status, c.why, 60s);
    EXPECT_EQ(v.cause, c.cause);
    EXPECT_EQ(v.text, c.text);
    EXPECT_EQ(v.code, c.status.code);
    EXPECT_EQ(v.signal, c.status.signal);
    EXPECT_EQ(v.at, c.status.at);
}

INSTANTIATE_TEST_SUITE_P(
    table, verdicts,
    testing::Values(verdict_case{"exit", code(3), ending::none, "exit",
                                 "exited with code 3; its last lines:\nTraceback\nValueError: x"},
                    verdict_case{"signal", signal("SIGKILL"), ending::none, "signal", "killed by SIGKILL"},
                    verdict_case{"lost", unseen, ending::none, "lost", "ended, and nobody saw how"},
                    verdict_case{"requested", code(0), ending::requested, "requested",
                                 "stopped on request (exited with code 0)"},
                    verdict_case{"requested_and_killed", signal("SIGKILL"), ending::requested, "requested",
                                 "stopped on request (killed by SIGKILL)"},
                    verdict_case{"shutdown", code(0), ending::shutdown, "requested",
                                 "stopped by Client.shutdown() (exited with code 0)"},
                    verdict_case{"retired", code(0), ending::retired, "retired",
                                 "retired by a client (exited with code 0)"},
                    verdict_case{"client_restart", code(0), ending::client_restart, "client_restart",
                                 "restarted by a client (exited with code 0)"},
                    verdict_case{"lifetime", code(0), ending::lifetime, "lifetime",
                                 "its lifetime was over (exited with code 0)"},
                    verdict_case{"cut_off", code(0), ending::cut_off, "scheduler_lost",
                                 "lost its connection to the scheduler (exited with code 0)"},
                    verdict_case{"scheduler_lost", signal("SIGTERM"), ending::scheduler_lost,
                                 "scheduler_lost", "its scheduler ended (killed by SIGTERM)"},
                    verdict_case{"requested_and_unseen", unseen, ending::requested, "requested",
                                 "stopped on request (ended, and nobody saw how)"}),
    [](auto const& one) { return std::string(one.param.name); });

struct told_case {
    char const* name;
    nanny_word told;
    ending why;
    bool fails;
};

class told_endings : public testing::TestWithParam<told_case> {};

TEST_P(told_endings, follow_from_dasks_words) {
    auto const& c = GetParam();
    auto status = code(0);
    status.told = c.told;
    EXPECT_EQ(told_ending(status), c.why);
    EXPECT_EQ(is_failure(c.why), c.fails);
}

INSTANTIATE_TEST_SUITE_P(
    table, told_endings,
    testing::Values(
        told_case{"client_restart", {"kill", "scheduler-restart"}, ending::client_restart, false},
        told_case{
            "newer_restart_workers", {"kill", "client-restart-workers-1"}, ending::client_restart, false},
        told_case{"restart_workers", {"restart", "nanny-restart"}, ending::client_restart, false},
        told_case{"terminated", {"terminate", "nanny-close"}, ending::retired, false},
        told_case{"lifetime", {"close_gracefully", "worker-lifetime-reached"}, ending::lifetime, false},
        told_case{"retired", {"close_gracefully", "scheduler-remove-worker"}, ending::retired, false},
        told_case{"closed", {"close_gracefully", "scheduler-close-worker"}, ending::retired, false},
        told_case{"connection_broken",
                  {"close_gracefully", "worker-handle-scheduler-connection-broken"},
                  ending::cut_off,
                  true},
        told_case{"scheduler_closed", {"close_gracefully", "scheduler-close"}, ending::cut_off, true},
        told_case{"something_else", {"close_gracefully", "worker-close"}, ending::none, true}),
    [](auto const& one) { return std::string(one.param.name); });

TEST(told_ending, of_an_end_that_nobody_announced_is_none) {
    EXPECT_EQ(told_ending(code(0)), ending::none);
}

struct timeout_case {
    char const* name;
    milliseconds timeout;
    char const* text; ///< a regular expression
};

class start_timeouts : public testing::TestWithParam<timeout_case> {};

TEST_P(start_timeouts, tell_the_time_and_the_last_words) {
    auto const v = verdict(signal("SIGKILL"), ending::start_timeout, GetParam().timeout);
    EXPECT_EQ(v.cause, "start_timeout");
    EXPECT_THAT(v.text, testing::MatchesRegex(GetParam().text));
    EXPECT_THAT(v.text, testing::EndsWith("; its last lines:\nlast line"));
}

INSTANTIATE_TEST_SUITE_P(
    table, start_timeouts,
    testing::Values(timeout_case{"half_a_second", 500ms,
                                 "did not register with the scheduler within 500ms;.*"},
                    timeout_case{"a_minute", 60s, "did not register with the scheduler within 1m;.*"},
                    timeout_case{"two_minutes", 120s, "did not register with the scheduler within 2m;.*"},
                    timeout_case{"three_hours", 3h, "did not register with the scheduler within 3h;.*"}),
    [](auto const& one) { return std::string(one.param.name); });

struct known_case {
    char const* name;
    ending why;
    bool has_excess;
    char const* cause;
    char const* text;
};

class known_ends : public testing::TestWithParam<known_case> {};

TEST_P(known_ends, tell_figures_and_tasks) {
    auto const& c = GetParam();
    auto status = signal("SIGKILL");
    if (c.has_excess) status.memory = {(12ULL << 30) / 10, 1ULL << 30};
    auto const v = verdict(status, c.why, 60s, {"silent for 1m", {"a", "b"}});
    EXPECT_EQ(v.cause, c.cause);
    EXPECT_THAT(v.text, testing::StartsWith(c.text));
}

INSTANTIATE_TEST_SUITE_P(
    table, known_ends,
    testing::Values(
        known_case{"memory", ending::none, true, "memory",
                   "used 1.2 GiB of 1 GiB (killed by SIGKILL); it was working on a, b"},
        known_case{"memory_while_it_started", ending::start_timeout, true, "memory", "used 1.2 GiB of 1 GiB"},
        known_case{"memory_in_a_stop", ending::requested, true, "requested", "stopped on request"},
        known_case{"hung", ending::hung, false, "hung", "silent for 1m; it was working on a, b"},
        known_case{"signal", ending::none, false, "signal", "killed by SIGKILL"}),
    [](auto const& one) { return std::string(one.param.name); });

TEST(ending, that_nobody_asked_for_is_a_failure) {
    for (auto const why : {ending::none, ending::start_timeout, ending::hung})
        EXPECT_TRUE(is_failure(why));
    for (auto const why : {ending::requested, ending::retired, ending::scheduler_lost, ending::client_restart,
                           ending::shutdown})
        EXPECT_FALSE(is_failure(why));
}

TEST(start_failure, has_neither_code_nor_signal) {
    auto const v = start_failure("now", "cannot fork");
    EXPECT_EQ(v, (exit_view{"now", "start_failed", {}, {}, "cannot fork"}));
}

} // namespace
} // namespace daskd::core
