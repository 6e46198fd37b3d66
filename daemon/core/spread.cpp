#include "daemon/core/spread.hpp"

#include <algorithm>
#include <cstddef>

namespace daskd::core {

std::vector<int> spread(int total, std::vector<int> const& configured) {
    std::vector<int> given(configured.size(), 0);
    if (configured.empty()) return given;
    auto const deepest = std::ranges::max(configured);
    for (int level = 0; total > 0; ++level)
        for (std::size_t host = 0; host < given.size() && total > 0; ++host) {
            if (level < deepest && configured[host] <= level) continue;
            ++given[host];
            --total;
        }
    return given;
}

} // namespace daskd::core
