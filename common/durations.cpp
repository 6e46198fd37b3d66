#include "common/durations.hpp"

#include "common/amount.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

namespace daskd {
namespace {

using std::chrono::milliseconds;

constexpr double second_ms = 1e3;
constexpr double minute_ms = 60 * second_ms;
constexpr double hour_ms = 60 * minute_ms;
constexpr double day_ms = 24 * hour_ms;
constexpr double week_ms = 7 * day_ms;
constexpr double longest_ms = 100 * 365.25 * day_ms; // a time point, in nanoseconds, ends after 292 years

constexpr std::array<std::pair<std::string_view, double>, 17> units{{
    {"", second_ms},
    {"ns", 1e-6},
    {"nanosecond", 1e-6},
    {"us", 1e-3},
    {"microsecond", 1e-3},
    {"ms", 1},
    {"millisecond", 1},
    {"s", second_ms},
    {"second", second_ms},
    {"m", minute_ms},
    {"min", minute_ms},
    {"minute", minute_ms},
    {"h", hour_ms},
    {"hour", hour_ms},
    {"d", day_ms},
    {"day", day_ms},
    {"w", week_ms},
}};

error bad_duration(std::string_view text, std::string const& why) {
    return {errc::usage, "'" + std::string(text) + "' " + why,
            "write a number and a unit, such as 100ms, 10s, 5min, 2h"};
}

std::optional<double> unit_ms(std::string_view unit) {
    if (unit == "week" || unit == "weeks") return week_ms;
    auto const find = [](std::string_view name) {
        return std::ranges::find(units, name, [](auto u) { return u.first; });
    };
    auto found = find(unit);
    // Only the words have a plural: "ss" is nothing.
    if (found == units.end() && unit.size() > 3 && unit.ends_with('s'))
        found = find(unit.substr(0, unit.size() - 1));
    if (found == units.end()) return std::nullopt;
    return found->second;
}

/// "HH:MM:SS" or "MM:SS", in seconds; each part may exceed 59, as queues allow.
std::optional<double> clock_seconds(std::string_view text) {
    double total = 0;
    int parts = 0;
    while (true) {
        auto const colon = text.find(':');
        auto const digits = text.substr(0, colon);
        std::uint32_t part = 0;
        auto const [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), part);
        if (failure != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
        total = total * 60 + part;
        ++parts;
        if (colon == std::string_view::npos) break;
        text.remove_prefix(colon + 1);
    }
    if (parts > 3) return std::nullopt;
    return total;
}

} // namespace

result<milliseconds> parse_duration(std::string_view text) {
    double ms = 0;
    if (text.find(':') != std::string_view::npos) {
        auto const seconds = clock_seconds(text);
        if (!seconds) return bad_duration(text, "is no duration");
        ms = *seconds * second_ms;
    } else {
        auto const read = parse_amount(text);
        if (!read) return bad_duration(text, "is no duration");
        auto const unit = unit_ms(read->unit);
        if (!unit) return bad_duration(text, "is no duration: '" + read->unit + "' is no unit of time");
        ms = read->number * *unit;
    }
    if (ms < 0) return bad_duration(text, "is less than nothing");
    if (ms > longest_ms) return bad_duration(text, "is too long");
    auto const whole = std::llround(ms);
    return milliseconds(whole == 0 && ms > 0 ? 1 : whole);
}

milliseconds from_seconds(double seconds) {
    return milliseconds(std::llround(std::clamp(seconds * second_ms, -longest_ms, longest_ms)));
}

std::string format_duration(milliseconds duration) {
    auto const ms = duration.count();
    if (ms < 0) return "-" + format_duration(-duration);
    if (ms < 1000) return std::to_string(ms) + "ms";
    if (ms < 10'000) {
        auto const tenths = ms / 100;
        return std::to_string(tenths / 10) + (tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10)) +
               "s";
    }
    auto const two = [](std::int64_t large, char const* large_unit, std::int64_t small,
                        char const* small_unit) {
        auto text = std::to_string(large) + large_unit;
        if (small != 0) text += " " + std::to_string(small) + small_unit;
        return text;
    };
    auto const s = ms / 1000;
    if (s < 60) return std::to_string(s) + "s";
    if (s < 3600) return two(s / 60, "m", s % 60, "s");
    if (s < 86'400) return two(s / 3600, "h", s % 3600 / 60, "m");
    return two(s / 86'400, "d", s % 86'400 / 3600, "h");
}

} // namespace daskd
