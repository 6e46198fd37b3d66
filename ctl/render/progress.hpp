#pragma once

#include "common/cluster_view.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace daskd::ctl {

/// What a verb shows while it waits: a line a pool, with its counts and what they wait for, and one for the
/// scheduler while it does not run. Each cut to `width` places, if given; never empty.
[[nodiscard]] std::vector<std::string> render_progress_lines(cluster_view const& view,
                                                             std::optional<std::size_t> width = {});

} // namespace daskd::ctl
