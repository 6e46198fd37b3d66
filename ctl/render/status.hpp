#pragma once

#include "common/cluster_view.hpp"
#include "ctl/render/style.hpp"

#include <string>

namespace daskd::ctl {

/// What `daskctl status` shows: the header, then a line a worker. Ends with a line end.
[[nodiscard]] std::string render_status(cluster_view const& view, style const& paint);

/// The header alone: state, scheduler, dashboard, tasks, warnings.
[[nodiscard]] std::string render_header(cluster_view const& view, style const& paint);

/// One line: "starting: 3 of 8 workers running, 5 starting".
[[nodiscard]] std::string render_summary(cluster_view const& view);

} // namespace daskd::ctl
