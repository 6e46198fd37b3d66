#pragma once

#include "common/paths.hpp"

namespace daskd::app {

/// daskd's own log: logs/daskd.log, rotated, and in the foreground standard error as well. Synchronous: there
/// is no second thread. A log that cannot be opened is no reason not to run.
void open_log(cluster_paths const& paths, bool is_foreground);

} // namespace daskd::app
