#include "ctl/render/units.hpp"

#include "common/durations.hpp"

#include <algorithm>
#include <cmath>

namespace daskd::ctl {

std::string show_duration(double seconds) {
    return format_duration(std::chrono::milliseconds(std::llround(std::max(seconds, 0.0) * 1000)));
}

std::string show_count(std::uint64_t n, std::string const& noun) {
    return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

std::string in_a_line(std::string const& text) {
    auto const first_end = text.find('\n');
    if (first_end == std::string::npos) return text;
    auto const how = text.substr(0, std::min(first_end, text.find(';')));
    return how + ": " + text.substr(text.find_last_of('\n') + 1);
}

} // namespace daskd::ctl
