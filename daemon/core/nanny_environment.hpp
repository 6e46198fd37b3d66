#pragma once

#include "daemon/core/plan.hpp"

#include <string>
#include <vector>

namespace daskd::core {

/// The environment that an agent is started with, on top of daskd's own, in the nanny's order of precedence:
/// what the pool says, then the user's own environment, then Dask's configuration
/// (`distributed.nanny.pre-spawn-environ` and `.environ`; null leaves a variable alone), then Dask's
/// defaults. Numerical libraries read these when they are imported, and Python its hash seed when it starts,
/// so they cannot come later. Like newer Dask: all workers hash alike, whatever they were started by.
[[nodiscard]] environment agent_environment(json const& dask, environment const& user,
                                            environment const& pool);

/// The variables that Dask's defaults and configuration name: the user's own value of each would win.
[[nodiscard]] std::vector<std::string> nanny_variables(json const& dask);

} // namespace daskd::core
