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
