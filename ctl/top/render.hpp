#pragma once

#include "ctl/top/bars.hpp"
#include "ctl/top/frame.hpp"
#include "ctl/top/model.hpp"

namespace daskd::ctl::top {

/// How a screen is shared out, from top to bottom: the cluster, its workers, events, the last line.
struct layout {
    std::size_t workers = 0; ///< rows, the heading apart
    std::size_t events = 0;  ///< rows, the heading apart; with 0 there is no heading either
};
[[nodiscard]] layout lay_out(model const& m, extent size);

/// The whole screen: `size.rows` lines at most, none wider than `size.columns`. `now` is for what has passed
/// since the model last heard of the cluster.
[[nodiscard]] frame render(model const& m, extent size, time_point now, glyphs const& g);

// Its parts.

/// State, scheduler, pools, tasks, warnings.
[[nodiscard]] frame render_cluster(model const& m, std::size_t columns, double since_s, glyphs const& g);
/// Heading and rows.
[[nodiscard]] frame render_workers(model const& m, std::size_t columns, std::size_t rows, double since_s,
                                   glyphs const& g);
[[nodiscard]] frame render_log(open_log const& log, extent size, glyphs const& g);
[[nodiscard]] frame render_help(extent size, glyphs const& g);

} // namespace daskd::ctl::top
