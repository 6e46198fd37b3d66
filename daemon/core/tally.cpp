#include "daemon/core/tally.hpp"

#include <algorithm>
#include <numeric>

namespace daskd::core {

void time_histogram::observe(double seconds) {
    ++count_;
    sum_s_ += seconds;
    auto const bound = std::ranges::lower_bound(bounds_s, seconds);
    if (bound != bounds_s.end()) ++buckets_.at(static_cast<std::size_t>(bound - bounds_s.begin()));
}

std::uint64_t time_histogram::within(std::size_t i) const {
    auto const end = buckets_.begin() + static_cast<std::ptrdiff_t>(i) + 1;
    return std::accumulate(buckets_.begin(), end, std::uint64_t{0});
}

} // namespace daskd::core
