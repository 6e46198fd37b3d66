#pragma once

#include <string>
#include <vector>

namespace daskd::core {

/// A worker that is wanted, as the order of renewal sees it.
struct rolling_worker {
    std::string name;
    std::string pool;
    bool is_running = false;
    bool is_outdated = false; ///< its process was started by an earlier plan and lives
};

/// How many workers of a pool of this size may be away at the same time while it is renewed: a quarter, at
/// least one.
[[nodiscard]] int most_away(int pool_size);

/// Which outdated workers are to be ended now, so that their successors follow the present plan. In each pool
/// those that do not run anyway, and of the others as many as keep the pool within most_away(), whatever the
/// reason why the missing ones are. If the successors do not come to run, the rest of the pool is left alone.
[[nodiscard]] std::vector<std::string> next_to_renew(std::vector<rolling_worker> const& wanted);

} // namespace daskd::core
