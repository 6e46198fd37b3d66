#pragma once

#include "common/paths.hpp"
#include "daemon/state/daemon_lock.hpp"
#include "daemon/state/intent.hpp"
#include "daemon/state/store.hpp"

namespace daskd::app {

/// What must be ours before anything starts.
struct prepared {
    cluster_paths paths;
    state::daemon_lock lock;
    state::intent intent; ///< as it was recorded
};

/// Makes the directories, takes the lock (errc::busy if another daskd has it) and reads the recorded intent.
/// Refuses a cluster that lives on another machine with the same home.
[[nodiscard]] result<prepared> prepare(cluster_paths paths);

} // namespace daskd::app
