#pragma once

#include <vector>

namespace daskd::core {

/// How many of `total` workers each host gets, where `configured` is what it has by configuration. Hosts fill
/// evenly, none beyond its configured number before all have theirs; what is beyond all of them is spread
/// evenly again.
[[nodiscard]] std::vector<int> spread(int total, std::vector<int> const& configured);

} // namespace daskd::core
