#include "tests/unit/daemon/core/world.hpp"

// The scheduler's life, and what it means for its workers.

namespace daskd::core {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

TEST(cluster_scheduler, its_death_takes_the_workers_along_and_brings_all_back) {
    test::world w;
    w.up(test::plan_with(2));
    w.take_journal();
    w.dies("scheduler");
    EXPECT_THAT(w.journal, UnorderedElementsAre("start scheduler", "terminate local-0", "terminate local-1",
                                                "start local-0", "start local-1"));
    EXPECT_EQ(w.state(), "running");
    EXPECT_EQ(w.cause("scheduler"), "signal");
    EXPECT_EQ(w.cause("local-0"), "scheduler_lost");
    EXPECT_EQ(w.at("local-0").attempt, 0) << "no failure of the worker";
}

TEST(cluster_scheduler, workers_wait_for_it_and_not_for_time) {
    test::world w;
    w.up(test::plan_with(2));
    w.mute = {"scheduler"};
    w.dies("scheduler");
    EXPECT_EQ(w.state("local-0"), "backoff");
    w.pass(1s);
    EXPECT_EQ(w.daskd->next_deadline(), w.at("scheduler").deadline);
    w.mute.clear();
    w.pass(60s);
    EXPECT_EQ(w.state(), "running");
}

TEST(cluster_scheduler, a_deaf_worker_of_the_old_one_is_replaced_in_the_end) {
    test::world w;
    w.up(test::plan_with(2));
    w.deaf = {"local-0"};
    w.dies("scheduler");
    EXPECT_EQ(w.state("local-0"), "stopping");
    EXPECT_EQ(w.state("local-1"), "running");
    w.pass(10s);
    EXPECT_EQ(w.state(), "running");
    EXPECT_EQ(w.cause("local-0"), "scheduler_lost");
}

TEST(cluster_scheduler, stop_and_start_by_hand) {
    test::world w;
    w.up(test::plan_with(1));
    w.perform(w.daskd->stop_scheduler(stop_manner::briskly, w.now));
    EXPECT_EQ(w.state("scheduler"), "stopped");
    EXPECT_THAT(w.alive, IsEmpty()) << "workers are of no use without it";
    EXPECT_EQ(w.state(), "degraded");
    w.pass(60s);
    w.up(test::plan_with(1));
    EXPECT_EQ(w.state("scheduler"), "stopped");
    EXPECT_FALSE(w.daskd->next_deadline());
    w.perform(w.daskd->start_scheduler(w.now));
    EXPECT_EQ(w.state(), "running");
}

TEST(cluster_scheduler, restart_by_hand) {
    test::world w;
    w.up(test::plan_with(2));
    w.perform(w.daskd->restart_scheduler(stop_manner::briskly, w.now));
    EXPECT_EQ(w.state(), "running");
    EXPECT_EQ(w.cause("scheduler"), "requested");
    EXPECT_EQ(w.cause("local-1"), "scheduler_lost");
}

TEST(cluster_scheduler, restart_all_starts_everything_but_the_agent_anew) {
    test::world w;
    w.up(test::plan_with(2));
    w.take_journal();
    w.perform(w.daskd->restart_all(test::plan_with(3), stop_manner::briskly, w.now));
    EXPECT_THAT(w.journal,
                UnorderedElementsAre("terminate local-0", "terminate local-1", "terminate scheduler",
                                     "start scheduler", "start local-0", "start local-1", "start local-2"));
    EXPECT_EQ(w.state(), "running");
}

TEST(cluster_scheduler, its_idle_timeout_is_a_down) {
    test::world w;
    w.up(test::plan_with(1));
    w.happens(happened::scheduler_closing{"idle", 10.0});
    EXPECT_EQ(w.state(), "down");
    EXPECT_EQ(w.told.back().kind, "cluster.state");
    EXPECT_EQ(w.told.back().text, "idle for 10 s (idle_timeout)");
    EXPECT_EQ(w.cause("scheduler"), "requested");
    EXPECT_EQ(w.at("scheduler").last_exit->text, "stopped because the cluster was idle (exited with code 0)");
    w.up(test::plan_with(1));
    w.down();
    EXPECT_EQ(w.told.back().text, "") << "this time its owner said so";
}

TEST(cluster_scheduler, a_client_that_shuts_it_down_is_told_as_the_reason) {
    test::world w;
    w.up(test::plan_with(1));
    w.happens(happened::scheduler_closing{"client"});
    EXPECT_EQ(w.state(), "down");
    EXPECT_EQ(w.told.back().text, "a client called Client.shutdown()");
}

TEST(cluster_scheduler, one_that_was_closed_while_daskd_was_away_is_down_and_recorded_so) {
    test::world w;
    w.perform(w.daskd->found_closed({"idle", 0.5}, w.now));
    EXPECT_EQ(w.told.back().to, "down");
    EXPECT_EQ(w.told.back().text, "idle for 0.5 s (idle_timeout) while daskd was away");
    auto const all = w.daskd->found_closed({"client"}, w.now);
    EXPECT_TRUE(std::holds_alternative<wanted::save_intent>(all.back()));
    EXPECT_EQ(w.state(), "down");
}

TEST(cluster_scheduler, the_reason_outlasts_workers_that_were_still_there) {
    test::world w;
    (void)w.daskd->found_closed({"client"}, w.now);
    happened::agent_ready const found{"a1", {{{"local-0", 1}, {7, 7}, 1.0}}};
    (void)w.daskd->step(found, w.now);
    EXPECT_EQ(w.state(), "stopping");
    w.perform(w.daskd->step(happened::exited{{"local-0", 1}, {"", 0, std::nullopt, {}}}, w.now));
    EXPECT_EQ(w.told.back().to, "down");
    EXPECT_EQ(w.told.back().text, "a client called Client.shutdown() while daskd was away");
}

TEST(cluster_scheduler, one_that_was_closed_before_its_link_was_up_takes_the_cluster_down) {
    test::world w;
    w.up(test::plan_with(1));
    w.perform(w.daskd->found_closed({"client"}, w.now));
    EXPECT_EQ(w.state(), "down");
    EXPECT_EQ(w.told.back().text, "a client called Client.shutdown() while daskd was away");
    EXPECT_EQ(w.cause("scheduler"), "requested");
    EXPECT_FALSE(w.daskd->is_wanted_up());
}

TEST(cluster_scheduler, closing_by_a_signal_ends_its_workers_as_lost) {
    test::world w;
    w.up(test::plan_with(1));
    w.happens(happened::scheduler_closing{"signal"});
    EXPECT_EQ(w.cause("local-0"), "scheduler_lost");
    w.exits("scheduler", 0);
    EXPECT_EQ(w.state(), "running") << "nobody asked for it: it is back";
}

TEST(cluster_scheduler, a_worker_that_it_drops_must_register_again_in_time) {
    test::world w;
    w.up(test::plan_with(1));
    w.scheduler_drops("local-0");
    w.pass(1s);
    EXPECT_EQ(w.state("local-0"), "running") << "its exit may be told any moment";
    w.pass(1s);
    EXPECT_EQ(w.state("local-0"), "starting");
    w.take_journal();
    w.pass(60s);
    EXPECT_THAT(w.journal, ElementsAre("kill tree of local-0", "start local-0"));
    EXPECT_EQ(w.state(), "running");
}

TEST(cluster_scheduler, a_worker_that_it_takes_back_late_goes_on) {
    test::world w;
    w.up(test::plan_with(1));
    w.scheduler_drops("local-0");
    w.pass(30s);
    w.scheduler_takes("local-0");
    w.take_journal();
    w.pass(5min);
    EXPECT_THAT(w.journal, IsEmpty());
    EXPECT_EQ(w.state(), "running");
}

TEST(cluster_scheduler, a_worker_that_it_takes_back_at_once_goes_on) {
    test::world w;
    w.up(test::plan_with(1));
    w.scheduler_drops("local-0");
    w.pass(1s);
    w.scheduler_takes("local-0");
    w.take_journal();
    w.pass(5min);
    EXPECT_THAT(w.journal, IsEmpty()) << "it is registered: nothing is to be done";
    EXPECT_EQ(w.state(), "running");
}

TEST(cluster_scheduler, a_late_registration_of_a_dead_worker_does_not_cost_its_successor_its_life) {
    test::world w;
    w.up(test::plan_with(1));
    w.mute = {"local-0"};
    w.dies("local-0");
    // The link is slower than the agent: what it tells now is of the dead one.
    w.happens(happened::worker_registered{"local-0", "tcp://127.0.0.1:9"});
    w.happens(happened::worker_unregistered{"local-0", "tcp://127.0.0.1:9", 0});
    w.mute.clear();
    w.scheduler_takes("local-0");
    auto const pid = w.pid("local-0");
    w.pass(5min);
    EXPECT_EQ(w.pid("local-0"), pid);
    EXPECT_EQ(w.state(), "running");
}

TEST(cluster_scheduler, lost_results_are_told) {
    test::world w;
    w.up(test::plan_with(1));
    w.happens(happened::worker_unregistered{"local-0", "tcp://elsewhere", 7});
    EXPECT_EQ(w.told.back().kind, "cluster.notice");
    EXPECT_THAT(w.told.back().text, testing::HasSubstr("7 results were lost with local-0"));
    EXPECT_TRUE(w.at("local-0").is_registered) << "another address is another incarnation";
}

TEST(cluster_scheduler, its_death_tells_what_goes_with_it) {
    test::world w;
    w.up(test::plan_with(1));
    w.happens(happened::tasks_counted{{1, 2, 4, 0}});
    w.dies("scheduler");
    EXPECT_THAT(w.told, Contains(testing::Field(&wanted::tell::text,
                                                testing::HasSubstr("3 unfinished tasks and 4 results"))));
    EXPECT_EQ(w.daskd->tasks(), task_counts{}) << "its successor has none";
}

TEST(cluster_scheduler, the_answer_of_an_older_one_is_dropped) {
    test::world w;
    w.mute = {"scheduler"};
    w.up(test::plan_with(1));
    w.happens(happened::scheduler_ready{w.pid("scheduler") + 1, "tcp://127.0.0.1:1", {}});
    EXPECT_EQ(w.state("scheduler"), "starting");
}

TEST(cluster_scheduler, workers_that_nobody_planned_and_dead_ones_are_not_taken_for_registered) {
    test::world w;
    w.up(test::plan_with(2));
    w.perform(w.daskd->stop_worker("local-1", stop_manner::briskly, w.now));
    w.happens(happened::worker_registered{"stranger", "tcp://127.0.0.1:1"});
    w.happens(
        happened::scheduler_ready{w.pid("scheduler"),
                                  "tcp://127.0.0.1:8786",
                                  {{"local-0", w.at("local-0").address}, {"local-1", "tcp://127.0.0.1:2"}}});
    EXPECT_EQ(w.daskd->workers().size(), 2U);
    EXPECT_FALSE(w.at("local-1").is_registered);
    EXPECT_EQ(w.at("local-1").address, "");
    EXPECT_EQ(w.state(), "running");
}

} // namespace
} // namespace daskd::core
