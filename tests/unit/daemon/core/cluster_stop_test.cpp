#include "tests/unit/daemon/core/world.hpp"

// How processes and the whole cluster are ended.

namespace daskd::core {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

TEST(cluster_stop, down_ends_workers_then_the_scheduler_then_the_agent) {
    test::world w;
    w.up(test::plan_with(2));
    w.take_journal();
    w.down();
    EXPECT_THAT(w.journal, ElementsAre("terminate local-0", "terminate local-1", "terminate scheduler",
                                       "stop agent a1"));
    EXPECT_EQ(w.state(), "down");
    EXPECT_EQ(w.cause("local-0"), "requested");
    EXPECT_FALSE(w.daskd->next_deadline());
}

TEST(cluster_stop, down_twice_is_no_news) {
    test::world w;
    w.down();
    EXPECT_THAT(w.journal, ElementsAre());
    EXPECT_EQ(w.state(), "down");
}

TEST(cluster_stop, a_deaf_worker_is_killed_after_its_stop_timeout) {
    test::world w;
    w.up(test::plan_with(1));
    w.deaf = {"local-0"};
    w.take_journal();
    w.down();
    EXPECT_EQ(w.state(), "stopping");
    w.pass(9s);
    EXPECT_THAT(w.journal, ElementsAre("terminate local-0"));
    w.pass(1s);
    EXPECT_THAT(w.journal, ElementsAre("terminate local-0", "kill tree of local-0", "terminate scheduler",
                                       "stop agent a1"));
    EXPECT_EQ(w.state(), "down");
}

TEST(cluster_stop, force_overtakes_a_stop_that_waits) {
    test::world w;
    w.up(test::plan_with(1));
    w.deaf = {"local-0", "scheduler"};
    w.down();
    w.take_journal();
    w.down(stop_manner::at_once);
    EXPECT_THAT(w.journal, ElementsAre("kill tree of scheduler", "kill tree of local-0", "stop agent a1"));
    EXPECT_EQ(w.state(), "down");
}

TEST(cluster_stop, restart_worker_moves_results_first) {
    test::world w;
    w.up(test::plan_with(2));
    w.take_journal();
    w.perform(w.daskd->restart_worker("local-0", stop_manner::gently, w.now));
    EXPECT_THAT(w.journal, ElementsAre("move results of local-0", "terminate local-0", "start local-0"));
    EXPECT_EQ(w.state(), "running");
    EXPECT_EQ(w.cause("local-0"), "requested");
    EXPECT_EQ(w.at("local-0").attempt, 0) << "no failure";
}

TEST(cluster_stop, results_that_cannot_be_moved_hold_a_stop_up_no_longer_than_its_timeout) {
    test::world w;
    w.up(test::plan_with(2));
    w.clinging = w.deaf = {"local-0"};
    w.take_journal();
    w.perform(w.daskd->restart_worker("local-0", stop_manner::gently, w.now));
    EXPECT_EQ(w.state("local-0"), "stopping");
    w.pass(10s);
    EXPECT_THAT(w.take_journal(), ElementsAre("move results of local-0", "terminate local-0"));
    w.pass(10s);
    EXPECT_THAT(w.take_journal(), ElementsAre("kill tree of local-0", "start local-0"));
}

TEST(cluster_stop, a_brisk_stop_overtakes_the_moving_of_results) {
    test::world w;
    w.up(test::plan_with(2));
    w.clinging = {"local-0"};
    w.perform(w.daskd->stop_worker("local-0", stop_manner::gently, w.now));
    w.take_journal();
    w.down(stop_manner::briskly);
    EXPECT_EQ(w.take_journal().at(0), "terminate local-0");
    EXPECT_EQ(w.state(), "down");
}

TEST(cluster_stop, a_worker_that_is_starting_is_terminated_at_once) {
    test::world w;
    w.mute = {"local-0"};
    w.up(test::plan_with(1));
    w.take_journal();
    w.perform(w.daskd->stop_worker("local-0", stop_manner::gently, w.now));
    EXPECT_THAT(w.journal, ElementsAre("terminate local-0")) << "it holds no results";
    EXPECT_EQ(w.state("local-0"), "stopped");
}

TEST(cluster_stop, what_was_stopped_by_hand_stays_stopped) {
    test::world w;
    w.up(test::plan_with(2));
    w.perform(w.daskd->stop_worker("local-1", stop_manner::gently, w.now));
    EXPECT_EQ(w.state("local-1"), "stopped");
    EXPECT_EQ(w.state(), "running");
    w.dies("scheduler");
    EXPECT_EQ(w.state("local-1"), "stopped") << "after the death of the scheduler";
    w.up(test::plan_with(2));
    EXPECT_EQ(w.state("local-1"), "stopped") << "after `up`";
    w.perform(w.daskd->restart_all(test::plan_with(2), stop_manner::briskly, w.now));
    EXPECT_EQ(w.state("local-1"), "stopped") << "after `restart`";
    w.daskd_dies();
    w.daskd_starts(test::plan_with(2));
    EXPECT_EQ(w.state("local-1"), "stopped") << "after the death of daskd";
    w.perform(w.daskd->start_worker("local-1", w.now));
    EXPECT_EQ(w.state("local-1"), "running");
}

TEST(cluster_stop, is_carried_on_by_the_next_daskd) {
    test::world w;
    w.up(test::plan_with(2));
    w.deaf = {"local-1"};
    w.perform(w.daskd->stop_worker("local-1", stop_manner::gently, w.now));
    EXPECT_EQ(w.state("local-1"), "stopping");
    w.daskd_dies();
    w.daskd_starts(test::plan_with(2));
    w.pass(60s);
    EXPECT_EQ(w.state("local-1"), "stopped");
}

TEST(cluster_stop, a_worker_in_backoff_can_be_stopped_and_started) {
    test::world w;
    w.up(test::plan_with(1));
    w.dies("local-0");
    w.dies("local-0");
    ASSERT_EQ(w.state("local-0"), "backoff");
    w.perform(w.daskd->stop_worker("local-0", stop_manner::gently, w.now));
    EXPECT_EQ(w.state("local-0"), "stopped");
    w.pass(60s);
    EXPECT_EQ(w.state("local-0"), "stopped");
    w.perform(w.daskd->start_worker("local-0", w.now));
    EXPECT_EQ(w.state("local-0"), "running") << "at once: the owner asked";
}

TEST(cluster_stop, down_in_the_middle_of_up) {
    struct phase {
        char const* name;
        std::function<void(test::world&)> hold;
    };
    for (auto const& [name, hold] :
         {phase{"agent imports", [](test::world& w) { w.agents_answer = false; }},
          phase{"scheduler starts", [](test::world& w) { w.mute = {"scheduler"}; }},
          phase{"workers start",
                [](test::world& w) {
                    w.mute = {"local-0", "local-1"};
                }},
          phase{"a worker backs off", [](test::world& w) { w.unstartable = {"local-1"}; }}}) {
        SCOPED_TRACE(name);
        test::world w;
        hold(w);
        w.up(test::plan_with(2));
        EXPECT_NE(w.state(), "running");
        w.down();
        EXPECT_EQ(w.state(), "down");
        EXPECT_TRUE(w.alive.empty());
        EXPECT_TRUE(w.agents.empty());
        EXPECT_FALSE(w.daskd->next_deadline());
    }
}

TEST(cluster_stop, up_in_the_middle_of_down_brings_all_back) {
    test::world w;
    w.up(test::plan_with(2));
    w.deaf = {"local-1"};
    w.down();
    EXPECT_EQ(w.state("local-0"), "stopped");
    EXPECT_EQ(w.state("local-1"), "stopping");
    w.up(test::plan_with(2));
    EXPECT_EQ(w.state("local-0"), "running");
    w.pass(10s);
    EXPECT_EQ(w.state(), "running") << "local-1 was killed and started anew";
    EXPECT_EQ(w.at("scheduler").restarts, 0) << "its turn had not come";
}

TEST(cluster_stop, up_while_the_scheduler_goes_down) {
    test::world w;
    w.up(test::plan_with(2));
    w.deaf = {"scheduler"};
    w.down();
    EXPECT_EQ(w.state("scheduler"), "stopping");
    w.up(test::plan_with(2));
    w.pass(10s);
    EXPECT_EQ(w.state(), "running");
}

TEST(cluster_stop, client_shutdown_is_the_owners_down) {
    test::world w;
    w.up(test::plan_with(2));
    w.client_shuts_down();
    EXPECT_EQ(w.state(), "down");
    EXPECT_FALSE(w.daskd->is_wanted_up());
    EXPECT_TRUE(w.agents.empty());
    EXPECT_EQ(w.cause("local-0"), "requested");
    EXPECT_THAT(w.at("local-0").last_exit->text, testing::StartsWith("stopped by Client.shutdown()"));
    w.pass(60s);
    EXPECT_EQ(w.state(), "down");
}

TEST(cluster_stop, client_shutdown_is_the_cause_of_the_schedulers_end_as_well) {
    test::world w;
    w.up(test::plan_with(1));
    w.client_shuts_down(); // the scheduler ends by itself, before its turn has come
    EXPECT_EQ(w.cause("scheduler"), "requested");
}

} // namespace
} // namespace daskd::core
