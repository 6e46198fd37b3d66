#include "common/agent_ledger.hpp"

#include "common/json.hpp"

#include <fstream>
#include <map>
#include <set>
#include <string_view>

namespace daskd {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "agent-";

std::string text(json const& entry, char const* key) {
    auto const it = entry.find(key);
    return it != entry.end() && it->is_string() ? it->get<std::string>() : "";
}

std::uint64_t number(json const& entry, char const* key) {
    auto const it = entry.find(key);
    return it != entry.end() && it->is_number_unsigned() ? it->get<std::uint64_t>() : 0;
}

process_id process_of(json const& entry) {
    return {static_cast<pid_t>(number(entry, "pid")), number(entry, "start_time"), boot_id()};
}

} // namespace

std::optional<agent_ledger> read_agent_ledger(fs::path const& file) {
    std::ifstream in(file);
    std::optional<agent_ledger> ledger;
    std::map<std::string, agent_ledger::launch> launches; // by marker
    for (std::string line; std::getline(in, line);) {
        auto const entry = parse_json(line);
        if (!entry || !entry->is_object()) continue;
        auto const kind = text(*entry, "entry");
        auto const marker = text(*entry, "marker");
        if (!ledger) {
            if (kind != "agent" || text(*entry, "boot_id") != boot_id()) return std::nullopt;
            ledger = agent_ledger{text(*entry, "python"), {}};
        } else if (kind == "launch") {
            launches[marker] = {text(*entry, "name"), process_of(*entry)};
        } else if (kind == "signed" && launches.contains(marker)) {
            launches[marker].process = process_of(*entry);
        } else if (kind == "ended") {
            launches.erase(marker);
        }
    }
    for (auto const& [marker, launch] : launches)
        if (is_alive(launch.process)) ledger->living.push_back(launch);
    return ledger;
}

std::vector<std::string> agents_in(fs::path const& runtime_dir) {
    std::set<std::string> ids;
    std::error_code ec;
    for (auto const& entry : fs::directory_iterator(runtime_dir, ec)) {
        auto const name = entry.path().stem().string();
        auto const kind = entry.path().extension();
        if (name.starts_with(prefix) && (kind == ".sock" || kind == ".table"))
            ids.insert(name.substr(prefix.size()));
    }
    return {ids.begin(), ids.end()};
}

std::vector<agent_ledger::launch> left_processes(cluster_paths const& paths) {
    std::vector<agent_ledger::launch> all;
    for (auto const& id : agents_in(paths.runtime_dir))
        if (auto const ledger = read_agent_ledger(paths.agent_ledger(id)))
            all.insert(all.end(), ledger->living.begin(), ledger->living.end());
    return all;
}

} // namespace daskd
