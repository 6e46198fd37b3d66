#pragma once

#include "common/paths.hpp"
#include "common/process_id.hpp"

#include <optional>
#include <string>
#include <vector>

namespace daskd {

/// What a host agent has written beside its socket (daemon/agent/ledger.py), for those who find no agent
/// there.
struct agent_ledger {
    struct launch {
        std::string name; ///< scheduler, or a worker's
        process_id process;

        bool operator==(launch const&) const = default;
    };
    std::string python;         ///< its interpreter
    std::vector<launch> living; ///< of its launches, those that run at this moment
};

/// Empty if there is none, or one of an earlier boot. Lines that were cut short are passed over.
[[nodiscard]] std::optional<agent_ledger> read_agent_ledger(std::filesystem::path const& file);

/// The agents that have left something in the runtime directory, by id: a socket, a ledger, or both.
[[nodiscard]] std::vector<std::string> agents_in(std::filesystem::path const& runtime_dir);

/// What runs of a cluster by the word of its agents' ledgers.
[[nodiscard]] std::vector<agent_ledger::launch> left_processes(cluster_paths const& paths);

} // namespace daskd
