#pragma once

#include "daemon/core/plan.hpp"

namespace daskd::core {

/// The environment that an agent is started with, on top of daskd's own, in the nanny's order of precedence:
/// what the pool says, then the user's own environment, then Dask's configuration
/// (`distributed.nanny.pre-spawn-environ` and
/// `.environ`), then Dask's defaults. Numerical libraries read these when they are imported, so they cannot
/// come later.
[[nodiscard]] environment agent_environment(json const& dask, environment const& user,
                                            environment const& pool);

} // namespace daskd::core
