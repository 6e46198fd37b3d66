#pragma once

#include "common/host_identity.hpp"
#include "common/paths.hpp"

#include <optional>

namespace daskd {

/// The other machine that the cluster is up on, as the state says that this machine shares with it; nullopt:
/// none, or nothing that can be read.
[[nodiscard]] std::optional<host_identity> other_owner(cluster_paths const& paths);

/// The error that says so, with `command` as what to run there.
[[nodiscard]] error up_elsewhere(cluster_paths const& paths, host_identity const& owner,
                                 std::string const& command);

} // namespace daskd
