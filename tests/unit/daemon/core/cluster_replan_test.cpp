#include "tests/unit/daemon/core/world.hpp"

// Another plan for a running cluster: scaling and reload.

namespace daskd::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

struct replanned : testing::Test {
    void replan(plan const& p) {
        w.take_journal();
        w.perform(w.daskd->replan(p, w.now));
    }
    test::world w;
};

TEST_F(replanned, scale_up_starts_what_is_new) {
    w.up(test::plan_with(1));
    replan(test::plan_with(3));
    EXPECT_THAT(w.journal, ElementsAre("start local-1", "start local-2"));
    EXPECT_EQ(w.state(), "running");
}

TEST_F(replanned, scale_down_moves_results_and_forgets_the_worker) {
    w.up(test::plan_with(3));
    replan(test::plan_with(1));
    EXPECT_THAT(w.journal, UnorderedElementsAre("move results of local-1", "move results of local-2",
                                                "terminate local-1", "terminate local-2"));
    EXPECT_EQ(w.daskd->workers().size(), 1U);
    EXPECT_EQ(w.state(), "running");
}

TEST_F(replanned, a_worker_on_its_way_out_comes_last_and_does_not_spoil_the_state) {
    w.up(test::plan_with(2));
    w.clinging = {"local-0"};
    auto p = test::plan_with(2);
    p.workers.erase(p.workers.begin());
    replan(p);
    EXPECT_EQ(w.daskd->workers().at(0)->name, "local-1");
    EXPECT_EQ(w.daskd->workers().at(1)->name, "local-0");
    EXPECT_EQ(w.state(), "running");
}

TEST_F(replanned, scale_down_and_up_again_at_once_brings_the_same_worker_back) {
    w.up(test::plan_with(2));
    w.clinging = {"local-1"};
    replan(test::plan_with(1));
    EXPECT_EQ(w.state("local-1"), "stopping");
    replan(test::plan_with(2));
    w.pass(20s);
    EXPECT_EQ(w.state("local-1"), "running");
}

TEST_F(replanned, a_worker_on_its_way_out_is_not_wanted_back_by_its_name) {
    w.up(test::plan_with(2));
    w.deaf = {"local-1"};
    replan(test::plan_with(1));
    w.perform(w.daskd->restart_worker("local-1", stop_manner::gently, w.now));
    w.pass(1min);
    EXPECT_EQ(w.daskd->find_worker("local-1"), nullptr) << "no plan has it: it could never start";
    EXPECT_EQ(w.state(), "running");
}

TEST_F(replanned, a_changed_worker_alone_is_restarted) {
    w.up(test::plan_with(3));
    auto p = test::plan_with(3);
    p.workers[1].threads = 4;
    p.workers[1].process.args = {"--nthreads", "4"};
    replan(p);
    EXPECT_THAT(w.journal, ElementsAre("move results of local-1", "terminate local-1", "start local-1"));
    EXPECT_EQ(w.state(), "running");
}

TEST_F(replanned, a_changed_rule_touches_nothing_and_counts_from_now_on) {
    w.up(test::plan_with(1));
    auto p = test::plan_with(1);
    p.workers[0].policy.restart = config::restart_policy::never;
    replan(p);
    EXPECT_THAT(w.journal, IsEmpty());
    w.dies("local-0");
    EXPECT_EQ(w.state("local-0"), "failed");
}

TEST_F(replanned, a_changed_scheduler_restarts_all) {
    w.up(test::plan_with(1));
    auto p = test::plan_with(1);
    p.scheduler.port = 9999;
    replan(p);
    EXPECT_THAT(w.journal, UnorderedElementsAre("terminate local-0", "terminate scheduler", "start scheduler",
                                                "start local-0"));
    EXPECT_EQ(w.state(), "running");
}

TEST_F(replanned, another_agent_takes_over) {
    w.up(test::plan_with(2));
    replan(test::plan_with(2, 1, "b1"));
    w.pass(1min);
    EXPECT_EQ(w.state(), "running");
    EXPECT_EQ(w.at("local-0").agent, "b1");
    EXPECT_THAT(w.agents, ElementsAre("b1")) << "the old one is told to end";
}

TEST_F(replanned, the_same_plan_changes_nothing) {
    w.up(test::plan_with(2));
    replan(test::plan_with(2));
    EXPECT_THAT(w.journal, IsEmpty());
}

TEST_F(replanned, what_was_stopped_by_hand_stays_stopped) {
    w.up(test::plan_with(2));
    w.perform(w.daskd->stop_worker("local-1", stop_manner::gently, w.now));
    replan(test::plan_with(2, 4));
    EXPECT_EQ(w.state("local-0"), "running");
    EXPECT_EQ(w.state("local-1"), "stopped") << "that its threads changed is no wish to start it";
    EXPECT_TRUE(w.daskd->stopped_workers().contains("local-1"));
}

TEST_F(replanned, a_scheduler_stopped_by_hand_stays_stopped) {
    w.up(test::plan_with(1));
    w.perform(w.daskd->stop_scheduler(stop_manner::briskly, w.now));
    auto p = test::plan_with(1);
    p.scheduler.port = 9999;
    replan(p);
    EXPECT_EQ(w.state("scheduler"), "stopped");
    EXPECT_TRUE(w.daskd->is_scheduler_stopped());
}

} // namespace
} // namespace daskd::core
