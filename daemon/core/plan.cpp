#include "daemon/core/plan.hpp"

#include "daemon/config/container_key.hpp"
#include "daemon/config/pools.hpp"
#include "daemon/config/worker_args.hpp"
#include "daemon/core/containers.hpp"
#include "daemon/core/nanny_environment.hpp"
#include "daemon/core/plan_group.hpp"
#include "daemon/core/plan_queue.hpp"
#include "daemon/core/spread.hpp"
#include "daemon/core/tunnels.hpp"

#include <algorithm>
#include <numeric>

namespace daskd::core {
namespace {

/// Workers that adapting may come to where nothing else says: what the cores can take.
int most_local(plan_input const& in, config::pool_settings const& pool) {
    return std::max(1, in.local_host.cores / std::max(1, pool.threads.value_or(1)));
}

std::optional<int> configured_count(config::pool_settings const& pool) {
    if (!pool.workers && !pool.names.empty()) return static_cast<int>(pool.names.size());
    return pool.workers;
}

/// The layout follows the configuration; scaling afterwards changes the number, never a worker's shape.
layout shape_of(plan_input const& in, config::pool_settings const& pool) {
    auto count = configured_count(pool);
    if (!count && pool.adapt) count = pool.adapt->maximum; // all of them fit onto the host
    return local_cluster_layout(in.local_host, count, pool.threads, pool.memory);
}

void add_local_pool(plan& p, plan_input const& in, config::pool_settings const& pool) {
    auto const shape = shape_of(in, pool);
    auto const adapt = adapt_of(in, pool, most_local(in, pool));
    auto const numbers = wanted_numbers(in, pool, shape.workers, adapt);
    auto agent = agent_of(pool, in.local_host.cores);
    agent.python = in.pythons.at(pool.name);
    agent.env = agent_environment(in.settings.dask, in.context.env, pool.env);
    agent.cwd = pool.cwd.value_or(in.context.cwd);
    if (pool.container) {
        agent.env = contained_environment(in.settings.dask, in.context.env, pool.env);
        agent.container =
            describe_container(*pool.container, in, {agent.cwd, pool.local_directory.value_or("")});
    }
    p.pools.push_back({pool.name, config::to_string(pool.launcher), static_cast<int>(numbers.size()), adapt});
    add_group(p, in, {pool, shape, numbers, agent, this_host, pool.name + "-", in.log_dir.string()});
}

/// A host that has not told what it offers has one worker that waits for it, or as many as are configured.
layout shape_on(host_resources const* host, config::pool_settings const& pool) {
    auto const count = configured_count(pool);
    if (host != nullptr) return local_cluster_layout(*host, count, pool.threads, pool.memory);
    layout unknown{count.value_or(1), pool.threads.value_or(0), {}};
    if (pool.memory.is == config::memory_setting::kind::bytes) unknown.memory_limit_bytes = pool.memory.bytes;
    return unknown;
}

void add_ssh_pool(plan& p, plan_input const& in, config::pool_settings const& pool) {
    std::vector<group> groups;
    std::vector<int> counts;
    for (auto const& host : pool.hosts) {
        auto const& there = host.own.empty() ? pool : host.own.front();
        auto const* resources = find(in.hosts, host.address.name);
        auto agent = agent_of(there, resources == nullptr ? in.local_host.cores : resources->cores);
        agent.python = there.python.value_or("auto");
        agent.env =
            agent_environment(in.settings.dask, portable_part(in.context.env, in.settings.dask), there.env);
        agent.cwd = there.cwd.value_or("");
        agent.host = host.address;
        agent.tunnel = pool.tunnel;
        if (there.container) {
            agent.python = there.python.value_or("python3");
            agent.env = contained_environment(in.settings.dask,
                                              portable_part(in.context.env, in.settings.dask), there.env);
            agent.container =
                describe_container(*there.container, in, {agent.cwd, there.local_directory.value_or("")});
            agent.container->program = config::to_string(there.container->engine); // by PATH, there
            agent.container->files.clear();                                        // they are sent
        }
        agent.identity = there.identity;
        agent.known_hosts = there.known_hosts;
        groups.push_back({there,
                          shape_on(resources, there),
                          {},
                          std::move(agent),
                          host.address.name,
                          config::name_prefix(pool, host),
                          in.remote_log_dir,
                          pool.link_tolerance});
        counts.push_back(groups.back().shape.workers);
    }
    if (auto const* scaled = find(in.scaled, pool.name)) counts = spread(*scaled, counts);
    auto const desired = std::accumulate(counts.begin(), counts.end(), 0);
    // By hand: why_impossible refuses it.
    p.pools.push_back(
        {pool.name, config::to_string(pool.launcher), desired, adapt_of(in, pool, most_local(in, pool))});
    for (std::size_t n = 0; n < groups.size(); ++n) {
        groups[n].numbers = first_numbers(counts[n]);
        add_group(p, in, groups[n]);
    }
}

/// Workers whose link may be lost for a while must not be given up by the scheduler in that time.
std::optional<milliseconds> longest_tolerance(config::cluster_settings const& settings) {
    std::optional<milliseconds> longest;
    for (auto const& pool : settings.pools)
        if (pool.launcher == config::launcher_kind::ssh)
            longest = std::max(longest.value_or(pool.link_tolerance), pool.link_tolerance);
    return longest;
}

/// The scheduler is forked from the first pool's agent that has the same interpreter in the same place: the
/// imports are there already.
std::string scheduler_agent(plan& p, plan_input const& in) {
    agent_spec own;
    own.python = in.pythons.at("");
    own.env = agent_environment(in.settings.dask, in.context.env, {});
    own.cwd = in.context.cwd;
    if (auto const& container = in.settings.scheduler.container) {
        own.env = contained_environment(in.settings.dask, in.context.env, {});
        own.container = describe_container(*container, in, {own.cwd});
    }
    for (auto const& shared : p.agents)
        if (!shared.host && !shared.job && shared.python == own.python &&
            can_share(own.container, shared.container))
            return shared.id;
    for (auto const& pool : in.settings.pools) // the workers need it
        own.orphan_timeout = std::max(own.orphan_timeout, pool.orphan_timeout);
    return agent_for(p, std::move(own));
}

/// It imports what workers import, so it runs where they could: in the scheduler's agent.
runner_spec runner_beside(process_spec const& scheduler, plan_input const& in) {
    runner_spec runner;
    runner.process.agent = scheduler.agent;
    runner.process.cwd = scheduler.cwd;
    runner.process.log = (in.log_dir / (std::string(runner_name) + ".log")).string();
    runner.policy.restart = config::restart_policy::always;
    return runner;
}

} // namespace

host_choice scheduler_host(plan_input const& in) {
    if (in.settings.scheduler.host) return {*in.settings.scheduler.host, ""};
    std::vector<std::string> remote;
    for (auto const& pool : in.settings.pools)
        for (auto const& host : pool.hosts)
            if (!pool.tunnel) remote.push_back(host.address.name);
    bool const has_jobs = std::ranges::any_of(
        in.settings.pools, [](auto const& pool) { return config::is_job_queue(pool.launcher); });
    if (remote.empty() && !has_jobs) return {loopback, ""};
    return choose_reachable_host(remote, in.network);
}

std::optional<std::string> why_impossible(config::cluster_settings const& settings, plan const& p) {
    if (auto complaint = why_no_tunnels(settings, p)) return complaint;
    for (auto const& pool : settings.pools) {
        auto const planned = std::ranges::find(p.pools, pool.name, &pool_spec::name);
        if (planned == p.pools.end()) continue;
        if (planned->adapt && pool.launcher == config::launcher_kind::ssh)
            return "daskd.pools." + pool.name + ".adapt: not with 'launcher: ssh' in this version";
        if (planned->adapt && planned->adapt->maximum == unlimited_jobs)
            return "daskd.pools." + pool.name +
                   ".adapt: needs 'maximum': a queue would take any number of jobs";
        // One that adapts must be able to grow.
        int const most =
            planned->adapt ? std::max(planned->desired, planned->adapt->maximum) : planned->desired;
        auto complaint = config::port_shortage(pool.args, most);
        if (!complaint) complaint = config::other_protocol(pool.args, p.scheduler.protocol);
        if (complaint) return "daskd.pools." + pool.name + ".args: " + *complaint;
    }
    for (auto const& agent : p.agents)
        if (auto complaint = agent.container ? why_impossible(*agent.container) : std::nullopt)
            return complaint;
    return std::nullopt;
}

std::string worker_name(config::pool_settings const& pool, int number) {
    auto const index = static_cast<std::size_t>(number);
    if (config::is_job_queue(pool.launcher)) return job_worker_name(pool, number);
    return index < pool.names.size() ? pool.names[index] : pool.name + "-" + std::to_string(number);
}

std::set<int> numbers_of(plan const& p, std::string const& pool) {
    std::set<int> numbers;
    for (auto const& w : p.workers)
        if (w.pool == pool) numbers.insert(w.number);
    return numbers;
}

plan make_plan(plan_input const& in) {
    auto const& settings = in.settings.scheduler;
    plan p;
    p.log_size_bytes = in.settings.log_size_bytes;
    p.dask = in.settings.dask;
    p.tls = in.tls_paths;
    if (p.tls) p.dask = with_tls(std::move(p.dask), *p.tls);
    if (in.tls != tls_source::none) p.scheduler.protocol = "tls";
    auto const host = scheduler_host(in);
    p.scheduler.host = host.host;
    p.scheduler.why_host = host.why;
    p.scheduler.port = settings.port;
    p.scheduler.dashboard = settings.dashboard;
    for (auto const& pool : in.settings.pools)
        if (pool.launcher == config::launcher_kind::ssh)
            add_ssh_pool(p, in, pool);
        else if (config::is_job_queue(pool.launcher))
            add_job_pool(p, in, pool);
        else
            add_local_pool(p, in, pool);

    auto& process = p.scheduler.process;
    process.agent = scheduler_agent(p, in);
    process.env = settings.env;
    process.cwd = in.context.cwd;
    process.tcp_timeout = longest_tolerance(in.settings);
    process.log = (in.log_dir / "scheduler.log").string();
    if (settings.idle_timeout)
        process.args = {"--idle-timeout", std::to_string(settings.idle_timeout->count()) + "ms"};
    for (auto const& module : settings.preload)
        process.args.insert(process.args.end(), {"--preload", module});
    process.args.insert(process.args.end(), settings.args.begin(), settings.args.end());
    p.runner = runner_beside(process, in);
    return p;
}

} // namespace daskd::core
