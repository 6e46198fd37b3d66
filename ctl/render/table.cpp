#include "ctl/render/table.hpp"

#include <algorithm>

namespace daskd::ctl {
namespace {

struct measured {
    column const* what;
    std::size_t width;
};

bool starts_code_point(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

std::vector<measured> measure(std::vector<column> const& columns) {
    std::vector<measured> used;
    for (auto const& c : columns) {
        if (std::ranges::all_of(c.cells, [](cell const& x) { return x.text.empty(); })) continue;
        auto width = display_width(c.title);
        for (auto const& x : c.cells)
            width = std::max(width, display_width(x.text));
        used.push_back({&c, width});
    }
    return used;
}

/// `gap` collects the spaces before the next text, so that none are left at the end of a line.
void append(std::string& line, std::size_t& gap, measured const& c, cell const& x, style const& paint) {
    auto const fill = c.width - display_width(x.text);
    if (c.what->is_number) gap += fill;
    if (!x.text.empty()) {
        line.append(gap, ' ').append(paint.paint(x.paint, x.text));
        gap = 0;
    }
    gap += (c.what->is_number ? 0 : fill) + 2;
}

} // namespace

std::string cut_to(std::string_view text, std::size_t width, std::string_view ellipsis) {
    if (display_width(text) <= width) return std::string(text);
    if (width == 0) return {};
    std::size_t end = 0;
    for (auto places = width - 1; end < text.size(); ++end)
        if (starts_code_point(text[end]) && places-- == 0) break;
    return std::string(text.substr(0, end)).append(ellipsis);
}

std::size_t display_width(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, starts_code_point));
}

std::string render_table(std::vector<column> const& columns, style const& paint) {
    auto const used = measure(columns);
    if (used.empty()) return {};
    std::string text;
    auto const add_line = [&](auto const& cell_of) {
        std::size_t gap = 0;
        for (auto const& c : used)
            append(text, gap, c, cell_of(*c.what), paint);
        text += '\n';
    };
    add_line([](column const& c) { return cell{c.title, color::dim}; });
    for (std::size_t row = 0; row < used.front().what->cells.size(); ++row)
        add_line([row](column const& c) { return c.cells.at(row); });
    return text;
}

} // namespace daskd::ctl
