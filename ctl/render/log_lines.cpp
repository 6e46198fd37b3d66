#include "ctl/render/log_lines.hpp"

#include "ctl/render/table.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace daskd::ctl {
namespace {

/// The same name has the same colour in every call.
color name_color(std::string_view name) {
    constexpr std::array hues{color::cyan, color::yellow, color::green, color::magenta, color::blue};
    auto const sum = std::accumulate(name.begin(), name.end(), std::size_t{0},
                                     [](std::size_t s, char c) { return s + static_cast<unsigned char>(c); });
    return hues[sum % hues.size()];
}

} // namespace

void log_prefixer::expect(std::string_view name) {
    width_ = std::max(width_, display_width(name));
}

std::string log_prefixer::render(std::string_view name, std::string_view line) {
    std::string text;
    if (is_prefixed_) {
        expect(name);
        auto prefix = std::string(name).append(width_ - display_width(name), ' ') + " |";
        text = paint_.paint(name_color(name), prefix) + " ";
    }
    return text.append(line) + "\n";
}

} // namespace daskd::ctl
