#pragma once

#include "daemon/config/node.hpp"
#include "daemon/config/reading.hpp"
#include "daemon/config/settings.hpp"

namespace daskd::config {

/// Complains about settings of job queues that cannot be: what this queue does not know, and any of them in a
/// pool that is in no queue. `own` is what was written for this pool itself, `merged` that with the defaults.
void check_jobs(pool_settings const& pool, node const& own, node const& merged, reading const& at);

/// Complains about settings of job queues in what was written for a pool, or a host of it, that is in no
/// queue.
void check_without_queue(node const& own, reading const& at);

} // namespace daskd::config
