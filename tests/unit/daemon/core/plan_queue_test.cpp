#include "daemon/core/diff.hpp"
#include "daemon/core/plan_queue.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace daskd::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

plan_input batch(int processes = 2) {
    plan_input in;
    config::pool_settings pool;
    pool.name = "batch";
    pool.launcher = config::launcher_kind::slurm;
    pool.processes = processes;
    pool.cores = 4;
    pool.job_memory_bytes = 8 * gib;
    in.settings.pools = {pool};
    in.context = {{{"PATH", "/bin"}, {"DASK_X", "1"}}, "/home/me/project"};
    in.local_host = {2, 8 * gib};
    in.pythons = {{"", "/usr/bin/python3"}, {"batch", "/usr/bin/python3"}};
    in.log_dir = "/logs";
    in.remote_log_dir = "~/logs";
    in.network.addresses = {"127.0.0.1", "10.0.0.5"};
    return in;
}

config::pool_settings& pool_of(plan_input& in) {
    return in.settings.pools.front();
}

std::vector<std::string> names(plan const& p) {
    std::vector<std::string> list;
    for (auto const& w : p.workers)
        list.push_back(w.name);
    return list;
}

std::vector<std::string> jobs(plan const& p) {
    std::vector<std::string> list;
    for (auto const& a : p.agents)
        if (a.job) list.push_back(a.job->base);
    return list;
}

std::string after(std::vector<std::string> const& args, std::string const& word) {
    auto const it = std::ranges::find(args, word);
    return it == args.end() || it + 1 == args.end() ? "" : *(it + 1);
}

TEST(plan_of_jobs, has_an_agent_a_job_and_a_local_one_for_the_scheduler) {
    auto in = batch();
    pool_of(in).jobs = 2;
    auto const p = make_plan(in);
    EXPECT_THAT(jobs(p), ElementsAre("batch-0", "batch-1"));
    EXPECT_THAT(names(p), ElementsAre("batch-0-0", "batch-0-1", "batch-1-0", "batch-1-1"));
    EXPECT_THAT(p.agents[0].job->workers, ElementsAre("batch-0-0", "batch-0-1"));
    EXPECT_EQ(p.workers[3].process.agent, p.agents[1].id);
    EXPECT_NE(p.agents[0].id, p.agents[1].id);
    EXPECT_FALSE(std::ranges::find(p.agents, p.scheduler.process.agent, &agent_spec::id)->job);
    EXPECT_EQ(p.pools[0].desired, 4);
    EXPECT_EQ(p.pools[0].group, 2);
}

TEST(plan_of_jobs, shares_cores_and_memory_of_a_job) {
    auto in = batch();
    auto const p = make_plan(in);
    ASSERT_EQ(p.workers.size(), 2U) << "one job, where nobody says how many";
    EXPECT_EQ(p.workers[0].threads, 2);
    EXPECT_EQ(p.workers[0].memory_limit_bytes, 4 * gib);
    EXPECT_TRUE(p.workers[0].memory);
    EXPECT_EQ(p.workers[0].process.log, "/logs/batch-0-0.log");
    EXPECT_EQ(p.agents[0].cwd, "/home/me/project");
    EXPECT_EQ(p.agents[0].env.count("PATH"), 0U);
    EXPECT_EQ(p.agents[0].env.at("DASK_X"), "1");
}

TEST(plan_of_jobs, leaves_memory_to_the_node_where_it_is_not_given) {
    auto in = batch();
    pool_of(in).job_memory_bytes.reset();
    auto const p = make_plan(in);
    EXPECT_EQ(after(p.workers[0].process.args, "--memory-limit"), "auto");
    EXPECT_FALSE(p.workers[0].memory);
}

TEST(plan_of_jobs, calls_the_only_worker_of_a_job_by_its_job) {
    auto in = batch(1);
    pool_of(in).jobs = 2;
    EXPECT_THAT(names(make_plan(in)), ElementsAre("batch-0", "batch-1"));
}

TEST(plan_of_jobs, has_as_many_jobs_as_the_workers_need) {
    auto in = batch(4);
    pool_of(in).workers = 5;
    EXPECT_THAT(jobs(make_plan(in)), ElementsAre("batch-0", "batch-1"));
    in.scaled["batch"] = 9;
    EXPECT_THAT(jobs(make_plan(in)), ElementsAre("batch-0", "batch-1", "batch-2"));
    EXPECT_EQ(make_plan(in).pools[0].desired, 12);
    in.scaled["batch"] = 0;
    EXPECT_THAT(jobs(make_plan(in)), IsEmpty());
}

TEST(plan_of_jobs, adapts_by_whole_jobs_from_none_on) {
    auto in = batch(4);
    pool_of(in).adapt.emplace().maximum = 10;
    auto p = make_plan(in);
    EXPECT_THAT(jobs(p), IsEmpty());
    EXPECT_EQ(p.pools[0].adapt->maximum, 8) << "more would need a third job";
    in.adapted["batch"] = {5};
    EXPECT_THAT(jobs(make_plan(in)), ElementsAre("batch-1"));
}

TEST(plan_of_jobs, needs_an_end_to_adapting) {
    auto in = batch();
    pool_of(in).adapt.emplace();
    EXPECT_THAT(why_impossible(in.settings, make_plan(in)).value_or(""),
                testing::HasSubstr("needs 'maximum'"));
}

TEST(plan_of_jobs, has_workers_leave_before_the_walltime) {
    auto in = batch();
    pool_of(in).walltime = "01:00:00";
    auto args = make_plan(in).workers[0].process.args;
    EXPECT_EQ(after(args, "--lifetime"), "3300000ms");
    EXPECT_EQ(after(args, "--lifetime-stagger"), "150000ms");
    pool_of(in).lifetime = std::chrono::minutes(10);
    args = make_plan(in).workers[0].process.args;
    EXPECT_EQ(after(args, "--lifetime"), "600000ms");
    EXPECT_EQ(after(args, "--lifetime-stagger"), "60000ms");
    pool_of(in).lifetime.reset();
    pool_of(in).walltime.reset();
    EXPECT_EQ(after(make_plan(in).workers[0].process.args, "--lifetime"), "");
}

TEST(plan_of_jobs, has_the_scheduler_where_nodes_can_reach_it) {
    auto in = batch();
    auto const p = make_plan(in);
    EXPECT_EQ(p.scheduler.host, "10.0.0.5");
    EXPECT_THAT(p.scheduler.why_host, testing::HasSubstr("jobs in a queue must reach it"));
}

TEST(plan_of_jobs, makes_another_job_of_another_request_alone) {
    auto in = batch();
    auto const before = make_plan(in);
    pool_of(in).poll_interval = std::chrono::minutes(1);
    pool_of(in).restart = config::restart_policy::never;
    EXPECT_EQ(make_plan(in).agents[0].id, before.agents[0].id);
    pool_of(in).queue = "long";
    auto const changes = diff(before, make_plan(in));
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_EQ(changes[0].reason, "what the queue is asked for");
}

TEST(plan_of_jobs, keeps_logs_elsewhere_where_the_queue_is) {
    auto in = batch();
    pool_of(in).submit_host = config::host_address{"login1"};
    auto const p = make_plan(in);
    EXPECT_EQ(p.workers[0].process.log, "~/logs/batch-0-0.log");
    EXPECT_EQ(p.agents[0].cwd, "");
}

} // namespace
} // namespace daskd::core
