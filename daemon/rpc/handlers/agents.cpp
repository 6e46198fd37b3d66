#include "daemon/rpc/handlers/handlers.hpp"

#include <algorithm>

namespace daskd::rpc {
namespace {

/// What this agent runs by the present plan: scheduler, pools.
std::vector<std::string> runs(core::plan const& plan, std::string const& agent) {
    std::vector<std::string> all;
    if (plan.scheduler.process.agent == agent) all.emplace_back("scheduler");
    for (auto const& worker : plan.workers)
        if (worker.process.agent == agent && std::ranges::find(all, worker.pool) == all.end())
            all.push_back(worker.pool);
    return all;
}

json describe(handler_context& c, std::string const& id, core::agent const& agent) {
    bool const is_ready = agent.state == core::agent_state::ready;
    json about{{"id", id},
               {"host", agent.spec.host ? agent.spec.host->name : core::this_host},
               {"is_ready", is_ready},
               {"problem", agent.failure.empty() || is_ready ? json(nullptr) : json(agent.failure)},
               {"runs", runs(c.supervisor.cluster().current_plan(), id)}};
    auto const* facts = c.supervisor.facts(id);
    if (!is_ready || facts == nullptr) return about;
    about["pid"] = facts->pid;
    about["python"] = facts->executable;
    about["versions"] = facts->versions;
    about["cores"] = facts->cores;
    about["memory_bytes"] = facts->memory_bytes;
    about["no_fork"] = facts->spawn_reason.empty() ? json(nullptr) : json(facts->spawn_reason);
    about["skipped"] = facts->skipped;
    return about;
}

result<json> list(handler_context& c, call const& request) {
    parameters p(request.params);
    if (auto const wrong = p.problem()) return *wrong;
    auto agents = json::array();
    for (auto const& [id, agent] : c.supervisor.cluster().agents())
        agents.push_back(describe(c, id, agent));
    return json{{"agents", std::move(agents)}};
}

} // namespace

void add_agent_methods(dispatcher& d, handler_context& c) {
    d.add("cluster.agents", immediate_handler([&c](call const& r) { return list(c, r); }));
}

} // namespace daskd::rpc
