#include "tests/unit/daemon/core/world.hpp"

// How a cluster comes up, and what becomes of starts that fail.

namespace daskd::core {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

TEST(cluster_start, agent_then_scheduler_then_workers_in_order) {
    test::world w;
    EXPECT_EQ(w.state(), "down");
    w.up(test::plan_with(2));
    EXPECT_THAT(w.journal,
                ElementsAre("start agent a1", "start scheduler", "start local-0", "start local-1"));
    EXPECT_EQ(w.state("local-0"), "running");
    EXPECT_EQ(w.state("local-1"), "running");
    EXPECT_EQ(w.state(), "running");
    EXPECT_FALSE(w.daskd->next_deadline()) << "an idle cluster waits for nothing";
}

TEST(cluster_start, tells_each_state_of_the_cluster_once) {
    test::world w;
    w.up(test::plan_with(2));
    w.down();
    std::vector<std::string> states;
    for (auto const& t : w.told)
        if (t.kind == "cluster.state") states.push_back(t.to);
    EXPECT_THAT(states, ElementsAre("starting", "running", "stopping", "down"));
}

TEST(cluster_start, workers_start_in_the_order_of_their_numbers) {
    test::world w;
    w.up(test::plan_with(12));
    EXPECT_EQ(w.journal.at(3), "start local-1");
    EXPECT_EQ(w.journal.at(4), "start local-2");
    EXPECT_EQ(w.journal.at(12), "start local-10");
    EXPECT_EQ(w.daskd->workers().at(10)->name, "local-10");
}

TEST(cluster_start, a_cluster_without_workers_runs) {
    test::world w;
    w.up(test::plan_with(0));
    EXPECT_EQ(w.state(), "running");
}

TEST(cluster_start, up_again_touches_nothing_that_runs) {
    test::world w;
    w.up(test::plan_with(2));
    w.take_journal();
    w.up(test::plan_with(2));
    EXPECT_THAT(w.journal, ElementsAre());
    EXPECT_EQ(w.state(), "running");
}

TEST(cluster_start, a_worker_that_does_not_register_in_time_is_killed_and_tried_again) {
    test::world w;
    w.mute = {"local-0"};
    w.up(test::plan_with(1));
    EXPECT_EQ(w.state("local-0"), "starting");
    EXPECT_EQ(w.until_deadline("local-0"), 60s);
    w.take_journal();
    w.pass(59s);
    EXPECT_THAT(w.journal, ElementsAre());
    w.mute.clear();
    w.pass(1s);
    EXPECT_THAT(w.journal, ElementsAre("kill tree of local-0", "start local-0"));
    EXPECT_EQ(w.cause("local-0"), "start_timeout");
    EXPECT_EQ(w.state("local-0"), "running");
    EXPECT_EQ(w.at("local-0").restarts, 1);
}

TEST(cluster_start, a_scheduler_that_never_speaks_is_killed_and_tried_again) {
    test::world w;
    w.mute = {"scheduler"};
    w.up(test::plan_with(1));
    EXPECT_EQ(w.state(), "starting");
    w.mute.clear();
    w.pass(60s);
    EXPECT_EQ(w.cause("scheduler"), "start_timeout");
    EXPECT_EQ(w.state(), "running");
}

TEST(cluster_start, a_spawn_that_fails_is_retried_with_growing_delays) {
    test::world w;
    w.unstartable = {"local-0"};
    w.up(test::plan_with(1));
    // The first retry is immediate and fails as well.
    EXPECT_EQ(w.state("local-0"), "backoff");
    EXPECT_EQ(w.cause("local-0"), "start_failed");
    EXPECT_EQ(w.at("local-0").last_exit->text, "cannot fork");
    EXPECT_EQ(w.until_deadline("local-0"), 100ms);
    w.pass(100ms);
    EXPECT_EQ(w.until_deadline("local-0"), 200ms);
    EXPECT_EQ(w.state(), "degraded");
    w.unstartable.clear();
    w.pass(200ms);
    EXPECT_EQ(w.state(), "running");
}

plan with_window(int workers, int starts_at_once) {
    auto p = test::plan_with(workers);
    p.agents[0].starts_at_once = starts_at_once;
    return p;
}

TEST(cluster_start, no_more_workers_are_on_their_way_than_their_agent_can_take) {
    test::world w;
    w.mute = {"local-0", "local-1", "local-2", "local-3"};
    w.up(with_window(4, 2));
    EXPECT_EQ(w.state("local-1"), "starting");
    EXPECT_EQ(w.state("local-2"), "stopped");
    w.mute.clear();
    w.scheduler_takes("local-1");
    EXPECT_EQ(w.state("local-2"), "running");
    EXPECT_EQ(w.state("local-3"), "running");
    EXPECT_EQ(w.state("local-0"), "starting");
}

TEST(cluster_start, a_restart_that_is_due_and_finds_no_room_waits_without_waking_anybody) {
    test::world w;
    w.up(with_window(2, 1));
    w.dies("local-0");
    w.dies("local-0");
    ASSERT_EQ(w.state("local-0"), "backoff");
    w.mute = {"local-1"};
    w.dies("local-1");
    ASSERT_EQ(w.state("local-1"), "starting");
    w.pass(1s);
    EXPECT_EQ(w.state("local-0"), "backoff");
    EXPECT_EQ(w.daskd->next_deadline(), w.at("local-1").deadline);
    w.mute.clear();
    w.scheduler_takes("local-1");
    EXPECT_EQ(w.state("local-0"), "running");
    EXPECT_EQ(w.state(), "running");
}

TEST(cluster_start, an_agent_without_room_does_not_hold_up_the_workers_of_another) {
    auto p = with_window(4, 1);
    p.agents.push_back({"a2", "/opt/python", {}, "/", {}, 600s, 1});
    p.workers[2].process.agent = p.workers[3].process.agent = "a2";
    test::world w;
    w.mute = {"local-0"};
    w.up(p);
    EXPECT_EQ(w.state("local-0"), "starting");
    EXPECT_EQ(w.state("local-1"), "stopped");
    EXPECT_EQ(w.state("local-2"), "running");
    EXPECT_EQ(w.state("local-3"), "running");
}

TEST(cluster_start, a_worker_stopped_by_hand_is_not_started_by_up) {
    test::world w;
    w.daskd->restore_stopped({"local-1"}, false);
    w.up(test::plan_with(2));
    EXPECT_EQ(w.state("local-0"), "running");
    EXPECT_EQ(w.state("local-1"), "stopped");
    EXPECT_EQ(w.state(), "running") << "every worker that is wanted runs";
}

} // namespace
} // namespace daskd::core
