#include "common/bytes.hpp"

#include "common/amount.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <optional>

namespace daskd {
namespace {

constexpr std::string_view prefixes = "kmgtp";

error bad_size(std::string_view text, std::string const& why) {
    return {errc::usage, "'" + std::string(text) + "' " + why,
            "write a number and a unit, such as 500MB or 4GiB"};
}

/// "", "b", "k", "kb", "ki", "kib" and so on, in bytes.
std::optional<double> unit_bytes(std::string_view unit) {
    if (unit.empty() || unit == "b") return 1;
    auto const power = prefixes.find(unit.front());
    if (power == std::string_view::npos) return std::nullopt;
    auto const rest = unit.substr(1);
    auto const exponent = static_cast<double>(power + 1);
    if (rest.empty() || rest == "b") return std::pow(1000.0, exponent);
    if (rest == "i" || rest == "ib") return std::pow(1024.0, exponent);
    return std::nullopt;
}

} // namespace

result<std::uint64_t> parse_bytes(std::string_view text) {
    auto const read = parse_amount(text);
    if (!read) return bad_size(text, "is no size");
    auto const unit = unit_bytes(read->unit);
    if (!unit) return bad_size(text, "is no size: '" + read->unit + "' is no unit of memory");
    double const bytes = read->number * *unit;
    if (bytes < 0) return bad_size(text, "is less than nothing");
    if (bytes >= std::ldexp(1.0, 63)) return bad_size(text, "is too large");
    return static_cast<std::uint64_t>(bytes);
}

std::string format_bytes(std::uint64_t bytes) {
    if (bytes < 1024) return std::to_string(bytes) + " B";
    constexpr std::array<char const*, 6> names{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = static_cast<double>(bytes) / 1024;
    std::size_t name = 0;
    // Rounded before it is compared, so that there is no "1024 KiB".
    while (std::round(value * 10) >= 10240 && name + 1 < names.size()) {
        value /= 1024;
        ++name;
    }
    auto const tenths = std::llround(value * 10);
    auto text = std::to_string(tenths / 10);
    if (tenths % 10 != 0) text += "." + std::to_string(tenths % 10);
    return text + " " + names.at(name);
}

} // namespace daskd
