#pragma once

#include "daemon/core/plan.hpp"

#include <string>
#include <vector>

namespace daskd::supervise {

/// Dask's command lines with what is known only at the start. Pure.

/// `port` 0: any free one.
[[nodiscard]] std::vector<std::string> scheduler_command_line(core::scheduler_spec const& spec, int port);
[[nodiscard]] std::vector<std::string> worker_command_line(core::worker_spec const& spec,
                                                           std::string const& scheduler_address);

} // namespace daskd::supervise
