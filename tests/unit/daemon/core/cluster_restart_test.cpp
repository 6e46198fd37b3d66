#include "tests/unit/daemon/core/world.hpp"

// What becomes of processes that end by themselves.

namespace daskd::core {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(cluster_restart, a_killed_worker_is_back_at_once) {
    test::world w;
    w.up(test::plan_with(2));
    w.pass(20s);
    w.take_journal();
    w.dies("local-0");
    EXPECT_THAT(w.journal, ElementsAre("start local-0"));
    EXPECT_EQ(w.state(), "running");
    EXPECT_EQ(w.at("local-0").restarts, 1);
    EXPECT_EQ(w.at("local-1").restarts, 0);
    EXPECT_EQ(w.cause("local-0"), "signal");
}

TEST(cluster_restart, delays_grow_up_to_the_limit_and_start_over_after_health) {
    test::world w;
    w.up(test::plan_with(1));
    w.dies("local-0");
    EXPECT_EQ(w.state("local-0"), "running") << "the first restart is immediate";
    for (auto const delay :
         {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 6400ms, 12800ms, 25600ms, 30000ms, 30000ms}) {
        w.dies("local-0");
        EXPECT_EQ(w.state("local-0"), "backoff");
        EXPECT_EQ(w.until_deadline("local-0"), delay);
        EXPECT_EQ(w.state(), "degraded");
        w.pass(delay);
        EXPECT_EQ(w.state("local-0"), "running");
    }
    w.pass(9999ms);
    w.dies("local-0");
    EXPECT_EQ(w.until_deadline("local-0"), 30s) << "not healthy for long enough";
    w.pass(30s);
    w.pass(10s);
    w.dies("local-0");
    EXPECT_EQ(w.state("local-0"), "running") << "healthy for reset_after: at once again";
}

struct told_end {
    char const* name;
    nanny_word told;
    char const* cause;
    char const* state_after_the_second; ///< of two in a row, without health between
};

class told_ends : public testing::TestWithParam<told_end> {};

TEST_P(told_ends, are_no_failures_unless_the_worker_was_cut_off) {
    auto const& c = GetParam();
    auto p = test::plan_with(1);
    p.workers[0].policy.restart = config::restart_policy::always;
    test::world w;
    w.up(p);
    for (int i = 0; i < 2; ++i)
        w.ends_as_told("local-0", c.told);
    EXPECT_EQ(w.state("local-0"), c.state_after_the_second);
    EXPECT_EQ(w.cause("local-0"), c.cause);
}

INSTANTIATE_TEST_SUITE_P(
    table, told_ends,
    testing::Values(
        told_end{"client", {"kill", "scheduler-restart"}, "client_restart", "running"},
        told_end{"lifetime", {"close_gracefully", "worker-lifetime-reached"}, "lifetime", "running"},
        told_end{"retired", {"close_gracefully", "scheduler-remove-worker"}, "retired", "running"},
        told_end{"cut_off",
                 {"close_gracefully", "worker-handle-scheduler-connection-broken"},
                 "scheduler_lost",
                 "backoff"}),
    [](auto const& one) { return std::string(one.param.name); });

TEST(cluster_restart, what_daskd_asked_for_is_the_cause_whatever_dask_says) {
    test::world w;
    w.up(test::plan_with(1));
    w.deaf.insert("local-0");
    w.perform(w.daskd->restart_worker("local-0", stop_manner::briskly, w.now));
    w.ends_as_told("local-0", {"close_gracefully", "scheduler-remove-worker"});
    EXPECT_EQ(w.cause("local-0"), "requested");
}

TEST(cluster_restart, a_lifetime_is_over_also_where_nothing_is_restarted) {
    auto p = test::plan_with(1);
    p.workers[0].policy.restart = config::restart_policy::never;
    test::world w;
    w.up(p);
    w.ends_as_told("local-0", {"close_gracefully", "worker-lifetime-reached"});
    EXPECT_EQ(w.state("local-0"), "running");
}

struct policy_case {
    char const* name;
    config::restart_policy policy;
    int code;
    char const* state;
};

class restart_policy : public testing::TestWithParam<policy_case> {};

TEST_P(restart_policy, decides_about_an_end_that_nobody_asked_for) {
    auto p = test::plan_with(1);
    p.workers[0].policy.restart = GetParam().policy;
    test::world w;
    w.up(p);
    w.exits("local-0", GetParam().code);
    EXPECT_EQ(w.state("local-0"), GetParam().state);
    EXPECT_EQ(w.cause("local-0"), "exit");
}

INSTANTIATE_TEST_SUITE_P(
    table, restart_policy,
    testing::Values(policy_case{"always_0", config::restart_policy::always, 0, "running"},
                    policy_case{"always_1", config::restart_policy::always, 1, "running"},
                    policy_case{"on_failure_0", config::restart_policy::on_failure, 0, "running"},
                    policy_case{"on_failure_1", config::restart_policy::on_failure, 1, "running"},
                    policy_case{"never_0", config::restart_policy::never, 0, "failed"},
                    policy_case{"never_1", config::restart_policy::never, 1, "failed"}),
    [](auto const& one) { return std::string(one.param.name); });

TEST(cluster_restart, a_crash_loop_is_told_less_and_less_often) {
    test::world w;
    w.up(test::plan_with(2));
    w.told.clear();
    for (int n = 0; n < 40; ++n) {
        w.dies("local-0");
        if (w.state("local-0") == "backoff") w.pass(w.until_deadline("local-0"));
    }
    auto const of_worker = std::ranges::count(w.told, "local-0", &wanted::tell::name);
    EXPECT_LE(of_worker, 3 * 8) << "ends 1 to 5, 8, 16 and 32, with the starts that follow";
    EXPECT_THAT(w.told, Contains(testing::Field(&wanted::tell::text, HasSubstr("end 8 in a row: killed"))));
    w.told.clear();
    w.pass(1min);
    EXPECT_EQ(w.at("local-0").attempt, 0);
    EXPECT_THAT(w.told, Contains(testing::Field(&wanted::tell::text, HasSubstr("in good health after"))));
    EXPECT_EQ(w.told.back().to, "running") << "and so is the cluster";
}

TEST(cluster_restart, workers_that_never_arrive_take_no_room_of_another_pool) {
    auto p = test::plan_with(4);
    p.agents[0].starts_at_once = 2;
    p.pools.push_back({"other", "local", 2});
    p.workers[2].pool = p.workers[3].pool = "other";
    test::world w;
    w.mute = {"local-0", "local-1"};
    w.up(p);
    EXPECT_EQ(w.state("local-0"), "starting");
    EXPECT_EQ(w.state("local-2"), "running");
    w.dies("local-3");
    EXPECT_EQ(w.state("local-3"), "running");
}

TEST(cluster_restart, never_still_obeys_its_owner) {
    auto p = test::plan_with(1);
    p.workers[0].policy.restart = config::restart_policy::never;
    test::world w;
    w.up(p);
    w.perform(w.daskd->restart_worker("local-0", stop_manner::gently, w.now));
    EXPECT_EQ(w.state("local-0"), "running");
    w.dies("local-0");
    EXPECT_EQ(w.state("local-0"), "failed");
    EXPECT_EQ(w.state(), "degraded");
    w.perform(w.daskd->start_worker("local-0", w.now));
    EXPECT_EQ(w.state("local-0"), "running");
}

plan with_budget(int count) {
    auto p = test::plan_with(1);
    p.workers[0].policy.max_restarts = config::restart_budget{count, 60s};
    return p;
}

void use_up(test::world& w, int count) {
    for (int n = 0; n < count; ++n) {
        w.dies("local-0");
        w.pass(1s);
        ASSERT_EQ(w.state("local-0"), "running");
    }
}

TEST(cluster_restart, a_spent_budget_is_failed_and_waits_for_nothing) {
    test::world w;
    w.up(with_budget(3));
    use_up(w, 3);
    w.dies("local-0");
    EXPECT_EQ(w.state("local-0"), "failed");
    EXPECT_EQ(w.state(), "degraded");
    EXPECT_FALSE(w.daskd->next_deadline());
    EXPECT_THAT(w.told,
                Contains(testing::Field(&wanted::tell::text, HasSubstr("given up after 3 restarts"))));
}

TEST(cluster_restart, a_budget_counts_only_within_its_time) {
    test::world w;
    w.up(with_budget(2));
    use_up(w, 2);
    w.pass(61s);
    w.dies("local-0");
    EXPECT_EQ(w.state("local-0"), "running");
}

TEST(cluster_restart, up_gives_a_new_chance_with_a_new_budget) {
    test::world w;
    w.up(with_budget(1));
    use_up(w, 1);
    w.dies("local-0");
    ASSERT_EQ(w.state("local-0"), "failed");
    w.up(with_budget(1));
    ASSERT_EQ(w.state("local-0"), "running");
    w.dies("local-0");
    EXPECT_EQ(w.state("local-0"), "running") << "the restarts before `up` count no more";
}

TEST(cluster_restart, client_restart_is_a_cause_of_its_own_and_no_failure) {
    test::world w;
    w.up(test::plan_with(2));
    for (int n = 0; n < 3; ++n) {
        w.happens(happened::client_restart{});
        w.exits("local-0", 0);
        w.exits("local-1", 0);
        EXPECT_EQ(w.state(), "running") << "at once, each time";
        EXPECT_EQ(w.cause("local-0"), "client_restart");
    }
    w.exits("local-0", 0);
    EXPECT_EQ(w.cause("local-0"), "exit") << "the next end has a cause of its own";
}

TEST(cluster_restart, a_dead_worker_is_forgotten_by_the_scheduler_before_its_successor_starts) {
    test::world w;
    w.up(test::plan_with(1));
    auto const address = w.at("local-0").address;
    auto const launch = w.at("local-0").launch();
    auto const all = w.daskd->step(happened::exited{launch, {"", 1, {}, {}}}, w.now);
    std::vector<std::string> order;
    for (auto const& e : all) {
        if (auto const* f = std::get_if<wanted::forget_worker>(&e)) order.push_back("forget " + f->address);
        if (auto const* s = std::get_if<wanted::start_process>(&e))
            order.push_back("start " + s->launch.name);
    }
    EXPECT_THAT(order, ElementsAre("forget " + address, "start local-0"));
}

TEST(cluster_restart, late_events_of_older_incarnations_are_dropped) {
    test::world w;
    w.up(test::plan_with(1));
    auto const old = w.at("local-0").launch();
    w.dies("local-0");
    auto const fresh = w.at("local-0").launch();
    ASSERT_GT(fresh.incarnation, old.incarnation);
    w.take_journal();
    w.happens(happened::spawned{old, {1, 1}});
    w.happens(happened::spawn_failed{old, "late"});
    w.happens(happened::exited{old, {"", 1, {}, {}}});
    w.happens(happened::results_moved{old});
    EXPECT_THAT(w.journal, ElementsAre());
    EXPECT_EQ(w.at("local-0").process->pid, w.pid("local-0"));
    EXPECT_EQ(w.at("local-0").launch(), fresh);
    EXPECT_EQ(w.at("local-0").restarts, 1);
    EXPECT_EQ(w.state(), "running");
}

} // namespace
} // namespace daskd::core
