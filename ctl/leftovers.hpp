#pragma once

#include "common/paths.hpp"
#include "ctl/unique_fd.hpp"

#include <vector>

namespace daskd::ctl {

/// What a cluster leaves in its directories. Only files that daskd makes are meant, whatever else is there.

/// The files of a cluster that is down: sockets, records, state and events; with `with_logs` its logs and
/// certificates too.
[[nodiscard]] std::vector<std::filesystem::path> find_leftovers(cluster_paths const& paths, bool with_logs);

/// The lock of the single instance, so that no daskd starts meanwhile. Fails (`busy`) while one holds it.
/// An empty descriptor if there is nothing to lock: no daskd has run since the last boot.
[[nodiscard]] result<unique_fd> lock_out_daemon(cluster_paths const& paths);

/// Fails (`busy`) while a host agent still runs, which keeps workers of a daskd that is gone.
[[nodiscard]] result<void> require_no_agent(cluster_paths const& paths, uid_t uid);

/// The same, and while processes run whose host agent is gone as well.
[[nodiscard]] result<void> require_nothing_left(cluster_paths const& paths, uid_t uid);

} // namespace daskd::ctl
