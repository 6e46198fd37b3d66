#pragma once

#include "common/paths.hpp"
#include "daemon/core/port_book.hpp"

namespace daskd::supervise {

/// An empty one, with the range of ports from which processes in tunnels take theirs: none that systems give
/// to outgoing connections.
[[nodiscard]] core::port_book make_port_book(cluster_paths const& paths);

} // namespace daskd::supervise
