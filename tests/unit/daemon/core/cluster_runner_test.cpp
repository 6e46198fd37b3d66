#include "tests/unit/daemon/core/world.hpp"

// The job runner's life: it is there once jobs need it, and comes and goes with the scheduler.

namespace daskd::core {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

struct cluster_runner : testing::Test {
    test::world w;
    void want() { w.perform(w.daskd->want_runner(w.now)); }
    [[nodiscard]] std::string state() const { return w.state(runner_name); }
};

TEST_F(cluster_runner, is_not_there_until_it_is_wanted) {
    w.up(test::plan_with(1));
    EXPECT_EQ(state(), "stopped");
    w.take_journal();
    want();
    want();
    EXPECT_EQ(state(), "running");
    EXPECT_THAT(w.take_journal(), ElementsAre("start job-runner"));
    EXPECT_EQ(w.daskd->workers().size(), 1U) << "it is no worker";
}

TEST_F(cluster_runner, is_not_wanted_while_the_cluster_is_down) {
    want();
    EXPECT_THAT(w.journal, IsEmpty());
    w.up(test::plan_with(1));
    EXPECT_EQ(state(), "stopped");
}

TEST_F(cluster_runner, comes_back) {
    w.up(test::plan_with(1));
    want();
    w.dies(runner_name);
    EXPECT_EQ(state(), "running");
    EXPECT_EQ(w.cause(runner_name), "signal");
    EXPECT_EQ(w.state(), "running") << "the cluster is what computes";
    w.exits(runner_name, 3);
    EXPECT_EQ(state(), "backoff") << "with pauses";
    w.pass(1s);
    EXPECT_EQ(state(), "running");
}

TEST_F(cluster_runner, waits_for_the_scheduler_and_is_renewed_with_it) {
    w.up(test::plan_with(1));
    want();
    w.mute = {"scheduler"};
    w.dies("scheduler");
    EXPECT_EQ(w.cause(runner_name), "scheduler_lost");
    EXPECT_EQ(state(), "backoff");
    EXPECT_EQ(w.at(runner_name).attempt, 0);
    w.mute.clear();
    w.pass(60s + 1s); // the new scheduler is given up, and after a pause tried again
    EXPECT_EQ(state(), "running");
    w.perform(w.daskd->stop_scheduler(stop_manner::briskly, w.now));
    EXPECT_THAT(w.alive, Not(Contains(testing::Key(runner_name))));
    w.perform(w.daskd->start_scheduler(w.now));
    EXPECT_EQ(state(), "running");
}

TEST_F(cluster_runner, one_that_never_serves_is_ended) {
    w.up(test::plan_with(1));
    w.mute = {runner_name};
    want();
    EXPECT_EQ(state(), "starting");
    w.mute.clear();
    w.pass(61s);
    EXPECT_EQ(state(), "running");
    EXPECT_EQ(w.cause(runner_name), "start_timeout");
}

TEST_F(cluster_runner, goes_down_before_the_scheduler) {
    w.up(test::plan_with(1));
    want();
    w.deaf = {runner_name};
    w.take_journal();
    w.down();
    EXPECT_EQ(w.state(), "stopping");
    EXPECT_THAT(w.alive, Contains(testing::Key("scheduler")));
    w.pass(60s);
    EXPECT_EQ(w.state(), "down");
    EXPECT_THAT(w.alive, IsEmpty());
    w.up(test::plan_with(1));
    EXPECT_EQ(state(), "stopped") << "until it is wanted again";
}

TEST_F(cluster_runner, a_new_daskd_takes_it_over) {
    w.up(test::plan_with(1));
    want();
    auto const pid = w.pid(runner_name);
    w.daskd_dies();
    w.daskd_starts(test::plan_with(1));
    EXPECT_EQ(state(), "running");
    EXPECT_EQ(w.pid(runner_name), pid);
    w.dies(runner_name);
    EXPECT_EQ(state(), "running") << "it is wanted still";
    w.daskd_dies();
    w.daskd_starts(std::nullopt);
    EXPECT_THAT(w.alive, IsEmpty()) << "the cluster was taken down meanwhile";
}

TEST_F(cluster_runner, restart_renews_it_too) {
    w.up(test::plan_with(1));
    want();
    auto const pid = w.pid(runner_name);
    w.perform(w.daskd->restart_all(test::plan_with(1), stop_manner::briskly, w.now));
    EXPECT_EQ(state(), "running");
    EXPECT_NE(w.pid(runner_name), pid);
}

} // namespace
} // namespace daskd::core
