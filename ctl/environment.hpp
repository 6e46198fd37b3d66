#pragma once

#include "common/json.hpp"

namespace daskd::ctl {

/// What of an environment shapes a cluster: VIRTUAL_ENV, CONDA_PREFIX, PATH, PYTHONPATH, HOME, all of Dask's
/// (DASK_…), and what a nanny of Dask's would set for its workers if it were not set (OMP_NUM_THREADS …).
/// `variables` is as `environ`: "NAME=value", ended by a null pointer. Sent by `up`.
[[nodiscard]] json cluster_environment(char const* const* variables);

} // namespace daskd::ctl
