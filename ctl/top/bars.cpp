#include "ctl/top/bars.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace daskd::ctl::top {
namespace {

std::string repeated(std::string_view text, std::size_t n) {
    std::string all;
    while (n-- > 0)
        all += text;
    return all;
}

} // namespace

glyphs const& unicode_glyphs() {
    static glyphs const g{{" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"},
                          {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
                          "░",
                          "▒",
                          "▓",
                          "●",
                          "▸",
                          "…"};
    return g;
}

glyphs const& ascii_glyphs() {
    static glyphs const g{{" ", "-", "-", "-", "-", "=", "=", "=", "#"},
                          {" ", "_", "_", ".", ".", "-", "-", "=", "#"},
                          ".",
                          "+",
                          "!",
                          "*",
                          ">",
                          "~"};
    return g;
}

line bar(double fraction, std::size_t width, color hue, glyphs const& g) {
    constexpr std::size_t steps = 8;
    if (width == 0) return {};
    auto const share = std::isfinite(fraction) ? std::clamp(fraction, 0.0, 1.0) : 0.0;
    auto filled = static_cast<std::size_t>(std::lround(share * static_cast<double>(width * steps)));
    if (share > 0 && filled == 0) filled = 1;
    auto text = repeated(g.across[steps], filled / steps);
    auto rest = width - filled / steps;
    if (filled % steps != 0) {
        text += g.across.at(filled % steps);
        --rest;
    }
    return {{text, hue}, {repeated(g.track, rest), color::dim}};
}

std::string sparkline(std::deque<double> const& values, double full, std::size_t width, glyphs const& g) {
    constexpr double steps = 8;
    auto const shown = std::min(width, values.size());
    std::string text(width - shown, ' ');
    for (auto it = values.end() - static_cast<std::ptrdiff_t>(shown); it != values.end(); ++it) {
        auto const share = full > 0 && std::isfinite(*it) ? std::clamp(*it / full, 0.0, 1.0) : 0.0;
        // The lowest step is the line that shows where the history begins.
        text += g.up.at(static_cast<std::size_t>(1 + std::lround(share * (steps - 1))));
    }
    return text;
}

line stacked_bar(std::vector<segment> const& segments, std::size_t width) {
    auto const total =
        std::accumulate(segments.begin(), segments.end(), 0.0,
                        [](double sum, segment const& s) { return sum + static_cast<double>(s.amount); });
    line spans;
    if (total <= 0 || width == 0) return spans;
    std::vector<std::size_t> places;
    for (auto const& s : segments) {
        auto const share = static_cast<double>(s.amount) / total * static_cast<double>(width);
        places.push_back(s.amount == 0 ? 0 : std::max<std::size_t>(1, static_cast<std::size_t>(share)));
    }
    // What rounding took or gave is the largest one's.
    auto const sum = std::accumulate(places.begin(), places.end(), std::size_t{0});
    auto const largest = std::ranges::max_element(places);
    *largest = *largest + width > sum ? *largest + width - sum : 1;
    for (std::size_t i = 0; i < segments.size(); ++i)
        if (places[i] > 0) spans.push_back({repeated(segments[i].glyph, places[i]), segments[i].hue});
    return spans;
}

color load_color(double fraction) {
    constexpr double high = 0.7;
    constexpr double critical = 0.9;
    if (fraction >= critical) return color::red;
    return fraction >= high ? color::yellow : color::green;
}

} // namespace daskd::ctl::top
