#pragma once

#include "common/json.hpp"

namespace daskd::ctl {

/// What of an environment shapes a cluster: VIRTUAL_ENV, CONDA_PREFIX, PATH, PYTHONPATH, HOME and all of
/// Dask's (DASK_…). `variables` is as `environ`: "NAME=value", ended by a null pointer. Sent by `up`.
[[nodiscard]] json cluster_environment(char const* const* variables);

} // namespace daskd::ctl
