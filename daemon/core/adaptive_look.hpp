#pragma once

#include "daemon/core/adaptive.hpp"
#include "daemon/core/cluster.hpp"

#include <set>
#include <string>

namespace daskd::core {

/// What the scheduler says of the load.
struct demand {
    int target = 0;                ///< workers that the work at hand needs, in the whole cluster
    std::vector<std::string> idle; ///< workers without work; those first that it can best do without
    std::vector<std::string> busy;
};

/// What a pool that adapts looks like at this load. Workers that were stopped by hand are not counted.
[[nodiscard]] adaptive_look look_at(cluster const& c, std::string const& pool, demand const& load);

/// The numbers of the pool's workers after `step`. New ones are the lowest that are free, of which no former
/// worker is still on its way out.
[[nodiscard]] std::set<int> numbers_after(cluster const& c, config::pool_settings const& pool,
                                          adaptive_step const& step);

} // namespace daskd::core
