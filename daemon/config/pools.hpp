#pragma once

#include "daemon/config/diagnostic.hpp"
#include "daemon/config/node.hpp"
#include "daemon/config/settings.hpp"

#include <vector>

namespace daskd::config {

/// The pools of a configuration whose keys were checked one by one: merges `daskd.defaults` under each
/// (without any `pools:` there is one, "local") and adds to `problems` what is wrong between keys and between
/// pools.
[[nodiscard]] std::vector<pool_settings> build_pools(node const& daskd, std::vector<diagnostic>& problems);

} // namespace daskd::config
