#include "daemon/core/tunnels.hpp"

#include "daemon/config/worker_args.hpp"

#include <algorithm>

namespace daskd::core {
namespace {

/// Processes that start before others have quite ended.
constexpr int ports_to_spare = 2;
constexpr auto nannies = "nannies";

bool is_tunnelled(config::pool_settings const& pool) {
    return pool.launcher == config::launcher_kind::ssh && pool.tunnel;
}

std::optional<std::string> why_not(config::pool_settings const& pool) {
    if (pool.launcher != config::launcher_kind::local && !is_tunnelled(pool))
        return "daskd.pools." + pool.name +
               ": its workers could not be reached by those behind tunnels; set 'tunnel: true' in all ssh "
               "pools, or name the pools to start: daskctl up POOL";
    if (config::chooses_address(pool))
        return "daskd.pools." + pool.name +
               ": with tunnels, workers listen on 127.0.0.1; leave out 'interface', --host and "
               "--listen-address (--worker-port may choose the ports)";
    return std::nullopt;
}

} // namespace

bool has_tunnels(config::cluster_settings const& settings) {
    return std::ranges::any_of(settings.pools, is_tunnelled);
}

bool has_tunnels(plan const& p) {
    return std::ranges::any_of(p.agents, &agent_spec::tunnel);
}

std::optional<std::string> why_no_tunnels(config::cluster_settings const& settings, plan const& p) {
    if (!has_tunnels(settings)) return std::nullopt;
    if (p.scheduler.host != "127.0.0.1" && p.scheduler.host != "localhost")
        return "daskd.scheduler.host: with 'tunnel: true' it must be 127.0.0.1, or auto: that is where "
               "workers behind tunnels reach it";
    for (auto const& pool : settings.pools)
        for (auto const& there : pool.hosts) {
            auto complaint = why_not(there.own.empty() ? pool : there.own.front());
            if (complaint) return complaint;
        }
    for (auto const& pool : settings.pools)
        if (auto complaint = why_not(pool)) return complaint;
    return std::nullopt;
}

port_owners owners_of(worker_spec const& w) {
    return {w.process.agent + "/" + w.pool, w.process.agent + "/" + nannies};
}

std::string agent_of_owner(std::string const& owner) {
    return owner.substr(0, owner.find('/'));
}

std::string home_of(agent_spec const& agent) {
    return agent.host ? config::to_string(*agent.host) : "";
}

std::vector<port_need> port_needs(plan const& p) {
    std::vector<port_need> needs;
    if (!has_tunnels(p)) return needs;
    auto const need_of = [&](std::string const& owner, worker_spec const& w) -> port_need& {
        auto it = std::ranges::find(needs, owner, &port_need::owner);
        if (it != needs.end()) return *it;
        auto const agent = std::ranges::find(p.agents, w.process.agent, &agent_spec::id);
        needs.push_back({owner, home_of(*agent), ports_to_spare});
        return needs.back();
    };
    for (auto const& w : p.workers) {
        auto const owners = owners_of(w);
        auto& own = need_of(owners.worker, w);
        if (own.count == ports_to_spare) {
            own.count += 2 * w.standby; // also those of the same kind before a reload
            if (auto const range = config::worker_ports(w.process.args))
                own.from = port_choice{range->first, range->last};
        }
        ++own.count;
        ++need_of(owners.nanny, w).count;
    }
    return needs;
}

milliseconds tunnel_tolerance(plan const& p) {
    milliseconds longest{0};
    for (auto const& w : p.workers)
        if (w.process.tcp_timeout) longest = std::max(longest, *w.process.tcp_timeout);
    return longest;
}

} // namespace daskd::core
