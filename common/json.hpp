#pragma once

#include "common/error.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace daskd {

/// JSON as we read it. Keys are sorted, so that hostile input cannot make look-ups slow.
using json = nlohmann::json;
/// JSON as we show it: keys in the order in which they were written.
using ordered_json = nlohmann::ordered_json;

/// Parses one JSON text. Nesting deeper than `max_depth` is refused. Never throws.
[[nodiscard]] result<json> parse_json(std::string_view text, int max_depth = 64);

/// One line of UTF-8 without a line end; invalid UTF-8 is replaced, never thrown at.
[[nodiscard]] std::string to_line(json const& value);
[[nodiscard]] std::string to_line(ordered_json const& value);

} // namespace daskd
