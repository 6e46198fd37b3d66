#pragma once

#include "ctl/render/style.hpp"

#include <string>
#include <vector>

namespace daskd::ctl {

struct cell {
    std::string text; ///< UTF-8, one line
    color paint = color::plain;
};

/// One column; `cells` has as many entries as the table has rows.
struct column {
    std::string title;
    bool is_number = false; ///< aligned to the right
    std::vector<cell> cells;
};

/// Lines with a heading, columns two spaces apart, nothing trailing. A column whose cells are all empty is
/// left out.
[[nodiscard]] std::string render_table(std::vector<column> const& columns, style const& paint);

/// How many places `text` takes on a terminal: its code points.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// The first `width` places of a text; one that is cut ends in `ellipsis`, which takes one place.
[[nodiscard]] std::string cut_to(std::string_view text, std::size_t width, std::string_view ellipsis = "…");

} // namespace daskd::ctl
