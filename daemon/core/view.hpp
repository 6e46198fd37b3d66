#pragma once

#include "common/cluster_view.hpp"
#include "daemon/core/cluster.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace daskd::core {

/// What the scheduler last said of one worker.
struct worker_numbers {
    std::uint64_t memory_bytes = 0;
    double cpu_percent = 0;
    int executing = 0;
};

/// What users are shown besides the cluster's own state.
struct view_input {
    time_point now;
    daemon_view daemon;
    std::optional<std::string> dashboard;
    std::optional<std::string> python; ///< versions of the running scheduler
    std::optional<std::string> distributed;
    std::map<std::string, worker_numbers> numbers;          ///< by worker address
    std::map<std::string, config::spawn_mode> agent_spawns; ///< how an agent can start processes
    std::map<std::string, std::string> agent_hosts;         ///< what its machine calls itself
    std::vector<std::string> warnings;
    std::string impairment; ///< why daskd cannot work as it should; empty: it can
};

/// A pool as users see it, but for how many of its workers run.
[[nodiscard]] pool_view view_of(pool_spec const& pool);

/// The cluster as users see it.
[[nodiscard]] cluster_view make_view(cluster const& c, view_input const& input);

} // namespace daskd::core
