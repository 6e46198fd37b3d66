#include "daemon/core/adaptive.hpp"

#include <algorithm>
#include <numeric>

namespace daskd::core {
namespace {

/// Adds those of `candidates` that are in `pool`, in their order, until `list` has `size`.
void take(std::vector<std::string>& list, std::size_t size, std::vector<std::string> const& candidates,
          std::vector<std::string> const& pool) {
    for (auto const& name : candidates) {
        if (list.size() >= size) return;
        if (std::ranges::find(pool, name) != pool.end()) list.push_back(name);
    }
}

std::vector<std::string> suggest(adapt_policy const& policy, adaptive_look const& seen) {
    auto const count = seen.arriving.size() + seen.arrived.size();
    auto const above = [&](int limit) {
        return count - std::min(count, static_cast<std::size_t>(std::max(0, limit)));
    };
    std::vector<std::string> list;
    take(list, above(seen.target), seen.arriving, seen.arriving);
    take(list, above(seen.target), seen.idle, seen.arrived);
    take(list, above(policy.maximum), seen.busy, seen.arrived);
    return list;
}

} // namespace

std::vector<int> share_demand(int demand, int fixed, std::vector<adapt_policy> const& pools) {
    auto const minimums = std::accumulate(pools.begin(), pools.end(), 0,
                                          [](int sum, auto const& pool) { return sum + pool.minimum; });
    int rest = std::max(0, demand - fixed - minimums);
    std::vector<int> shares;
    for (auto const& pool : pools) {
        int const more = std::min(rest, pool.maximum - pool.minimum);
        shares.push_back(pool.minimum + more);
        rest -= more;
    }
    return shares;
}

adaptive_step adaptation::look(adapt_policy const& policy, adaptive_look const& seen) {
    adaptive_step step;
    auto const count = static_cast<int>(seen.arriving.size() + seen.arrived.size());
    std::map<std::string, suggestion> counted;
    for (auto const& name : suggest(policy, seen)) {
        auto const it = seen.incarnations.find(name);
        suggestion now{it == seen.incarnations.end() ? 0 : it->second, 1};
        if (auto const& before = suggested_[name]; before.incarnation == now.incarnation)
            now.times += before.times;
        if (now.times >= policy.wait_count)
            step.retire.push_back(name);
        else
            counted[name] = now;
    }
    suggested_ = std::move(counted); // of whom is not suggested this time nothing is remembered
    step.start = std::max(0, seen.target - count);
    return step;
}

} // namespace daskd::core
