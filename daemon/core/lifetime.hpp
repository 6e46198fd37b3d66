#pragma once

#include "daemon/config/settings.hpp"

#include <string>
#include <vector>

namespace daskd::core {

/// The arguments of `dask worker` that limit a worker's life; none: it has no end. What the pool leaves open
/// is as Dask is configured. Where neither says by how much lifetimes differ, it is a tenth: otherwise
/// workers that started together would end together. In a job with a walltime it always ends before the job.
[[nodiscard]] std::vector<std::string> lifetime_args(config::pool_settings const& pool, json const& dask);

} // namespace daskd::core
