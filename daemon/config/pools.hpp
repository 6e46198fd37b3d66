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

/// What the names of a pool's workers on a host begin with: "lab-node1-". They stay when other hosts come and
/// go.
[[nodiscard]] std::string name_prefix(pool_settings const& pool, host_settings const& host);

} // namespace daskd::config
