#include "tests/unit/daemon/core/world.hpp"

// Hosts that cannot be reached, and come back.

namespace daskd::core {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

/// One local worker and scheduler with agent "a1", and two workers on node1 with agent "r1".
plan with_remote_host(milliseconds tolerance = 2min) {
    auto p = test::plan_with(1);
    agent_spec agent{"r1", "auto", {}, "", {}, 10min, 8, config::host_address{"node1"}};
    p.agents.push_back(agent);
    p.pools.push_back({"lab", "ssh", 2});
    for (int n = 0; n < 2; ++n) {
        auto w = p.workers[0];
        w.name = "lab-node1-" + std::to_string(n);
        w.pool = "lab";
        w.host = "node1";
        w.process.agent = "r1";
        w.policy.link_tolerance = tolerance;
        p.workers.push_back(w);
    }
    return p;
}

/// All notices, as people read them.
std::string notices(test::world const& w) {
    std::string text;
    for (auto const& t : w.told)
        if (t.kind == "cluster.notice") text += t.text + "\n";
    return text;
}

struct remote : testing::Test {
    void SetUp() override {
        w.up(with_remote_host());
        ASSERT_EQ(w.state(), "running");
        w.take_journal();
    }
    test::world w;
};

TEST_F(remote, a_cut_link_and_back_costs_nothing) {
    auto const pid = w.pid("lab-node1-0");
    w.cut("r1");
    EXPECT_EQ(w.state("lab-node1-0"), "unreachable");
    EXPECT_EQ(w.state("lab-node1-1"), "unreachable");
    EXPECT_EQ(w.state("local-0"), "running");
    EXPECT_EQ(w.state(), "degraded");
    w.pass(60s);
    EXPECT_EQ(w.state("lab-node1-0"), "unreachable");
    w.mend("r1");
    EXPECT_EQ(w.state(), "running");
    EXPECT_EQ(w.pid("lab-node1-0"), pid);
    EXPECT_EQ(w.at("lab-node1-0").process->pid, pid);
    EXPECT_EQ(w.at("lab-node1-0").restarts, 0);
    w.pass(10min);
    EXPECT_EQ(w.pid("lab-node1-0"), pid);
}

TEST_F(remote, a_host_that_tells_late_has_workers_that_are_registered_already) {
    time_point const now{};
    cluster next("test", {}, 10);
    (void)next.up(with_remote_host(), now);
    (void)next.step(happened::agent_ready{"a1", {{{"scheduler", 1}, {100, 1}}}}, now);
    (void)next.step(happened::scheduler_ready{100, "tcp://s", {{"lab-node1-0", "tcp://w"}}}, now);
    (void)next.step(happened::agent_ready{"r1", {{{"lab-node1-0", 2}, {200, 1}}}}, now);
    EXPECT_EQ(next.find_worker("lab-node1-0")->state, process_state::running);
    EXPECT_EQ(next.find_worker("lab-node1-0")->address, "tcp://w");
}

TEST_F(remote, it_is_reconnected_for_ever_with_growing_delays) {
    w.cut("r1");
    w.take_journal();
    w.pass(1h);
    auto const tries = static_cast<int>(w.journal.size());
    EXPECT_GT(tries, 100) << "every 30 s";
    EXPECT_LT(tries, 150);
    auto const told = std::ranges::count(w.told, std::string("agent.state"), &wanted::tell::kind);
    EXPECT_LE(told, 4) << "ready twice, lost once: not each try";
    w.mend("r1");
    EXPECT_EQ(w.state(), "running");
}

TEST_F(remote, what_ended_meanwhile_starts_anew_with_its_cause) {
    w.cut("r1");
    w.ends_as_told("lab-node1-0", {"close_gracefully", "worker-handle-scheduler-connection-broken"});
    EXPECT_EQ(w.state("lab-node1-0"), "unreachable") << "nobody has heard of it";
    w.mend("r1");
    EXPECT_EQ(w.cause("lab-node1-0"), "scheduler_lost");
    EXPECT_EQ(w.at("lab-node1-1").restarts, 0);
    EXPECT_EQ(w.state(), "running");
}

TEST_F(remote, a_restarted_host_has_no_worker_left) {
    w.cut("r1");
    w.reboots("r1");
    w.mend("r1");
    EXPECT_EQ(w.cause("lab-node1-0"), "lost");
    EXPECT_EQ(w.at("lab-node1-0").last_exit->text, "its host was restarted");
    EXPECT_EQ(w.state(), "running");
}

TEST_F(remote, beyond_the_tolerance_it_is_forgotten_and_starts_anew) {
    auto const pid = w.pid("lab-node1-0");
    w.cut("r1");
    w.pass(2min);
    EXPECT_FALSE(w.at("lab-node1-0").is_registered);
    EXPECT_THAT(notices(w), HasSubstr("away for longer than link_tolerance (2m)"));
    EXPECT_EQ(w.state("lab-node1-0"), "unreachable");
    w.mend("r1");
    EXPECT_EQ(w.cause("lab-node1-0"), "scheduler_lost");
    EXPECT_NE(w.pid("lab-node1-0"), pid);
    EXPECT_EQ(w.state(), "running");
}

TEST_F(remote, one_that_the_scheduler_dropped_has_time_to_end_by_itself) {
    w.cut("r1");
    w.scheduler_drops("lab-node1-0");
    w.mend("r1");
    EXPECT_EQ(w.state("lab-node1-0"), "starting");
    w.exits("lab-node1-0", 0);
    EXPECT_EQ(w.state(), "running");
}

TEST_F(remote, a_start_that_was_not_confirmed_is_found_or_tried_again) {
    w.unheard = {"lab-node1-1"};
    w.dies("lab-node1-1");
    ASSERT_EQ(w.state("lab-node1-1"), "starting");
    w.cut("r1");
    EXPECT_EQ(w.state("lab-node1-1"), "unreachable");
    w.unheard.clear();
    w.mend("r1");
    EXPECT_EQ(w.state(), "running");
}

struct verb_case {
    std::string name;
    std::function<effects(cluster&, time_point)> verb;
    std::string meanwhile; ///< the worker's state, until its host is back
    std::string notice;
    std::string afterwards;
    bool is_same_process;
};

class verb_on_unreachable : public testing::TestWithParam<verb_case> {};

TEST_P(verb_on_unreachable, is_done_when_the_host_is_back) {
    auto const& c = GetParam();
    test::world w;
    w.up(with_remote_host());
    auto const pid = w.pid("lab-node1-0");
    w.cut("r1");
    w.perform(c.verb(*w.daskd, w.now));
    EXPECT_EQ(w.state("lab-node1-0"), c.meanwhile);
    EXPECT_THAT(notices(w), HasSubstr(c.notice));
    w.mend("r1");
    w.pass(1s);
    EXPECT_EQ(w.state("lab-node1-0"), c.afterwards);
    auto const it = w.alive.find("lab-node1-0");
    EXPECT_EQ(it != w.alive.end() && it->second.ref.pid == pid, c.is_same_process);
}

INSTANTIATE_TEST_SUITE_P(
    all, verb_on_unreachable,
    testing::ValuesIn(std::vector<verb_case>{
        {"stop",
         [](cluster& c, time_point now) { return c.stop_worker("lab-node1-0", stop_manner::gently, now); },
         "unreachable", "it is stopped when its host is back", "stopped", false},
        {"restart",
         [](cluster& c, time_point now) { return c.restart_worker("lab-node1-0", stop_manner::gently, now); },
         "unreachable", "it is restarted when its host is back", "running", false},
        {"stop_and_start_again",
         [](cluster& c, time_point now) {
             auto all = c.stop_worker("lab-node1-0", stop_manner::gently, now);
             for (auto& e : c.start_worker("lab-node1-0", now))
                 all.push_back(e);
             return all;
         },
         "unreachable", "", "running", true},
        {"restart_scheduler",
         [](cluster& c, time_point now) { return c.restart_scheduler(stop_manner::briskly, now); },
         "unreachable", "", "running", false},
    }),
    [](auto const& test) { return test.param.name; });

TEST_F(remote, a_host_that_leaves_the_plan_is_cleared_when_it_is_back) {
    w.cut("r1");
    w.perform(w.daskd->replan(test::plan_with(1), w.now));
    EXPECT_EQ(w.state(), "running") << "what is not wanted does not count";
    EXPECT_EQ(w.state("lab-node1-0"), "unreachable");
    w.mend("r1");
    w.pass(1s);
    EXPECT_EQ(w.daskd->find_worker("lab-node1-0"), nullptr);
    EXPECT_FALSE(w.agents.contains("r1"));
}

TEST_F(remote, down_leaves_behind_what_it_cannot_reach) {
    auto const incarnation = w.at("lab-node1-0").incarnation;
    w.cut("r1");
    w.down();
    EXPECT_EQ(w.state(), "down");
    EXPECT_EQ(w.cause("lab-node1-0"), "lost");
    EXPECT_THAT(w.at("lab-node1-0").last_exit->text, HasSubstr("ends it 10m after it was cut off"));
    EXPECT_EQ(w.daskd->left_behind().at("lab-node1-0"), incarnation);
    EXPECT_FALSE(w.alive.contains("scheduler"));

    w.up(with_remote_host());
    EXPECT_EQ(w.state("lab-node1-0"), "unreachable");
    w.mend("r1");
    w.pass(1s);
    EXPECT_THAT(w.daskd->left_behind(), IsEmpty()) << "they are killed when their host is back";
    EXPECT_EQ(w.state(), "running");
    EXPECT_GT(w.at("lab-node1-0").incarnation, incarnation);
}

TEST(hosts, why_the_scheduler_listens_there_is_told_once) {
    test::world w;
    auto p = with_remote_host();
    p.scheduler.host = "10.0.0.5";
    p.scheduler.why_host = "by 10.0.0.5 node1 is reached";
    w.up(p);
    w.up(p);
    EXPECT_EQ(notices(w), "the scheduler listens on 10.0.0.5: by 10.0.0.5 node1 is reached\n");
}

TEST(hosts, one_that_is_down_at_the_start_holds_nobody_back) {
    test::world w;
    w.cut("r1");
    w.up(with_remote_host());
    EXPECT_EQ(w.state("local-0"), "running");
    EXPECT_EQ(w.state("lab-node1-0"), "unreachable");
    EXPECT_EQ(w.daskd->trouble_of(w.at("lab-node1-0")), "no route to node1");
    EXPECT_EQ(w.state(), "degraded");
    w.down();
    EXPECT_EQ(w.state(), "down") << "there is nothing to wait for";
    EXPECT_THAT(w.daskd->left_behind(), IsEmpty());
    w.up(with_remote_host());
    w.mend("r1");
    EXPECT_EQ(w.state(), "running");
}

} // namespace
} // namespace daskd::core
