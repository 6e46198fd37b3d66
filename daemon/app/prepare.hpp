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
    std::string notice;   ///< what was wrong with the record, for users; empty: nothing
    bool is_intent_lost = false;
};

/// Makes the directories where they are missing, and checks that they are ours and closed to others.
[[nodiscard]] result<void> make_directories(cluster_paths const& paths);

/// Makes the directories, takes the lock (errc::busy if another daskd has it) and reads the recorded intent.
/// Refuses a cluster that lives on another machine with the same home.
[[nodiscard]] result<prepared> prepare(cluster_paths paths);

} // namespace daskd::app
