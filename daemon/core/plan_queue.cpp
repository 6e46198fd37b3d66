#include "daemon/core/plan_queue.hpp"

#include "daemon/core/lifetime.hpp"
#include "daemon/core/nanny_environment.hpp"
#include "daemon/core/plan_group.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace daskd::core {
namespace {

/// Of one worker, as far as it is known before its node is.
std::optional<std::uint64_t> worker_memory(config::pool_settings const& pool) {
    using kind = config::memory_setting::kind;
    if (pool.memory.is == kind::bytes) return pool.memory.bytes;
    if (pool.memory.is != kind::automatic || !pool.job_memory_bytes) return std::nullopt;
    return *pool.job_memory_bytes / static_cast<std::uint64_t>(pool.processes);
}

/// A demand is for workers; jobs are what can be had.
int in_whole_jobs(config::pool_settings const& pool, int workers) {
    int const jobs = workers / pool.processes + (workers % pool.processes == 0 ? 0 : 1);
    return jobs * pool.processes;
}

/// Without a number there is one job.
int configured_workers(config::pool_settings const& pool) {
    if (pool.jobs) return *pool.jobs * pool.processes;
    return pool.workers.value_or(pool.processes);
}

std::string job_base(config::pool_settings const& pool, int job) {
    return pool.name + "-" + std::to_string(job);
}

/// The numbers of each job's workers, by the job's own.
std::map<int, std::set<int>> jobs_with(config::pool_settings const& pool, std::set<int> const& numbers) {
    std::map<int, std::set<int>> jobs;
    for (int const number : numbers)
        jobs[number / pool.processes];
    for (auto& [job, members] : jobs)
        for (int place = 0; place < pool.processes; ++place)
            members.insert(job * pool.processes + place);
    return jobs;
}

std::optional<adapt_policy> adapt_of_jobs(plan_input const& in, config::pool_settings const& pool) {
    auto adapt = adapt_of(in, pool, unlimited_jobs);
    if (!adapt || adapt->maximum == unlimited_jobs) return adapt;
    adapt->minimum = in_whole_jobs(pool, adapt->minimum);
    adapt->maximum = std::max(adapt->minimum, adapt->maximum / pool.processes * pool.processes);
    return adapt;
}

} // namespace

std::string job_worker_name(config::pool_settings const& pool, int number) {
    auto const base = job_base(pool, number / pool.processes);
    return pool.processes == 1 ? base : base + "-" + std::to_string(number % pool.processes);
}

void add_job_pool(plan& p, plan_input const& in, config::pool_settings const& pool) {
    auto const adapt = adapt_of_jobs(in, pool);
    auto with_count = pool;
    with_count.workers = configured_workers(pool);
    if (adapt && !pool.workers && !pool.jobs) with_count.workers.reset(); // its minimum
    auto const numbers = wanted_numbers(in, with_count, in_whole_jobs(pool, configured_workers(pool)), adapt);
    auto const jobs = jobs_with(pool, numbers);

    layout const shape{pool.processes, std::max(1, pool.threads.value_or(pool.cores / pool.processes)),
                       worker_memory(pool)};
    auto agent = agent_of(pool, pool.cores);
    agent.python = in.pythons.at(pool.name);
    agent.env =
        agent_environment(in.settings.dask, portable_part(in.context.env, in.settings.dask), pool.env);
    agent.cwd = pool.cwd.value_or(pool.submit_host ? "" : in.context.cwd);
    p.pools.push_back({pool.name, config::to_string(pool.launcher),
                       static_cast<int>(jobs.size()) * pool.processes, adapt, pool.processes});
    for (auto const& [job, members] : jobs) {
        auto const base = job_base(pool, job);
        agent.job = job_spec{base, {}, pool, {}};
        for (int const number : members)
            agent.job->workers.push_back(job_worker_name(pool, number));
        group g{pool,
                shape,
                members,
                agent,
                job_host,
                pool.processes == 1 ? base : base + "-",
                pool.submit_host ? in.remote_log_dir : in.log_dir.string()};
        g.first_number = *members.begin();
        g.is_only = pool.processes == 1;
        add_group(p, in, g);
    }
}

} // namespace daskd::core
