#pragma once

#include "ctl/render/style.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace daskd::ctl::top {

/// A piece of a line in one colour.
struct span {
    std::string text; ///< UTF-8, without control characters
    color hue = color::plain;
    bool is_bold = false;
    bool is_reversed = false;

    bool operator==(span const&) const = default;
};

using line = std::vector<span>;
/// What a screen shows, line by line.
using frame = std::vector<line>;

struct extent {
    std::size_t rows = 0;
    std::size_t columns = 0;
};

[[nodiscard]] std::size_t width_of(line const& l);
/// Its text alone, without blanks at the end.
[[nodiscard]] std::string text_of(line const& l);

/// Without what would move the cursor: tabs become blanks, colours and other control sequences go.
[[nodiscard]] std::string printable(std::string_view text);

/// Fills a line from left to right. What does not fit is cut.
class line_writer {
public:
    line_writer(std::size_t width, std::string_view ellipsis) : width_(width), ellipsis_(ellipsis) {}

    line_writer& add(std::string_view text, color hue = color::plain, bool is_bold = false);
    line_writer& add(line const& spans);
    /// Blanks up to a column; one at least where something is there already.
    line_writer& to(std::size_t column);
    /// `text` in a field of so many places, aligned to the left or to the right.
    line_writer& field(std::string_view text, std::size_t places, bool is_number = false,
                       color hue = color::plain);
    [[nodiscard]] std::size_t room() const { return width_ - used_; }

    /// The line; `is_reversed`: as a bar over the whole width.
    [[nodiscard]] line take(bool is_reversed = false);

private:
    std::size_t width_;
    std::string ellipsis_;
    std::size_t used_ = 0;
    line spans_;
};

} // namespace daskd::ctl::top
