#pragma once

#include "common/cluster_view.hpp"
#include "ctl/render/style.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace daskd::ctl {

/// What `daskctl status` shows: the header, then a line a worker. Ends with a line end.
[[nodiscard]] std::string render_status(cluster_view const& view, style const& paint);

/// The header alone: state, scheduler, dashboard, tasks, warnings.
[[nodiscard]] std::string render_header(cluster_view const& view, style const& paint);

/// One line while a verb waits: "starting: 3 of 8 running, 5 starting". Cut to `width` places, if given.
[[nodiscard]] std::string render_progress(cluster_view const& view, std::optional<std::size_t> width = {});

} // namespace daskd::ctl
