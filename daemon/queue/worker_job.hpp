#pragma once

#include "daemon/config/settings.hpp"
#include "daemon/queue/job.hpp"

#include <string>
#include <vector>

namespace daskd::queue {

/// What `dask worker` with Dask's own nannies needs in a job, as the words of a command: `processes` workers
/// that share the job's cores and memory. `dask` is Dask's configuration.
[[nodiscard]] std::vector<std::string> worker_command(config::pool_settings const& pool,
                                                      std::string const& name, std::string const& python,
                                                      std::string const& scheduler, json const& dask);

/// A job of this pool; `command` is what runs in it.
[[nodiscard]] job make_job(config::pool_settings const& pool, std::string const& name,
                           std::vector<std::string> command);

} // namespace daskd::queue
