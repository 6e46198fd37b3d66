#include "common/bytes.hpp"
#include "common/durations.hpp"
#include "daemon/config/codec.hpp"

#include <array>
#include <charconv>

namespace daskd::config {
namespace {

/// Dask itself takes more than this before the first task.
constexpr std::uint64_t smallest_worker_bytes = 100'000'000;

/// A unit that divides `amount` without a rest, largest first; the last one always does.
template <class Amount, std::size_t N>
ordered_json in_largest_unit(Amount amount, std::array<std::pair<Amount, char const*>, N> const& units) {
    for (auto const& [unit, name] : units)
        if (amount != 0 && amount % unit == 0) return std::to_string(amount / unit) + name;
    return 0;
}

ordered_json write_bytes(std::uint64_t bytes) {
    return in_largest_unit<std::uint64_t, 7>(bytes, {{{std::uint64_t{1} << 40, "TiB"},
                                                      {std::uint64_t{1} << 30, "GiB"},
                                                      {std::uint64_t{1} << 20, "MiB"},
                                                      {std::uint64_t{1} << 10, "KiB"},
                                                      {1'000'000'000, "GB"},
                                                      {1'000'000, "MB"},
                                                      {1, "B"}}});
}

/// A number and a unit, or one of them.
constexpr auto amount_pattern = "^ *([0-9.]+([eE][-+]?[0-9]+)?)? *[a-zA-Z]* *$";

ordered_json quantity_schema(std::string const& pattern) {
    return any_of({{"type", "number"}, {"minimum", 0}}, {{"type", "string"}, {"pattern", pattern}});
}

bool is_quantity(node const& value) {
    return value.is == node::kind::scalar && (value.value.is_string() || value.value.is_number());
}

/// "0.25", ".5", "-1.5": what is written with a point but without exponent or unit is a fraction.
std::optional<double> as_fraction(std::string const& text) {
    if (text.find('.') == std::string::npos) return std::nullopt;
    double value = 0;
    auto const* end = text.data() + text.size();
    auto const [stop, failure] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
    if (failure != std::errc{} || stop != end) return std::nullopt;
    return value;
}

std::optional<memory_setting> read_memory(node const& value, reading const& at) {
    constexpr auto expected =
        "a size such as 4GiB or a fraction of the host's memory such as 0.25 or none or auto";
    auto const fail = [&](std::string text) {
        at.fail(value.at, std::move(text));
        return std::nullopt;
    };
    memory_setting memory;
    if (value.value == "auto") return memory;
    if (value.value == "none") {
        memory.is = memory_setting::kind::none;
        return memory;
    }
    if (!is_quantity(value)) {
        at.mismatch(value, expected);
        return std::nullopt;
    }
    if (auto const fraction = as_fraction(value.text)) {
        if (!(*fraction > 0 && *fraction <= 1))
            return fail("a fraction of the host's memory is above 0 and at most 1");
        memory.is = memory_setting::kind::fraction;
        memory.fraction = *fraction;
        return memory;
    }
    auto const bytes = parse_bytes(value.text);
    if (!bytes) {
        at.mismatch(value, expected);
        return std::nullopt;
    }
    if (*bytes < smallest_worker_bytes)
        return fail(value.text + " is too small for a Dask worker (below 100 MB)");
    memory.is = memory_setting::kind::bytes;
    memory.bytes = *bytes;
    return memory;
}

ordered_json write_memory(memory_setting const& memory) {
    switch (memory.is) {
    case memory_setting::kind::automatic: return "auto";
    case memory_setting::kind::none: return "none";
    case memory_setting::kind::bytes: return write_bytes(memory.bytes);
    case memory_setting::kind::fraction: return memory.fraction;
    }
    return nullptr;
}

bool is_port(std::string_view text, int min) {
    int port = -1;
    auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
    return failure == std::errc{} && end == text.data() + text.size() && port >= min && port <= 65535;
}

std::optional<dashboard_setting> read_dashboard(node const& value, reading const& at) {
    dashboard_setting dashboard;
    if (value.value == "auto" || value.value == true) return dashboard;
    if (value.value == false) {
        dashboard.wanted = false;
        return dashboard;
    }
    if (value.value.is_string() || value.value.is_number_integer()) {
        auto const colon = value.text.rfind(':');
        if (colon == std::string::npos && is_port(value.text, 1)) { // loopback: a bare port asks for no more
            dashboard.address = "127.0.0.1:" + value.text;
            return dashboard;
        }
        bool const has_space = value.text.find_first_of(" \t/") != std::string::npos;
        if (colon != std::string::npos && !has_space &&
            is_port(std::string_view(value.text).substr(colon + 1), 0)) {
            dashboard.address = value.text;
            return dashboard;
        }
    }
    at.mismatch(value, "an address such as 127.0.0.1:8787 or false or auto");
    return std::nullopt;
}

} // namespace

codec<bool> yes_or_no() {
    return {[](node const& value, reading const& at) -> std::optional<bool> {
                if (value.value.is_boolean()) return value.value.get<bool>();
                at.mismatch(value, "true or false");
                return std::nullopt;
            },
            [](bool value) { return ordered_json(value); },
            {{"type", "boolean"}}};
}

codec<int> whole(int min, int max) {
    return {[=](node const& value, reading const& at) -> std::optional<int> {
                if (value.value.is_number_integer()) {
                    auto const number = value.value.get<std::int64_t>();
                    if (number >= min && number <= max) return static_cast<int>(number);
                }
                at.mismatch(value,
                            "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
                return std::nullopt;
            },
            [](int value) { return ordered_json(value); },
            {{"type", "integer"}, {"minimum", min}, {"maximum", max}}};
}

codec<std::string> text(std::string expected) {
    return {[expected](node const& value, reading const& at) -> std::optional<std::string> {
                bool const is_usable = value.value.is_string() && !value.text.empty() &&
                                       value.text.find('\0') == std::string::npos;
                if (is_usable) return value.text;
                at.mismatch(value, expected);
                return std::nullopt;
            },
            [](std::string const& value) { return ordered_json(value); },
            {{"type", "string"}, {"minLength", 1}}};
}

codec<std::string> line(std::string expected) {
    return {[expected](node const& value, reading const& at) -> std::optional<std::string> {
                bool const is_usable =
                    is_quantity(value) && !value.text.empty() &&
                    value.text.find_first_of(std::string_view("\0\r\n", 3)) == std::string::npos;
                if (is_usable) return value.text;
                at.mismatch(value, expected);
                return std::nullopt;
            },
            [](std::string const& value) { return ordered_json(value); },
            {{"type", {"string", "number"}}, {"minLength", 1}}};
}

codec<milliseconds> duration(milliseconds min) {
    return {[min](node const& value, reading const& at) -> std::optional<milliseconds> {
                if (is_quantity(value)) {
                    auto const read = parse_duration(value.text);
                    if (read && *read >= min) return *read;
                    if (read || value.text.starts_with('-')) {
                        at.fail(value.at, value.text + " is too short (below " + format_duration(min) + ")");
                        return std::nullopt;
                    }
                }
                at.mismatch(value, "a duration such as 100ms, 10s or 5min");
                return std::nullopt;
            },
            [](milliseconds value) {
                return in_largest_unit<milliseconds::rep, 4>(
                    value.count(), {{{3'600'000, "h"}, {60'000, "min"}, {1'000, "s"}, {1, "ms"}}});
            },
            quantity_schema(std::string(amount_pattern) + "|^ *[0-9]+(:[0-9]+){1,2} *$")};
}

codec<std::uint64_t> size(std::uint64_t min) {
    return {[min](node const& value, reading const& at) -> std::optional<std::uint64_t> {
                auto const read = is_quantity(value) ? parse_bytes(value.text) : error{};
                if (read && *read >= min) return *read;
                if (read)
                    at.fail(value.at, value.text + " is too small (below " + format_bytes(min) + ")");
                else
                    at.mismatch(value, "a size such as 16MiB");
                return std::nullopt;
            },
            [](std::uint64_t value) { return write_bytes(value); }, quantity_schema(amount_pattern)};
}

codec<memory_setting> memory() {
    return {read_memory, write_memory, any_of({{"enum", {"auto", "none"}}}, quantity_schema(amount_pattern))};
}

codec<double> fraction_or_never() {
    return {
        [](node const& value, reading const& at) -> std::optional<double> {
            if (value.value == false || value.value == "none") return 0;
            if (value.value.is_number()) {
                auto const fraction = value.value.get<double>();
                if (fraction > 0 && fraction <= 1) return fraction;
            }
            at.mismatch(value, "a fraction above 0 and at most 1 such as 0.95 or false");
            return std::nullopt;
        },
        [](double value) { return value > 0 ? ordered_json(value) : ordered_json(false); },
        any_of({{"enum", {false, "none"}}}, {{"type", "number"}, {"exclusiveMinimum", 0}, {"maximum", 1}})};
}

codec<dashboard_setting> dashboard() {
    return {read_dashboard,
            [](dashboard_setting const& dashboard) -> ordered_json {
                if (!dashboard.wanted) return false;
                return dashboard.address.value_or("auto");
            },
            any_of({{"enum", {"auto", true, false}}},
                   any_of({{"type", "integer"}, {"minimum", 1}, {"maximum", 65535}},
                          {{"type", "string"}, {"pattern", "^([^ \t/]*:)?[0-9]+$"}}))};
}

} // namespace daskd::config
