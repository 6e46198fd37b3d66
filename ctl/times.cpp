#include "ctl/times.hpp"

#include "common/durations.hpp"

#include <charconv>
#include <ctime>
#include <string>

namespace daskd::ctl {
namespace {

/// What may stand behind the seconds: nothing, or ".250"; a final Z changes nothing.
std::optional<double> parse_fraction(std::string_view text) {
    if (text.ends_with('Z')) text.remove_suffix(1);
    if (text.empty()) return 0;
    if (!text.starts_with('.')) return std::nullopt;
    double part = 0;
    auto const* const end = text.data() + text.size();
    auto const [stop, failure] = std::from_chars(text.data(), end, part, std::chars_format::fixed);
    if (failure != std::errc() || stop != end) return std::nullopt;
    return part;
}

} // namespace

std::optional<seconds> parse_moment(std::string_view text, seconds now) {
    if (auto const ago = parse_duration(text)) return now - *ago;
    std::string const whole(text);
    for (auto const* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"}) {
        std::tm parts{};
        char const* const rest = ::strptime(whole.c_str(), format, &parts);
        if (rest == nullptr) continue;
        if (auto const fraction = parse_fraction(rest))
            return seconds(static_cast<double>(::timegm(&parts)) + *fraction);
    }
    return std::nullopt;
}

} // namespace daskd::ctl
