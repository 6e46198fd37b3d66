#pragma once

#include "daemon/config/load.hpp"

namespace daskd::supervise {

/// What the configuration names and this host does not have: TLS files, network interfaces. Adds to the
/// diagnostics of a configuration that has none so far.
void check_against_host(config::loaded& loaded);

} // namespace daskd::supervise
