#pragma once

#include "daemon/config/node.hpp"

#include <map>
#include <string>

namespace daskd::config {

using environment_map = std::map<std::string, std::string>;

/// The configuration in DASK_… variables, as Dask reads them: DASK_A__B_C=1 is {a: {b_c: 1}}, the value a
/// Python literal or else a string. Below `daskd` a value that is no Python literal means what it means in
/// YAML, so that `false` and `null` are what they look like. Variables that only say where configuration is
/// are left out.
[[nodiscard]] node read_environment(environment_map const& variables);

} // namespace daskd::config
