#include "daemon/core/instance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace daskd::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

time_point const t0{1h};

/// An effect in short: tests compare these.
struct in_short {
    std::string operator()(wanted::start_agent const& e) const { return "start agent " + e.agent; }
    std::string operator()(wanted::stop_agent const& e) const { return "stop agent " + e.agent; }
    std::string operator()(wanted::start_process const& e) const {
        return "start " + std::to_string(e.launch.incarnation);
    }
    std::string operator()(wanted::send_signal const& e) const {
        return "signal " + std::to_string(e.signal) + (e.whole_tree ? " to the tree" : "");
    }
    std::string operator()(wanted::move_results const& e) const { return "move from " + e.address; }
    std::string operator()(wanted::forget_worker const& e) const { return "forget " + e.address; }
    std::string operator()(wanted::watch_silence const&) const { return "watch silence"; }
    std::string operator()(wanted::examine const&) const { return "examine"; }
    std::string operator()(wanted::tell const& e) const { return e.from + " > " + e.to; }
    std::string operator()(wanted::save_intent const&) const { return "save"; }
};

std::vector<std::string> texts(effects const& all) {
    std::vector<std::string> list;
    for (auto const& e : all)
        list.push_back(std::visit(in_short{}, e));
    return list;
}

instance stopped() {
    instance i;
    i.name = "local-0";
    i.kind = "worker.state";
    i.is_wanted = true;
    return i;
}
instance starting() {
    auto i = stopped();
    (void)start(i, 7, t0);
    (void)on_spawned(i, {100, 1}, "");
    return i;
}
instance running() {
    auto i = starting();
    (void)on_registered(i, "tcp://w", t0);
    return i;
}
exit_view const crash{"", "exit", 1, {}, "exited with code 1"};

TEST(instance, start) {
    auto i = stopped();
    EXPECT_THAT(texts(start(i, 7, t0)), ElementsAre("stopped > starting", "start 7"));
    EXPECT_EQ(i.launch(), (launch_id{"local-0", 7}));
    EXPECT_EQ(i.deadline, t0 + 60s);
    EXPECT_FALSE(i.process) << "not confirmed yet";
}

TEST(instance, registration_ends_the_start) {
    auto i = starting();
    EXPECT_THAT(texts(on_registered(i, "tcp://w", t0 + 1s)), ElementsAre("starting > running"));
    EXPECT_EQ(i.address, "tcp://w");
    EXPECT_EQ(i.running_since, t0 + 1s);
    EXPECT_FALSE(i.deadline);
    EXPECT_THAT(texts(on_registered(i, "tcp://w", t0 + 2s)), IsEmpty());
    EXPECT_EQ(i.running_since, t0 + 1s);
}

TEST(instance, registration_does_not_undo_a_stop) {
    auto i = starting();
    (void)stop(i, ending::requested, stop_manner::gently, t0);
    EXPECT_THAT(texts(on_registered(i, "tcp://w", t0)), IsEmpty());
    EXPECT_EQ(i.state, process_state::stopping);
    EXPECT_EQ(i.deadline, t0 + 10s) << "the escalation goes on";
}

struct stop_case {
    char const* name;
    instance (*from)();
    stop_manner manner;
    std::vector<std::string> effects;
    stop_stage stage;
};

class stops : public testing::TestWithParam<stop_case> {};

TEST_P(stops, begin_where_they_must) {
    auto i = GetParam().from();
    EXPECT_EQ(texts(stop(i, ending::requested, GetParam().manner, t0)), GetParam().effects);
    EXPECT_EQ(i.stage, GetParam().stage);
    EXPECT_EQ(texts(stop(i, ending::requested, GetParam().manner, t0)), std::vector<std::string>{})
        << "idempotent";
}

INSTANTIATE_TEST_SUITE_P(table, stops,
                         testing::Values(stop_case{"running_gently",
                                                   running,
                                                   stop_manner::gently,
                                                   {"running > stopping", "move from tcp://w"},
                                                   stop_stage::moving_results},
                                         stop_case{"running_briskly",
                                                   running,
                                                   stop_manner::briskly,
                                                   {"running > stopping", "signal 15", "signal 18"},
                                                   stop_stage::terminating},
                                         stop_case{"running_at_once",
                                                   running,
                                                   stop_manner::at_once,
                                                   {"running > stopping", "signal 9 to the tree"},
                                                   stop_stage::killing},
                                         stop_case{"starting_gently",
                                                   starting,
                                                   stop_manner::gently,
                                                   {"starting > stopping", "signal 15", "signal 18"},
                                                   stop_stage::terminating},
                                         stop_case{"starting_at_once",
                                                   starting,
                                                   stop_manner::at_once,
                                                   {"starting > stopping", "signal 9 to the tree"},
                                                   stop_stage::killing},
                                         stop_case{
                                             "stopped", stopped, stop_manner::gently, {}, stop_stage::none}),
                         [](auto const& one) { return std::string(one.param.name); });

TEST(instance, a_stop_escalates_each_time_its_deadline_comes) {
    auto i = running();
    (void)stop(i, ending::requested, stop_manner::gently, t0);
    EXPECT_THAT(texts(on_deadline(i, t0 + 9s)), IsEmpty());
    EXPECT_THAT(texts(on_deadline(i, t0 + 10s)), ElementsAre("signal 15", "signal 18"));
    EXPECT_THAT(texts(on_deadline(i, t0 + 20s)), ElementsAre("signal 9 to the tree"));
    EXPECT_FALSE(i.deadline) << "nothing harsher is left";
}

TEST(instance, moved_results_count_once_and_only_in_their_stage) {
    auto i = running();
    EXPECT_THAT(texts(on_results_moved(i, t0)), IsEmpty());
    (void)stop(i, ending::requested, stop_manner::gently, t0);
    EXPECT_THAT(texts(on_results_moved(i, t0)), ElementsAre("signal 15", "signal 18"));
    EXPECT_THAT(texts(on_results_moved(i, t0)), IsEmpty());
}

struct overtaking_case {
    char const* name;
    stop_manner first;
    stop_manner second;
    std::vector<std::string> effects;
};

class overtaking : public testing::TestWithParam<overtaking_case> {};

TEST_P(overtaking, only_a_harsher_manner_does) {
    auto i = running();
    (void)stop(i, ending::requested, GetParam().first, t0);
    EXPECT_EQ(texts(stop(i, ending::requested, GetParam().second, t0)), GetParam().effects);
}

using manner = stop_manner;
INSTANTIATE_TEST_SUITE_P(
    table, overtaking,
    testing::Values(
        overtaking_case{"gently_briskly", manner::gently, manner::briskly, {"signal 15", "signal 18"}},
        overtaking_case{"gently_at_once", manner::gently, manner::at_once, {"signal 9 to the tree"}},
        overtaking_case{"briskly_gently", manner::briskly, manner::gently, {}},
        overtaking_case{"briskly_at_once", manner::briskly, manner::at_once, {"signal 9 to the tree"}},
        overtaking_case{"at_once_gently", manner::at_once, manner::gently, {}},
        overtaking_case{"at_once_briskly", manner::at_once, manner::briskly, {}}),
    [](auto const& one) { return std::string(one.param.name); });

TEST(instance, the_loss_of_the_scheduler_does_not_hide_what_the_owner_asked_for) {
    auto i = running();
    (void)stop(i, ending::requested, stop_manner::gently, t0);
    (void)stop(i, ending::scheduler_lost, stop_manner::briskly, t0);
    EXPECT_EQ(i.why, ending::requested);
}

TEST(instance, an_end_that_nobody_asked_for_leads_to_backoff) {
    auto i = running();
    EXPECT_THAT(texts(on_exited(i, crash, t0 + 1s, 0.5)), ElementsAre("forget tcp://w", "running > backoff"));
    EXPECT_EQ(i.deadline, t0 + 1s) << "at once";
    EXPECT_EQ(i.last_exit, crash);
    EXPECT_EQ(i.restarts, 1);
    EXPECT_FALSE(i.process);
    EXPECT_FALSE(i.is_registered);
    (void)start(i, 8, t0 + 1s);
    (void)on_exited(i, crash, t0 + 2s, 0.5);
    EXPECT_EQ(i.deadline, t0 + 2s + 100ms) << "then later";
}

TEST(instance, an_end_that_was_asked_for_is_no_failure) {
    auto i = running();
    i.attempt = 5;
    (void)stop(i, ending::requested, stop_manner::briskly, t0);
    (void)on_exited(i, crash, t0, 0.5);
    EXPECT_EQ(i.state, process_state::backoff);
    EXPECT_EQ(i.deadline, t0);
    EXPECT_EQ(i.attempt, 0);
}

TEST(instance, that_was_retired_is_replaced_only_by_a_pool_that_always_does) {
    for (auto const policy : {config::restart_policy::always, config::restart_policy::on_failure}) {
        auto i = running();
        i.policy.restart = policy;
        i.why = ending::retired;
        (void)on_exited(i, crash, t0, 0.5);
        bool const comes_back = policy == config::restart_policy::always;
        EXPECT_EQ(i.state, comes_back ? process_state::backoff : process_state::stopped);
        EXPECT_EQ(i.is_wanted, comes_back);
        EXPECT_EQ(i.attempt, 0);
    }
}

TEST(instance, in_health_for_long_enough_has_no_failures) {
    auto i = running();
    (void)on_exited(i, crash, t0, 0.5);
    (void)start(i, 8, t0);
    (void)on_registered(i, "tcp://w", t0);
    EXPECT_EQ(i.attempt, 1);
    EXPECT_EQ(i.deadline, t0 + 10s);
    EXPECT_THAT(texts(on_deadline(i, t0 + 10s)), IsEmpty());
    EXPECT_EQ(i.attempt, 0);
    EXPECT_FALSE(i.deadline);
}

TEST(instance, dropped_by_the_scheduler_before_its_health_is_sure_must_register_again) {
    auto i = running();
    (void)on_exited(i, crash, t0, 0.5);
    (void)start(i, 8, t0);
    (void)on_registered(i, "tcp://w", t0);
    (void)on_unregistered(i, t0 + 1s);
    EXPECT_THAT(texts(on_deadline(i, t0 + 3s)), ElementsAre("running > starting"));
    EXPECT_EQ(i.attempt, 1);
}

TEST(instance, that_is_not_wanted_stays_stopped) {
    auto i = running();
    i.is_wanted = false;
    (void)on_exited(i, crash, t0, 0.5);
    EXPECT_EQ(i.state, process_state::stopped);
    EXPECT_FALSE(i.deadline);
}

TEST(instance, a_start_that_takes_too_long_is_ended) {
    auto i = starting();
    EXPECT_THAT(texts(on_deadline(i, t0 + 60s)), ElementsAre("starting > stopping", "signal 9 to the tree"));
    EXPECT_EQ(i.why, ending::start_timeout);
    i.attempt = 1;
    (void)on_exited(i, crash, t0 + 61s, 0.5);
    EXPECT_EQ(i.deadline, t0 + 61s + 100ms) << "a failure like any other";
}

TEST(instance, adoption_goes_on_with_the_same_launch) {
    auto i = stopped();
    EXPECT_THAT(texts(adopt(i, {{"local-0", 42}, {4242, 9}, 30.0}, "a1", t0)),
                ElementsAre("stopped > starting"));
    EXPECT_EQ(i.launch(), (launch_id{"local-0", 42}));
    EXPECT_EQ(i.process, (process_ref{4242, 9}));
    EXPECT_EQ(i.started_at, t0 - 30s);
    EXPECT_EQ(i.deadline, t0 + 60s) << "it has as long to register as a fresh one";
    EXPECT_EQ(i.agent, "a1");
}

TEST(instance, a_stop_of_what_is_dead_forgets_its_failures) {
    auto i = running();
    (void)on_exited(i, crash, t0, 0.5);
    EXPECT_THAT(texts(stop(i, ending::requested, stop_manner::gently, t0)), ElementsAre("backoff > stopped"));
    EXPECT_EQ(i.attempt, 0);
    EXPECT_FALSE(i.deadline);
}

} // namespace
} // namespace daskd::core
