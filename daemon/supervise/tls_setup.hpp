#pragma once

#include "common/paths.hpp"
#include "daemon/core/plan.hpp"

namespace daskd::supervise {

/// Decides on TLS for the plan to come and has the files ready for it: our own are made or renewed.
[[nodiscard]] result<void> set_up_tls(core::plan_input& input, cluster_paths const& paths);

} // namespace daskd::supervise
