#pragma once

#include "daemon/core/plan.hpp"

#include <limits>
#include <string>

namespace daskd::core {

// Pools in job queues: workers by job. A job with several processes is a group of workers that come and go
// together: worker `n` runs in job `n / processes`, and jobs are never planned in part.

/// What a pool's adaptation has for a maximum where nobody gave one.
inline constexpr int unlimited_jobs = std::numeric_limits<int>::max();

void add_job_pool(plan& p, plan_input const& in, config::pool_settings const& pool);

/// POOL-JOB, or POOL-JOB-PLACE in a job with several processes: as `dask worker --name POOL-JOB` calls them.
[[nodiscard]] std::string job_worker_name(config::pool_settings const& pool, int number);

} // namespace daskd::core
