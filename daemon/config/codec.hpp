#pragma once

#include "daemon/config/key_doc.hpp"
#include "daemon/config/node.hpp"
#include "daemon/config/reading.hpp"
#include "daemon/config/settings.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace daskd::config {

/// How one kind of value is read from the configuration, and shown.
template <class T>
struct codec {
    /// Checks as well as reads; empty after having complained.
    std::function<std::optional<T>(node const&, reading const&)> read;
    /// So that reading it gives the value again.
    std::function<ordered_json(T const&)> write;
    /// JSON Schema of what it reads; it may take more than `read` does, never less.
    ordered_json schema = ordered_json::object();
};

/// A whole number from `min` to `max`.
[[nodiscard]] codec<int> whole(int min, int max);
/// true or false.
[[nodiscard]] codec<bool> yes_or_no();
/// Text without NUL that is not empty.
[[nodiscard]] codec<std::string> text(std::string expected);
/// Text as it is written, numbers too, on one line that is not empty.
[[nodiscard]] codec<std::string> line(std::string expected);
/// At least `min`; written with a unit, or as a number of seconds.
[[nodiscard]] codec<milliseconds> duration(milliseconds min);
/// A number of bytes, at least `min`.
[[nodiscard]] codec<std::uint64_t> size(std::uint64_t min);
[[nodiscard]] codec<memory_setting> memory();
/// A fraction above 0 and at most 1; false or none, which are 0, for never.
[[nodiscard]] codec<double> fraction_or_never();
[[nodiscard]] codec<dashboard_setting> dashboard();

/// Strings (numbers count as they are written); one string is a list of one, null an empty list. `complaint`
/// judges each.
using text_check = std::function<std::optional<std::string>(std::string const&)>;
[[nodiscard]] codec<std::vector<std::string>> texts(text_check complaint = {});
/// Lines of a script.
[[nodiscard]] codec<std::vector<std::string>> lines();
/// Worker names: valid, different, and none that daskd or Dask takes for something else.
[[nodiscard]] codec<std::vector<std::string>> worker_names();
/// Names of Python modules.
[[nodiscard]] codec<std::vector<std::string>> modules();
/// Environment variables; numbers and booleans become their text as written.
[[nodiscard]] codec<std::map<std::string, std::string>> variables();
/// Amounts by name, none of them negative.
[[nodiscard]] codec<std::map<std::string, double>> amounts();

/// One of several words.
template <class E>
codec<E> choice(std::vector<std::pair<std::string, E>> words) {
    std::string expected;
    for (auto const& [word, value] : words)
        expected += (expected.empty() ? "" : " or ") + word;
    auto possible = ordered_json::array();
    for (auto const& [word, value] : words)
        possible.push_back(word);
    return {[words, expected](node const& value, reading const& at) -> std::optional<E> {
                for (auto const& [word, meaning] : words)
                    if (value.value == word) return meaning;
                at.mismatch(value, expected);
                return std::nullopt;
            },
            [words](E const& value) -> ordered_json {
                for (auto const& [word, meaning] : words)
                    if (meaning == value) return word;
                return nullptr;
            },
            {{"enum", std::move(possible)}}};
}

/// `auto`, which is the empty optional, or what `inner` reads.
template <class T>
codec<std::optional<T>> automatic_or(codec<T> inner) {
    return {
        [inner](node const& value, reading const& at) -> std::optional<std::optional<T>> {
            if (value.value == "auto") return std::optional<T>();
            auto read = inner.read(value, at.or_else("auto"));
            return read ? std::optional(read) : std::nullopt;
        },
        [inner](std::optional<T> const& value) { return value ? inner.write(*value) : ordered_json("auto"); },
        any_of({{"const", "auto"}}, inner.schema)};
}

/// null, which is the empty optional, or what `inner` reads.
template <class T>
codec<std::optional<T>> null_or(codec<T> inner) {
    return {[inner](node const& value, reading const& at) -> std::optional<std::optional<T>> {
                if (value.is_null()) return std::optional<T>();
                auto read = inner.read(value, at.or_else("null"));
                return read ? std::optional(read) : std::nullopt;
            },
            [inner](std::optional<T> const& value) {
                return value ? inner.write(*value) : ordered_json(nullptr);
            },
            any_of({{"type", "null"}}, inner.schema)};
}

} // namespace daskd::config
