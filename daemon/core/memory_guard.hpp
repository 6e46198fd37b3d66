#pragma once

#include "daemon/core/plan.hpp"

#include <optional>

namespace daskd::core {

/// What the agent watches: `terminate` (0: never) is the pool's, else `dask` decides as it does for a nanny.
/// Empty: without a limit, or where Dask's terminate is off, nobody ends a worker for its memory.
[[nodiscard]] std::optional<memory_guard> make_memory_guard(std::optional<std::uint64_t> limit_bytes,
                                                            std::optional<double> terminate,
                                                            json const& dask);

} // namespace daskd::core
