#include "daemon/core/diff.hpp"

#include "common/bytes.hpp"
#include "daemon/config/http_key.hpp"
#include "daemon/core/containers.hpp"

#include <algorithm>
#include <map>

namespace daskd::core {
namespace {

std::string arrow(std::string const& from, std::string const& to) {
    return from + " → " + to;
}

std::string bytes_text(std::optional<std::uint64_t> const& bytes) {
    return bytes ? format_bytes(*bytes) : "none";
}

std::string memory_reason(std::optional<std::uint64_t> const& from, std::optional<std::uint64_t> const& to) {
    if (bytes_text(from) != bytes_text(to)) return "memory limit " + arrow(bytes_text(from), bytes_text(to));
    // Too close for a unit.
    return "memory limit " + arrow(std::to_string(*from), std::to_string(*to)) + " bytes";
}

/// The variables that differ. Never their values: they may be secret.
std::string environment_reason(environment const& from, environment const& to) {
    std::string names;
    auto const add = [&](std::string const& name) { names += (names.empty() ? ": " : ", ") + name; };
    for (auto const& [name, value] : from)
        if (auto const it = to.find(name); it == to.end() || it->second != value) add(name);
    for (auto const& [name, value] : to)
        if (!from.contains(name)) add(name);
    return "environment" + names;
}

std::string port_text(std::optional<int> port) {
    return port ? std::to_string(*port) : "auto";
}

std::string adapt_text(std::optional<adapt_policy> const& policy) {
    return policy ? to_string(*policy) : "off";
}

std::string host_text(agent_spec const& agent) {
    return agent.host ? config::to_string(*agent.host) : this_host;
}

/// The agents' specifications differ where their ids do: find out in what.
std::string agent_reason(plan const& before, plan const& after, std::string const& from,
                         std::string const& to) {
    auto const find = [](plan const& p, std::string const& id) {
        for (auto const& a : p.agents)
            if (a.id == id) return a;
        return agent_spec{};
    };
    auto const a = find(before, from);
    auto const b = find(after, to);
    if (a.container != b.container) return container_reason(a.container, b.container);
    if (a.host != b.host) return "host " + arrow(host_text(a), host_text(b));
    if (a.tunnel != b.tunnel) return "tunnel";
    if (a.python != b.python) return "python " + arrow(a.python, b.python);
    if (a.cwd != b.cwd) return "cwd " + arrow(a.cwd, b.cwd);
    if (a.warm != b.warm) return "warm modules";
    if (a.env == b.env && a.job != b.job) return "what the queue is asked for";
    return environment_reason(a.env, b.env);
}

std::string process_reason(plan const& before, plan const& after, process_spec const& a,
                           process_spec const& b) {
    if (a.agent != b.agent) return agent_reason(before, after, a.agent, b.agent);
    if (a.has_own_port != b.has_own_port) return "tunnel";
    if (a.env != b.env) return environment_reason(a.env, b.env);
    if (a.spawn != b.spawn) return "spawn";
    if (a.cwd != b.cwd) return "cwd " + arrow(a.cwd, b.cwd);
    if (a.nice != b.nice) return "nice " + arrow(std::to_string(a.nice), std::to_string(b.nice));
    if (a.args != b.args) return "arguments";
    if (a.tcp_timeout != b.tcp_timeout) return "link_tolerance";
    return "log file";
}

std::string worker_reason(plan const& before, plan const& after, worker_spec const& a, worker_spec const& b) {
    if (a.threads != b.threads)
        return "threads " + arrow(std::to_string(a.threads), std::to_string(b.threads));
    if (a.memory_limit_bytes != b.memory_limit_bytes)
        return memory_reason(a.memory_limit_bytes, b.memory_limit_bytes);
    if (a.memory != b.memory) return "memory_terminate";
    return process_reason(before, after, a.process, b.process);
}

/// The scheduler shares the agent of a pool. Another agent there, with the same interpreter and container,
/// is the pool's affair.
bool is_same_scheduler(plan const& before, plan const& after) {
    auto const agent_of = [](plan const& p) {
        auto const agent = std::ranges::find(p.agents, p.scheduler.process.agent, &agent_spec::id);
        return agent == p.agents.end() ? agent_spec{} : *agent;
    };
    auto process = before.scheduler.process;
    process.agent = after.scheduler.process.agent;
    auto const a = agent_of(before);
    auto const b = agent_of(after);
    return process == after.scheduler.process && a.python == b.python && a.container == b.container;
}

void diff_scheduler(plan const& before, plan const& after, std::vector<change>& changes) {
    auto const& a = before.scheduler;
    auto const& b = after.scheduler;
    if (a.host != b.host)
        changes.push_back({"scheduler", change_kind::restart, "host " + arrow(a.host, b.host)});
    else if (a.port != b.port)
        changes.push_back(
            {"scheduler", change_kind::restart, "port " + arrow(port_text(a.port), port_text(b.port))});
    else if (a.dashboard != b.dashboard)
        changes.push_back({"scheduler", change_kind::restart, "dashboard"});
    else if (before.tls != after.tls || a.protocol != b.protocol)
        changes.push_back({"scheduler", change_kind::restart, "TLS"});
    else if (before.dask != after.dask)
        changes.push_back({"scheduler", change_kind::restart, "Dask's own configuration"});
    else if (!is_same_scheduler(before, after))
        changes.push_back(
            {"scheduler", change_kind::restart, process_reason(before, after, a.process, b.process)});
}

void diff_adaptation(plan const& before, plan const& after, std::vector<change>& changes) {
    for (auto const& pool : after.pools) {
        auto const was = std::ranges::find(before.pools, pool.name, &pool_spec::name);
        if (was == before.pools.end() || was->adapt == pool.adapt) continue;
        auto const from = adapt_text(was->adapt);
        auto const to = adapt_text(pool.adapt);
        changes.push_back(
            {pool.name, change_kind::update, from == to ? "adapt" : "adapt " + arrow(from, to)});
    }
}

} // namespace

std::vector<change> diff(plan const& before, plan const& after) {
    std::vector<change> changes;
    diff_scheduler(before, after, changes);
    diff_adaptation(before, after, changes);

    std::map<std::string, worker_spec const*> old;
    for (auto const& w : before.workers)
        old[w.name] = &w;
    for (auto const& w : after.workers) {
        auto const it = old.find(w.name);
        if (it == old.end()) {
            changes.push_back({w.name, change_kind::start, "new in the configuration"});
            continue;
        }
        worker_spec const& was = *it->second;
        old.erase(it);
        bool const same_tls = before.tls == after.tls;
        if (was == w && before.dask == after.dask && same_tls) continue;
        bool const same_process = was.process == w.process && was.pool == w.pool && was.memory == w.memory;
        if (!same_tls)
            changes.push_back({w.name, change_kind::restart, "TLS"});
        else if (before.dask != after.dask)
            changes.push_back({w.name, change_kind::restart, "Dask's own configuration"});
        else if (same_process)
            changes.push_back({w.name, change_kind::update, "policy"});
        else
            changes.push_back({w.name, change_kind::restart, worker_reason(before, after, was, w)});
    }
    for (auto const& w : before.workers)
        if (old.contains(w.name))
            changes.push_back({w.name, change_kind::stop, "no longer in the configuration"});
    return changes;
}

std::vector<change> own_changes(config::cluster_settings const& before,
                                config::cluster_settings const& after) {
    std::vector<change> changes;
    auto const text = [](std::optional<config::listen_address> const& http) {
        return http ? to_string(*http) : "none";
    };
    if (before.http != after.http)
        changes.push_back(
            {"daskd", change_kind::update, "http " + arrow(text(before.http), text(after.http))});
    if (before.on_event != after.on_event) changes.push_back({"daskd", change_kind::update, "on_event"});
    return changes;
}

std::string to_string(change_kind kind) {
    switch (kind) {
    case change_kind::start: return "start";
    case change_kind::stop: return "stop";
    case change_kind::restart: return "restart";
    case change_kind::update: return "update";
    }
    return "?";
}

} // namespace daskd::core
