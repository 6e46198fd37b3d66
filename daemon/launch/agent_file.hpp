#pragma once

#include "common/error.hpp"
#include "common/paths.hpp"
#include "daemon/async/unique_fd.hpp"

#include <filesystem>

namespace daskd::launch {

/// Writes the agent's program into the runtime directory, if it is not there.
[[nodiscard]] result<void> write_agent_program(cluster_paths const& paths);

/// A private Unix socket that listens at `path`, to be the standard input of whoever will serve it: so others
/// can connect at once, and nobody has to wait for a socket to appear.
[[nodiscard]] result<async::unique_fd> listen_for_child(std::filesystem::path const& path);

} // namespace daskd::launch
