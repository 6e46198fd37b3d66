#include "daemon/core/rolling.hpp"

#include <algorithm>
#include <map>

namespace daskd::core {

int most_away(int pool_size) {
    constexpr int parts = 4;
    return std::max(1, pool_size / parts);
}

std::vector<std::string> next_to_renew(std::vector<rolling_worker> const& wanted) {
    struct count {
        int size = 0;
        int away = 0;
    };
    std::map<std::string, count> pools;
    for (auto const& w : wanted) {
        auto& pool = pools[w.pool];
        ++pool.size;
        if (!w.is_running) ++pool.away;
    }
    std::vector<std::string> names;
    for (auto const& w : wanted) {
        if (!w.is_outdated) continue;
        auto& pool = pools[w.pool];
        if (w.is_running && pool.away >= most_away(pool.size)) continue;
        if (w.is_running) ++pool.away;
        names.push_back(w.name);
    }
    return names;
}

} // namespace daskd::core
