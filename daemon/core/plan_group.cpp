#include "daemon/core/plan_group.hpp"

#include "daemon/config/worker_args.hpp"
#include "daemon/core/agent_id.hpp"
#include "daemon/core/lifetime.hpp"
#include "daemon/core/memory_guard.hpp"
#include "daemon/core/nanny_environment.hpp"
#include "daemon/core/tunnels.hpp"

#include <algorithm>
#include <charconv>

namespace daskd::core {
namespace {

/// Workers that start at the same time, for each core of their host: while one waits for the scheduler,
/// another computes.
constexpr int starts_a_core = 4;

constexpr milliseconds forever = std::chrono::years(100);

std::string amount_text(double number) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

std::string memory_limit(config::pool_settings const& pool, worker_spec const& worker) {
    bool const is_for_the_node = config::is_job_queue(pool.launcher) && !worker.memory_limit_bytes &&
                                 pool.memory.is != config::memory_setting::kind::none;
    if (!is_for_the_node) return std::to_string(worker.memory_limit_bytes.value_or(0));
    return pool.memory.is == config::memory_setting::kind::fraction ? amount_text(pool.memory.fraction)
                                                                    : "auto";
}

std::vector<std::string> worker_args(config::pool_settings const& pool, worker_spec const& worker,
                                     std::string const& scheduler_host, json const& dask) {
    std::vector<std::string> args{"--nthreads", std::to_string(worker.threads), "--memory-limit",
                                  memory_limit(pool, worker), "--no-nanny"};
    auto const add = [&](auto... more) { (args.emplace_back(more), ...); };
    // Dask's worker would serve its HTTP pages on every interface.
    add("--dashboard-address", std::string(loopback) + ":0");
    if (pool.interface)
        add("--interface", *pool.interface);
    else if (is_loopback(scheduler_host) && !config::chooses_address(pool))
        add("--host", loopback);
    if (pool.local_directory) add("--local-directory", *pool.local_directory);
    if (!pool.resources.empty()) {
        std::string list;
        for (auto const& [name, amount] : pool.resources)
            list += (list.empty() ? "" : ",") + name + "=" + amount_text(amount);
        add("--resources", list);
    }
    for (auto const& module : pool.preload)
        add("--preload", module);
    for (auto const& word : lifetime_args(pool, dask))
        add(word);
    args.insert(args.end(), pool.args.begin(), pool.args.end());
    return args;
}

/// Spare workers listen already: where ports are counted, there are no more of them than ports to spare. With
/// tunnels the hosts of a pool share its ports.
int standby_of(plan_input const& in, config::pool_settings const& pool, int workers) {
    auto const ports = config::worker_ports(pool.args);
    if (ports && has_tunnels(in.settings)) return 0;
    return ports ? std::clamp(ports->count() - workers, 0, pool.standby) : pool.standby;
}

} // namespace

std::string const& agent_for(plan& p, agent_spec spec) {
    spec.id = agent_id(spec);
    auto it = std::ranges::find(p.agents, spec.id, &agent_spec::id);
    if (it == p.agents.end()) it = p.agents.insert(p.agents.end(), std::move(spec));
    return it->id;
}

agent_spec agent_of(config::pool_settings const& pool, int cores) {
    agent_spec agent;
    agent.warm = pool.warm;
    agent.orphan_timeout = pool.orphan_timeout;
    agent.starts_at_once = starts_a_core * std::max(1, cores);
    return agent;
}

environment portable_part(environment const& shell, json const& dask) {
    auto const nannys = nanny_variables(dask);
    environment portable;
    for (auto const& variable : shell)
        if (variable.first.starts_with("DASK_") || std::ranges::find(nannys, variable.first) != nannys.end())
            portable.insert(variable);
    return portable;
}

std::optional<adapt_policy> adapt_of(plan_input const& in, config::pool_settings const& pool, int most) {
    auto const* by_hand = find(in.adapt, pool.name);
    auto const& settings = by_hand == nullptr ? pool.adapt : *by_hand;
    if (!settings) return std::nullopt;
    return resolve(*settings, in.settings.dask, most);
}

std::set<int> first_numbers(int count) {
    std::set<int> numbers;
    for (int n = 0; n < count; ++n)
        numbers.insert(numbers.end(), n);
    return numbers;
}

std::set<int> wanted_numbers(plan_input const& in, config::pool_settings const& pool, int configured,
                             std::optional<adapt_policy> const& adapt) {
    auto const* by_hand = find(in.adapt, pool.name);
    bool const was_turned_off = by_hand != nullptr && !*by_hand;
    auto const* adapted = find(in.adapted, pool.name);
    auto const* scaled = find(in.scaled, pool.name);
    std::set<int> numbers;
    if (adapted != nullptr && (adapt || was_turned_off))
        numbers = *adapted;
    else if (scaled != nullptr)
        numbers = first_numbers(*scaled);
    else if (adapt)
        numbers = first_numbers(std::min(pool.workers.value_or(0), adapt->maximum));
    else
        numbers = first_numbers(configured);
    for (int n = 0; adapt && std::cmp_less(numbers.size(), adapt->minimum); ++n)
        numbers.insert(n);
    return numbers;
}

void add_group(plan& p, plan_input const& in, group const& g) {
    auto const& pool = g.pool;
    auto agent = g.agent;
    if (agent.job && pool.nanny) {
        worker_spec any;
        any.threads = g.shape.threads;
        any.memory_limit_bytes = g.shape.memory_limit_bytes;
        agent.job->nanny_args = worker_args(pool, any, p.scheduler.host, p.dask);
    }
    auto const id = agent_for(p, agent);
    for (int const number : g.numbers) {
        worker_spec w;
        w.name = std::cmp_less(number, pool.names.size())
                     ? pool.names[static_cast<std::size_t>(number)]
                     : g.name_prefix + (g.is_only ? "" : std::to_string(number - g.first_number));
        w.number = number;
        w.pool = pool.name;
        w.host = g.host;
        w.threads = g.shape.threads;
        w.memory_limit_bytes = g.shape.memory_limit_bytes;
        w.memory = make_memory_guard(w.memory_limit_bytes, pool.memory_terminate, in.settings.dask);
        w.standby = standby_of(in, pool, static_cast<int>(g.numbers.size()));
        w.policy = {pool.restart, pool.backoff, pool.max_restarts, pool.start_timeout, pool.stop_timeout};
        if (pool.liveness) w.policy.liveness = *pool.liveness;
        w.policy.link_tolerance = pool.link_tolerance;
        if (agent.job && pool.nanny) w.policy.start_timeout = forever; // its nanny has a limit of its own
        w.process = {
            id, pool.spawn, {}, {}, g.agent.cwd, pool.nice, g.log_dir + "/" + w.name + ".log", g.tcp_timeout};
        w.process.has_own_port = has_tunnels(in.settings);
        w.process.args = worker_args(pool, w, p.scheduler.host, p.dask);
        p.workers.push_back(std::move(w));
    }
}

} // namespace daskd::core
