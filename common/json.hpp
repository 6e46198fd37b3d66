#pragma once

#include "common/error.hpp"

#include <nlohmann/json.hpp>

#include <concepts>
#include <string_view>
#include <utility>

namespace daskd {

/// Numbers that do not fit are errors: nlohmann cuts them, so that 4294967298 workers would be 2.
template <class T, class = void>
struct strict_serializer : nlohmann::adl_serializer<T> {};

/// JSON as we read it. Keys are sorted, so that hostile input cannot make look-ups slow.
using json = nlohmann::basic_json<std::map, std::vector, std::string, bool, std::int64_t, std::uint64_t,
                                  double, std::allocator, strict_serializer>;
/// JSON as we show it: keys in the order in which they were written.
using ordered_json = nlohmann::ordered_json;

template <std::integral T>
requires(!std::same_as<T, bool>) struct strict_serializer<T> : nlohmann::adl_serializer<T> {
    template <class J>
    static void from_json(J const& value, T& into) {
        bool fits = false;
        auto const read = [&](auto const* number) {
            fits = number != nullptr && std::in_range<T>(*number);
            if (fits) into = static_cast<T>(*number);
        };
        if (value.is_number_unsigned())
            read(value.template get_ptr<std::uint64_t const*>());
        else
            read(value.template get_ptr<std::int64_t const*>());
        if (fits) return;
        auto const what = value.is_number() ? value.dump() : std::string("type ") + value.type_name();
        throw J::type_error::create(302, what + " is no whole number in range", &value);
    }
};

/// Parses one JSON text. Nesting deeper than `max_depth` is refused. Never throws.
[[nodiscard]] result<json> parse_json(std::string_view text, int max_depth = 64);

/// One line of UTF-8 without a line end; invalid UTF-8 is replaced, never thrown at.
[[nodiscard]] std::string to_line(json const& value);
[[nodiscard]] std::string to_line(ordered_json const& value);

} // namespace daskd
