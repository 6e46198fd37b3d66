#include "daemon/config/scalar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <regex>
#include <string_view>

namespace daskd::config {
namespace {

/// Longer ones are no numbers that anybody means, and std::regex recurses a frame a character.
constexpr std::size_t longest_number = 64;

template <std::size_t N>
bool is_one_of(std::string_view text, std::array<std::string_view, N> const& words) {
    return std::ranges::find(words, text) != words.end();
}

bool is_null(std::string_view text) {
    return is_one_of<5>(text, {"", "~", "null", "Null", "NULL"});
}

std::optional<bool> as_bool(std::string_view text) {
    if (is_one_of<9>(text, {"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})) return true;
    if (is_one_of<9>(text, {"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})) return false;
    return std::nullopt;
}

std::string without_underscores(std::string text) {
    std::erase(text, '_');
    return text;
}

/// `digits` in `base`; beyond 64 bits as a floating-point number.
json to_integer(std::string const& digits, int base, bool negative) {
    std::int64_t value = 0;
    auto const [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (end != digits.data() + digits.size() && failure == std::errc{}) return nullptr;
    if (failure == std::errc{}) return negative ? -value : value;
    double large = 0;
    for (char const c : digits)
        large = large * base + static_cast<double>(std::string_view("0123456789abcdef").find(c));
    return negative ? -large : large;
}

/// "1:30:00" or "1:30.5": each part 60 times the next.
double to_sexagesimal(std::string_view text) {
    double total = 0;
    while (true) {
        auto const colon = text.find(':');
        total = total * 60 + std::strtod(std::string(text.substr(0, colon)).c_str(), nullptr);
        if (colon == std::string_view::npos) return total;
        text.remove_prefix(colon + 1);
    }
}

json as_integer(std::string const& text) {
    static std::regex const pattern(
        "[-+]?(?:(0b[01_]+)|(0x[0-9a-fA-F_]+)|(0[0-7_]+)|(0|[1-9][0-9_]*)|([1-9][0-9_]*(?::[0-5]?[0-9])+))");
    std::smatch found;
    if (!std::regex_match(text, found, pattern)) return nullptr;
    bool const negative = text.front() == '-';
    auto const digits = [&](std::size_t group, std::size_t prefix) {
        auto written = without_underscores(found[static_cast<int>(group)].str().substr(prefix));
        std::ranges::transform(written, written.begin(), [](char c) {
            return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        return written;
    };
    if (found[1].matched) return to_integer(digits(1, 2), 2, negative);
    if (found[2].matched) return to_integer(digits(2, 2), 16, negative);
    if (found[3].matched) return to_integer(digits(3, 1), 8, negative);
    if (found[4].matched) return to_integer(digits(4, 0), 10, negative);
    auto const total = to_sexagesimal(digits(5, 0)) * (negative ? -1 : 1);
    if (std::abs(total) >= std::ldexp(1.0, 63)) return total; // as to_integer does
    return static_cast<std::int64_t>(total);
}

json as_float(std::string const& text) {
    static std::regex const plain(R"(([-+]?[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?)");
    static std::regex const sexagesimal(R"([-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)");
    static std::regex const infinite(R"([-+]?\.(?:inf|Inf|INF))");
    if (std::regex_match(text, plain)) return std::strtod(without_underscores(text).c_str(), nullptr);
    bool const negative = text.front() == '-';
    if (std::regex_match(text, sexagesimal)) {
        auto const start = static_cast<std::size_t>(negative || text.front() == '+');
        auto const total = to_sexagesimal(without_underscores(text.substr(start)));
        return negative ? -total : total;
    }
    auto const infinity = std::numeric_limits<double>::infinity();
    if (std::regex_match(text, infinite)) return negative ? -infinity : infinity;
    if (is_one_of<3>(text, {".nan", ".NaN", ".NAN"})) return std::numeric_limits<double>::quiet_NaN();
    return nullptr;
}

} // namespace

json resolve_scalar(std::string const& text) {
    if (is_null(text)) return nullptr;
    if (auto const truth = as_bool(text)) return *truth;
    if (text.size() > longest_number) return text;
    if (auto number = as_integer(text); !number.is_null()) return number;
    if (auto number = as_float(text); !number.is_null()) return number;
    return text;
}

} // namespace daskd::config
