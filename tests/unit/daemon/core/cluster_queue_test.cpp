#include "daemon/core/view.hpp"
#include "tests/unit/daemon/core/world.hpp"

// Agents in jobs of a queue.

namespace daskd::core {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

exit_view because(std::string cause, std::string text) {
    exit_view v;
    v.cause = std::move(cause);
    v.text = std::move(text);
    return v;
}

/// Two jobs, j0 and j1, with two workers each; the scheduler is forked from a1.
plan two_jobs(int jobs = 2) {
    auto p = test::plan_with(0);
    p.pools = {{"batch", "slurm", 2 * jobs, {}, 2}};
    for (int n = 0; n < jobs; ++n) {
        agent_spec agent{"j" + std::to_string(n), "/usr/bin/python3", {}, "/", {}, 600s, 8};
        agent.job.emplace().base = "batch-" + std::to_string(n);
        agent.job->pool.launcher = config::launcher_kind::slurm;
        for (int k = 0; k < 2; ++k) {
            worker_spec w;
            w.name = agent.job->base + "-" + std::to_string(k);
            w.pool = "batch";
            w.host = job_host;
            w.number = 2 * n + k;
            w.process.agent = agent.id;
            agent.job->workers.push_back(w.name);
            p.workers.push_back(w);
        }
        p.agents.push_back(agent);
    }
    return p;
}

struct jobs : testing::Test {
    test::world w;

    void told(std::string const& agent, job_phase phase, std::string id, std::string reason = "",
              bool is_stuck = false) {
        w.happens(happened::job_told{agent, {phase, std::move(id), std::move(reason), "node1", is_stuck}});
    }
    void come() {
        w.up(two_jobs());
        told("j0", job_phase::running, "7");
        told("j1", job_phase::running, "8");
        w.agent_comes("j0");
        w.agent_comes("j1");
        ASSERT_EQ(w.state(), "running");
        w.take_journal();
    }
    std::vector<std::string> states() {
        std::vector<std::string> list;
        for (auto const* i : w.daskd->workers())
            list.push_back(to_string(i->state));
        return list;
    }
};

TEST_F(jobs, are_submitted_when_the_scheduler_runs) {
    w.mute = {"scheduler"};
    w.up(two_jobs());
    EXPECT_THAT(w.take_journal(), ElementsAre("start agent a1", "start scheduler"));
    w.mute.clear();
    w.happens(happened::scheduler_ready{w.pid("scheduler"), "tcp://127.0.0.1:8786", {}});
    EXPECT_THAT(w.take_journal(), ElementsAre("start agent j0", "start agent j1"));
    EXPECT_THAT(states(), ElementsAre("pending", "pending", "pending", "pending"));
    EXPECT_EQ(w.state(), "starting");
}

TEST_F(jobs, are_told_with_what_they_wait_for) {
    w.up(two_jobs());
    w.told.clear();
    told("j0", job_phase::waiting, "7", "Resources");
    ASSERT_EQ(w.told.size(), 1U);
    EXPECT_EQ(w.told[0].kind, "queue.state");
    EXPECT_EQ(w.told[0].name, "batch-0");
    EXPECT_EQ(w.told[0].text, "job 7 waits on node1: Resources");
    told("j0", job_phase::waiting, "7", "Resources");
    EXPECT_EQ(w.told.size(), 1U) << "it is no news";
    EXPECT_EQ(w.daskd->trouble_of(w.at("batch-0-1")), "job 7 waits on node1: Resources");
}

TEST_F(jobs, bring_their_workers_when_their_agent_has_come) {
    w.up(two_jobs());
    told("j0", job_phase::running, "7");
    EXPECT_EQ(w.state("batch-0-0"), "pending");
    w.agent_comes("j0");
    EXPECT_THAT(states(), ElementsAre("running", "running", "pending", "pending"));
}

TEST_F(jobs, take_all_their_workers_along_and_are_submitted_again) {
    come();
    w.job_ends("j0", ending::none, because("signal", "job 7 was killed by SIGKILL"));
    EXPECT_EQ(w.cause("batch-0-0"), "signal");
    EXPECT_EQ(w.at("batch-0-1").last_exit->text, "job 7 was killed by SIGKILL");
    EXPECT_THAT(w.take_journal(), ElementsAre("start agent j0")) << "the first time at once";
    EXPECT_THAT(states(), ElementsAre("pending", "pending", "running", "running"));
    EXPECT_EQ(w.state(), "degraded");
}

TEST_F(jobs, that_end_again_and_again_are_submitted_with_growing_pauses) {
    come();
    std::vector<milliseconds> pauses;
    for (int n = 0; n < 5; ++n) {
        w.job_ends("j0", ending::none, because("exit", "code 1"));
        auto const before = w.now;
        for (int k = 0; k < 100 && w.take_journal().empty(); ++k)
            w.pass(100ms);
        pauses.push_back(std::chrono::duration_cast<milliseconds>(w.now - before));
        told("j0", job_phase::running, std::to_string(n));
    }
    EXPECT_EQ(pauses[0], 0ms);
    EXPECT_GE(pauses[4], 4 * pauses[2]);
}

TEST_F(jobs, that_came_to_the_end_of_their_time_are_no_failure) {
    come();
    for (int n = 0; n < 3; ++n) {
        w.job_ends("j0", ending::job_over, because("walltime", "job 7 has reached its walltime"));
        EXPECT_THAT(w.take_journal(), ElementsAre("start agent j0"));
        EXPECT_EQ(w.at("batch-0-0").attempt, 0);
        told("j0", job_phase::running, "9");
        w.agent_comes("j0");
        w.take_journal();
    }
    EXPECT_EQ(w.state(), "running");
}

TEST_F(jobs, are_left_alone_after_a_cancel_where_the_pool_says_so) {
    auto p = two_jobs(1);
    for (auto& worker : p.workers)
        worker.policy.restart = config::restart_policy::on_failure;
    w.up(p);
    told("j0", job_phase::running, "7");
    w.agent_comes("j0");
    w.take_journal();
    w.job_ends("j0", ending::job_cancelled, because("cancelled", "job 7 was cancelled"));
    EXPECT_THAT(states(), ElementsAre("stopped", "stopped"));
    EXPECT_THAT(w.take_journal(), ElementsAre("stop agent j0"));
}

TEST_F(jobs, that_never_ran_count_as_failed_starts) {
    w.up(two_jobs());
    told("j0", job_phase::running, "7");
    for (int n = 1; n <= 3; ++n) {
        w.job_ends("j0", ending::none, because("exit", "job 7 ended with code 1"));
        EXPECT_EQ(w.state("batch-0-0"), n == 1 ? "pending" : "backoff") << n;
        EXPECT_EQ(w.at("batch-0-0").attempt, n);
        w.pass(1s);
    }
    EXPECT_EQ(w.cause("batch-0-1"), "exit");
}

TEST_F(jobs, that_the_queue_refuses_are_tried_again) {
    w.up(two_jobs(1));
    w.happens(happened::agent_failed{"j0", "invalid partition", false});
    EXPECT_THAT(states(), ElementsAre("backoff", "backoff"));
    EXPECT_EQ(w.daskd->trouble_of(w.at("batch-0-0")), "invalid partition");
    w.take_journal();
    w.pass(2s);
    EXPECT_THAT(w.take_journal(), ElementsAre("start agent j0"));
}

TEST_F(jobs, that_come_at_last_leave_their_workers_a_clean_slate) {
    w.up(two_jobs(1));
    for (int n = 0; n < 5; ++n) {
        w.happens(happened::agent_failed{"j0", "invalid partition", false});
        w.pass(30s);
    }
    EXPECT_EQ(w.at("batch-0-0").attempt, 5);
    w.up(two_jobs(1));
    told("j0", job_phase::running, "7");
    w.settles = false;
    w.agent_comes("j0");
    w.step("j0");
    EXPECT_EQ(w.state("batch-0-0"), "starting");
    EXPECT_EQ(w.at("batch-0-0").attempt, 0) << "whoever waits for it does not take it for a crash loop";
}

TEST_F(jobs, give_up_with_their_last_worker) {
    auto p = two_jobs(1);
    for (auto& worker : p.workers)
        worker.policy.restart = config::restart_policy::never;
    w.up(p);
    told("j0", job_phase::running, "7");
    w.agent_comes("j0");
    w.job_ends("j0", ending::none, because("exit", "job 7 ended with code 1"));
    EXPECT_THAT(states(), ElementsAre("failed", "failed"));
    w.take_journal();
    w.pass(10min);
    EXPECT_THAT(w.take_journal(), IsEmpty()) << "nothing is submitted for them";
}

TEST_F(jobs, keep_a_worker_that_died_in_its_place) {
    come();
    w.dies("batch-0-0");
    EXPECT_EQ(w.state("batch-0-0"), "running");
    EXPECT_THAT(w.take_journal(), ElementsAre("start batch-0-0")) << "no job is submitted";
}

TEST_F(jobs, that_are_about_to_end_start_nothing_more) {
    come();
    w.happens(happened::agent_ending{"j0", "its job ends soon (walltime)"});
    w.ends_as_told("batch-0-0", {"close_gracefully", "worker-lifetime-reached"});
    EXPECT_EQ(w.cause("batch-0-0"), "lifetime");
    EXPECT_THAT(w.take_journal(), IsEmpty());
    w.ends_as_told("batch-0-1", {"close_gracefully", "worker-lifetime-reached"});
    w.job_ends("j0", ending::none, because("exit", "job 7 ended with code 0"));
    EXPECT_THAT(w.take_journal(), ElementsAre("start agent j0"));
}

TEST_F(jobs, that_are_told_to_end_have_the_cause_that_the_queue_says) {
    come();
    w.happens(happened::agent_ending{"j0", "its job was told to end", true});
    EXPECT_EQ(w.state("batch-0-0"), "stopping");
    w.job_ends("j0", ending::job_cancelled, because("cancelled", "job 7 was cancelled"));
    EXPECT_EQ(w.cause("batch-0-0"), "cancelled");
    EXPECT_EQ(w.state("batch-0-0"), "pending");
}

TEST_F(jobs, are_cancelled_when_nobody_in_them_is_wanted) {
    come();
    w.perform(w.daskd->replan(two_jobs(1), w.now));
    EXPECT_THAT(w.take_journal(), ElementsAre("move results of batch-1-0", "move results of batch-1-1",
                                              "terminate batch-1-0", "terminate batch-1-1", "stop agent j1"));
    EXPECT_THAT(states(), ElementsAre("running", "running"));
}

TEST_F(jobs, are_cancelled_while_they_wait) {
    w.up(two_jobs());
    told("j1", job_phase::waiting, "8", "Priority");
    w.take_journal();
    w.perform(w.daskd->replan(two_jobs(1), w.now));
    EXPECT_THAT(w.take_journal(), ElementsAre("stop agent j1"));
}

TEST_F(jobs, all_go_when_the_cluster_goes_down) {
    w.up(two_jobs());
    told("j0", job_phase::running, "7");
    w.agent_comes("j0");
    told("j1", job_phase::waiting, "8", "Priority");
    w.take_journal();
    w.down();
    auto const journal = w.take_journal();
    EXPECT_THAT(journal, testing::Contains("stop agent j0"));
    EXPECT_THAT(journal, testing::Contains("stop agent j1"));
    EXPECT_EQ(w.state(), "down");
}

TEST_F(jobs, are_cancelled_without_a_word_when_the_scheduler_is_gone_first) {
    come();
    w.cancels_jobs = true;
    w.deaf = {"batch-0-0"};
    w.settles = false;
    w.perform(w.daskd->down(ending::requested, stop_manner::at_once, w.now));
    std::erase_if(w.reports, [](auto const& r) { return r.channel == "j0" || r.channel == "j1"; });
    w.settle();
    EXPECT_EQ(w.state(), "down");
    EXPECT_EQ(w.cause("batch-0-0"), "requested");
}

TEST_F(jobs, that_will_never_run_are_told_so) {
    w.up(two_jobs(1));
    told("j0", job_phase::waiting, "7", "PartitionConfig", true);
    EXPECT_THAT(w.daskd->trouble_of(w.at("batch-0-0")), HasSubstr("will not start as it is"));
}

TEST_F(jobs, that_were_put_back_are_not_submitted_twice) {
    come();
    w.agents.erase("j0");
    happened::job_ended back{"j0", ending::job_over, because("preempted", "put back"), true};
    w.job_ends("j0", back.why, back.cause);
    told("j0", job_phase::waiting, "7", "BeginTime");
    EXPECT_EQ(w.cause("batch-0-0"), "preempted");
    EXPECT_EQ(w.state("batch-0-0"), "pending");
    EXPECT_THAT(w.take_journal(), ElementsAre("start agent j0")) << "which finds the job that it has";
}

TEST_F(jobs, are_on_the_node_that_the_queue_names_and_before_on_that_of_their_agent) {
    w.up(two_jobs(1));
    w.happens(happened::job_told{"j0", {job_phase::running, "7", "", "", false}});
    w.agent_comes("j0");
    view_input in;
    in.agent_hosts["j0"] = "node1.lan";
    EXPECT_EQ(make_view(*w.daskd, in).workers.at(0).host, "node1.lan");
    told("j0", job_phase::running, "7");
    EXPECT_EQ(make_view(*w.daskd, in).workers.at(0).host, "node1");
}

TEST_F(jobs, are_unreachable_while_their_node_is) {
    come();
    w.cut("j0");
    EXPECT_EQ(w.state("batch-0-0"), "unreachable");
    w.unreachable.clear();
    w.job_ends("j0", ending::job_over, because("lost", "the node of job 7 failed"));
    EXPECT_EQ(w.cause("batch-0-0"), "lost");
    EXPECT_EQ(w.state("batch-0-0"), "pending");
}

} // namespace
} // namespace daskd::core
