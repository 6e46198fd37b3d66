#pragma once

#include "daemon/core/adapt_policy.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace daskd::core {

// Adaptive scaling, decided as Dask's Adaptive does: up at once, down only after `wait_count` looks in a row
// that suggest the same worker. The scheduler says how many workers the present work needs and which of them
// it can best do without; everything else is decided here.

/// Divides a demand for so many workers, in the whole cluster, among the pools that adapt, in their order.
/// `fixed` workers of other pools count first, then each pool's minimum; of the rest each pool takes what it
/// may, up to its maximum, before the next one gets any.
[[nodiscard]] std::vector<int> share_demand(int demand, int fixed, std::vector<adapt_policy> const& pools);

/// What one look at a pool shows.
struct adaptive_look {
    int target = 0;                    ///< its share of the demand
    std::vector<std::string> arriving; ///< workers that are wanted and not registered
    std::vector<std::string> arrived;  ///< and those that are
    /// Workers of the cluster without work, those first that the scheduler can best do without.
    std::vector<std::string> idle;
    /// Workers with work, in the same order: they go only where the pool is above its maximum.
    std::vector<std::string> busy;
    /// Which process of its name each of them is: one that has just been restarted is counted anew. Else a
    /// `Client.restart()`, which waits for as many as there were, would wait for those that go meanwhile.
    std::map<std::string, std::uint64_t> incarnations = {};
};

/// What is to be done about it.
struct adaptive_step {
    int start = 0; ///< so many workers more
    std::vector<std::string> retire;

    bool operator==(adaptive_step const&) const = default;
};

/// What a pool's adaptation remembers from one look to the next.
class adaptation {
public:
    [[nodiscard]] adaptive_step look(adapt_policy const& policy, adaptive_look const& seen);

private:
    struct suggestion {
        std::uint64_t incarnation = 0;
        int times = 0; ///< looks in a row
    };
    std::map<std::string, suggestion> suggested_; ///< by worker
};

} // namespace daskd::core
