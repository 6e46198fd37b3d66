#include "daemon/core/diff.hpp"

#include <map>

namespace daskd::core {
namespace {

std::string arrow(std::string const& from, std::string const& to) {
    return from + " → " + to;
}

std::string bytes_text(std::optional<std::uint64_t> const& bytes) {
    return bytes ? std::to_string(*bytes) : "none";
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
    if (a.python != b.python) return "python " + arrow(a.python, b.python);
    if (a.cwd != b.cwd) return "cwd " + arrow(a.cwd, b.cwd);
    if (a.warm != b.warm) return "warm modules";
    return "environment";
}

std::string process_reason(plan const& before, plan const& after, process_spec const& a,
                           process_spec const& b) {
    if (a.agent != b.agent) return agent_reason(before, after, a.agent, b.agent);
    if (a.env != b.env) return "environment";
    if (a.spawn != b.spawn) return "spawn";
    if (a.cwd != b.cwd) return "cwd " + arrow(a.cwd, b.cwd);
    if (a.nice != b.nice) return "nice " + arrow(std::to_string(a.nice), std::to_string(b.nice));
    if (a.args != b.args) return "arguments";
    return "log file";
}

std::string worker_reason(plan const& before, plan const& after, worker_spec const& a, worker_spec const& b) {
    if (a.threads != b.threads)
        return "threads " + arrow(std::to_string(a.threads), std::to_string(b.threads));
    if (a.memory_limit_bytes != b.memory_limit_bytes)
        return "memory limit " + arrow(bytes_text(a.memory_limit_bytes), bytes_text(b.memory_limit_bytes));
    if (a.memory != b.memory) return "memory_terminate";
    return process_reason(before, after, a.process, b.process);
}

void diff_scheduler(plan const& before, plan const& after, std::vector<change>& changes) {
    auto const& a = before.scheduler;
    auto const& b = after.scheduler;
    if (a.host != b.host)
        changes.push_back({"scheduler", change_kind::restart, "host " + arrow(a.host, b.host)});
    else if (a.port != b.port)
        changes.push_back({"scheduler", change_kind::restart, "port"});
    else if (a.dashboard != b.dashboard)
        changes.push_back({"scheduler", change_kind::restart, "dashboard"});
    else if (before.tls != after.tls || a.protocol != b.protocol)
        changes.push_back({"scheduler", change_kind::restart, "TLS"});
    else if (before.dask != after.dask)
        changes.push_back({"scheduler", change_kind::restart, "Dask's own configuration"});
    else if (a.process != b.process)
        changes.push_back(
            {"scheduler", change_kind::restart, process_reason(before, after, a.process, b.process)});
}

} // namespace

std::vector<change> diff(plan const& before, plan const& after) {
    std::vector<change> changes;
    diff_scheduler(before, after, changes);

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
