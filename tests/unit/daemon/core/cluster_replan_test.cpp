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
    auto p = test::plan_with(2, 1, "b1");
    p.agents[0].python = "/opt/python"; // the scheduler moves as well
    replan(p);
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

TEST_F(replanned, the_scheduler_stays_when_only_its_pools_agent_is_another) {
    w.up(test::plan_with(1));
    auto const pid = w.pid("scheduler");
    replan(test::plan_with(1, 1, "b1"));
    EXPECT_EQ(w.pid("scheduler"), pid);
    EXPECT_EQ(w.at("local-0").agent, "b1");
    EXPECT_EQ(w.agents, (test::world::names{"a1", "b1"}));
}

TEST_F(replanned, a_former_agent_goes_with_its_last_worker) {
    auto p = test::plan_with(2);
    p.agents.push_back({"a2", "/usr/bin/python3", {}, "/", {}, 600s, 8});
    p.workers[0].process.agent = p.workers[1].process.agent = "a2";
    w.up(p);
    replan(test::plan_with(2));
    EXPECT_EQ(w.agents, (test::world::names{"a1"}));
    EXPECT_EQ(w.state(), "running");
}

TEST_F(replanned, a_pool_is_renewed_a_quarter_at_a_time) {
    w.up(test::plan_with(8));
    w.settles = false;
    w.perform(w.daskd->replan(test::plan_with(8, 4), w.now));
    auto const running = [&] {
        return std::ranges::count_if(w.daskd->workers(),
                                     [](auto const* i) { return i->state == process_state::running; });
    };
    EXPECT_EQ(running(), 6);
    for (int n = 0; !w.reports.empty(); ++n) {
        ASSERT_LT(n, 1000);
        w.step(w.reports.front().channel);
        EXPECT_GE(running(), 6);
        EXPECT_EQ(w.daskd->is_renewing(), std::ranges::any_of(w.daskd->workers(), [](auto const* i) {
                      return i->incarnation <= 9 && i->is_alive();
                  }));
    }
    EXPECT_EQ(running(), 8);
    EXPECT_FALSE(w.daskd->is_renewing());
    EXPECT_EQ(w.state(), "running");
}

TEST_F(replanned, successors_that_do_not_come_up_leave_the_rest_of_the_pool_alone) {
    w.up(test::plan_with(4));
    w.unstartable = {"local-0", "local-1", "local-2", "local-3"};
    replan(test::plan_with(4, 4));
    w.pass(1min);
    EXPECT_EQ(w.state("local-0"), "backoff");
    for (auto const* name : {"local-1", "local-2", "local-3"})
        EXPECT_EQ(w.at(name).restarts, 0) << name;
    EXPECT_TRUE(w.daskd->is_renewing());

    replan(test::plan_with(4, 2)); // the owner mends it
    w.unstartable.clear();
    w.pass(1min);
    EXPECT_FALSE(w.daskd->is_renewing());
    EXPECT_EQ(w.state(), "running");
}

TEST_F(replanned, a_worker_that_dies_while_it_waits_for_its_turn_is_renewed_by_that) {
    w.up(test::plan_with(2));
    w.clinging = {"local-0"};
    replan(test::plan_with(2, 4));
    w.dies("local-1");
    w.take_journal();
    w.pass(1min);
    EXPECT_THAT(w.take_journal(), ElementsAre("terminate local-0", "start local-0"));
    EXPECT_EQ(w.at("local-1").restarts, 1);
}

} // namespace
} // namespace daskd::core
