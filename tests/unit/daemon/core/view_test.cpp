#include "daemon/core/view.hpp"
#include "tests/unit/daemon/core/world.hpp"

namespace daskd::core {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

struct viewed : testing::Test {
    [[nodiscard]] cluster_view look() {
        input.now = w.now;
        return make_view(*w.daskd, input);
    }
    test::world w;
    view_input input;
};

TEST_F(viewed, down_shows_the_daemon_and_no_process) {
    input.daemon.pid = 12;
    input.warnings = {"the disk is full"};
    auto const v = look();
    EXPECT_EQ(v.cluster, "test");
    EXPECT_EQ(v.state, "down");
    EXPECT_EQ(v.daemon->pid, 12);
    EXPECT_FALSE(v.scheduler);
    EXPECT_TRUE(v.workers.empty());
    EXPECT_EQ(v.summary, summary_view{});
    EXPECT_THAT(v.warnings, ElementsAre("the disk is full"));
}

TEST_F(viewed, running) {
    w.up(test::plan_with(2, 4));
    w.pass(3s);
    input.dashboard = "http://d";
    input.python = "3.11.2";
    input.distributed = "2022.12.1";
    w.happens(happened::tasks_counted{{0, 5, 0, 0}});
    input.numbers[w.at("local-1").address] = {1 << 20, 12.5, 3};
    auto const v = look();
    EXPECT_EQ(v.state, "running");
    EXPECT_EQ(v.scheduler->state, "running");
    EXPECT_EQ(v.scheduler->pid, w.pid("scheduler"));
    EXPECT_EQ(v.scheduler->address, "tcp://127.0.0.1:8786");
    EXPECT_EQ(v.scheduler->dashboard, "http://d");
    EXPECT_EQ(v.scheduler->tasks.processing, 5U);
    EXPECT_EQ(v.scheduler->uptime_s, 3.0);
    EXPECT_EQ(v.pools, (std::vector<pool_view>{{"local", "local", 2, 2}}));
    ASSERT_EQ(v.workers.size(), 2U);
    auto const& one = v.workers[1];
    EXPECT_EQ(one.name, "local-1");
    EXPECT_EQ(one.pool, "local");
    EXPECT_EQ(one.host, "localhost");
    EXPECT_EQ(one.state, "running");
    EXPECT_EQ(one.desired, "running");
    EXPECT_EQ(one.pid, w.pid("local-1"));
    EXPECT_EQ(one.threads, 4);
    EXPECT_EQ(one.spawn, "fork");
    EXPECT_EQ(one.memory_bytes, 1U << 20);
    EXPECT_EQ(one.executing, 3);
    EXPECT_FALSE(v.workers[0].memory_bytes) << "nobody has said";
    EXPECT_EQ(v.summary, (summary_view{2, 2, 0, 0, 0, 0, 0, 0}));
}

TEST_F(viewed, an_impaired_daskd_degrades_what_runs_and_says_why) {
    input.impairment = "cannot write x";
    EXPECT_EQ(look().state, "down");
    EXPECT_FALSE(look().reason);
    EXPECT_THAT(look().warnings, ElementsAre("cannot write x"));
    w.up(test::plan_with(1, 4));
    EXPECT_EQ(look().state, "degraded");
    EXPECT_EQ(look().reason, "cannot write x");
    input.impairment.clear();
    EXPECT_EQ(look().state, "running");
    EXPECT_FALSE(look().reason);
}

TEST_F(viewed, backoff_shows_when_it_goes_on_and_why) {
    w.up(test::plan_with(1));
    w.dies("local-0");
    w.dies("local-0");
    auto const v = look();
    EXPECT_EQ(v.state, "degraded");
    EXPECT_EQ(v.workers[0].state, "backoff");
    EXPECT_EQ(v.workers[0].next_start_in_s, 0.1);
    EXPECT_EQ(v.workers[0].last_exit->signal, "SIGKILL");
    EXPECT_EQ(v.workers[0].restarts, 2);
    EXPECT_FALSE(v.workers[0].pid);
    EXPECT_FALSE(v.workers[0].address);
    EXPECT_FALSE(v.workers[0].uptime_s);
    EXPECT_EQ(v.summary.backoff, 1);
}

TEST_F(viewed, a_worker_on_its_way_out_is_still_of_its_pool) {
    w.up(test::plan_with(2, 4));
    w.clinging = {"local-1"};
    w.perform(w.daskd->replan(test::plan_with(1, 4), w.now));
    auto const v = look();
    ASSERT_EQ(v.workers.size(), 2U);
    EXPECT_EQ(v.workers[1].state, "stopping");
    EXPECT_EQ(v.workers[1].pool, "local");
    EXPECT_EQ(v.workers[1].threads, 4);
    EXPECT_EQ(v.pools[0].desired, 1);
}

TEST_F(viewed, stopped_by_hand_is_not_desired) {
    w.up(test::plan_with(2));
    w.perform(w.daskd->stop_worker("local-0", stop_manner::briskly, w.now));
    auto const v = look();
    EXPECT_EQ(v.state, "running");
    EXPECT_EQ(v.workers[0].desired, "stopped");
    EXPECT_EQ(v.summary, (summary_view{1, 1, 0, 0, 0, 1, 0, 0}));
}

TEST_F(viewed, a_worker_that_waits_for_its_agent_counts_as_starting) {
    w.agents_answer = false;
    w.up(test::plan_with(2));
    auto const v = look();
    EXPECT_EQ(v.state, "starting");
    EXPECT_EQ(v.summary, (summary_view{2, 0, 2, 0, 0, 0, 0, 0}));
}

TEST_F(viewed, spawn_is_what_the_pool_wants_as_far_as_its_agent_can) {
    auto p = test::plan_with(2);
    p.workers[1].process.spawn = config::spawn_mode::exec;
    w.up(p);
    EXPECT_EQ(look().workers[0].spawn, "fork");
    EXPECT_EQ(look().workers[1].spawn, "exec");
    input.agent_spawns["a1"] = config::spawn_mode::exec;
    EXPECT_EQ(look().workers[0].spawn, "exec");
}

TEST_F(viewed, versions_are_those_of_a_scheduler_that_runs) {
    input.python = "3.11.2";
    w.mute = {"scheduler"};
    w.up(test::plan_with(0));
    EXPECT_EQ(look().scheduler->state, "starting");
    EXPECT_FALSE(look().scheduler->python);
}

} // namespace
} // namespace daskd::core
