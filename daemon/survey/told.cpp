#include "daemon/survey/told.hpp"

#include "common/version.hpp"
#include "daemon/core/plan.hpp"

namespace daskd::survey {
namespace {

std::string text(json const& from, char const* key) {
    auto const it = from.find(key);
    return it != from.end() && it->is_string() ? it->get<std::string>() : "";
}

told_agent read_agent(json const& value) {
    told_agent agent;
    auto& there = agent.there;
    there.host = text(value, "host");
    if (there.host == core::this_host) there.host.clear();
    there.is_running = value.at("is_ready").get<bool>();
    there.wrong.problem = text(value, "problem");
    there.python = text(value, "python");
    there.versions = value.value("versions", std::map<std::string, std::string>{});
    there.cores = value.value("cores", 0);
    there.memory_bytes = value.value("memory_bytes", std::uint64_t{0});
    there.no_fork = text(value, "no_fork");
    agent.runs = value.at("runs").get<std::vector<std::string>>();
    return agent;
}

json const* part(json const& value, char const* key) {
    auto const it = value.find(key);
    return it == value.end() || it->is_null() ? nullptr : &*it;
}

void read(json const& value, told& into) {
    if (auto const* info = part(value, "daemon")) {
        into.daemon.is_there = true;
        into.daemon.pid = info->value("pid", 0);
        into.daemon.version = text(*info, "version");
    }
    if (auto const* silence = part(value, "silence"))
        into.daemon.silence = {text(*silence, "what"), text(*silence, "hint")};
    into.unit = text(value, "unit");
    if (auto const* status = part(value, "status"))
        if (auto view = cluster_view_from_json(*status)) into.status = std::move(*view);
    if (auto const* agents = part(value, "agents"))
        for (auto const& agent : *agents)
            into.agents.push_back(read_agent(agent));
}

} // namespace

told read_told(json const& value) {
    told all;
    all.daemon.own_version = version;
    try {
        if (value.is_object()) read(value, all);
    } catch (json::exception const&) { // of another version: what was read so far
    }
    return all;
}

} // namespace daskd::survey
