#pragma once

#include "ctl/top/frame.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace daskd::ctl::top {

/// What a terminal can draw with: nine steps each, from nothing to full.
struct glyphs {
    std::array<std::string_view, 9> across; ///< a cell that fills from the left
    std::array<std::string_view, 9> up;     ///< a cell that fills from below
    std::string_view track;                 ///< of a bar, where it is empty
    std::string_view half;                  ///< of a bar, where something is under way
    std::string_view bad;                   ///< of a bar, where something went wrong
    std::string_view dot;
    std::string_view mark; ///< of the selected line
    std::string_view ellipsis;
};

[[nodiscard]] glyphs const& unicode_glyphs();
/// For terminals that are not in UTF-8.
[[nodiscard]] glyphs const& ascii_glyphs();

/// `fraction` (cut to 0…1) of `width` places. What is more than nothing shows.
[[nodiscard]] line bar(double fraction, std::size_t width, color hue, glyphs const& g);

/// The last `width` values against `full`, the newest at the right.
[[nodiscard]] std::string sparkline(std::deque<double> const& values, double full, std::size_t width,
                                    glyphs const& g);

/// Of a bar that is made up of several.
struct segment {
    std::uint64_t amount = 0;
    std::string_view glyph;
    color hue = color::plain;
};

/// The segments' shares of `width` places; none that is there vanishes.
[[nodiscard]] line stacked_bar(std::vector<segment> const& segments, std::size_t width);

/// Green, yellow, red.
[[nodiscard]] color load_color(double fraction);

} // namespace daskd::ctl::top
