#pragma once

#include "ctl/context.hpp"

namespace daskd::ctl {

/// Keeps a line a pool on the terminal up to date with the cluster, until `descriptor` is readable or `limit`
/// has passed. Driven by the daemon's events, over a connection of its own; without one it just waits.
void show_progress_until(context const& ctx, int descriptor, std::optional<milliseconds> limit);

} // namespace daskd::ctl
