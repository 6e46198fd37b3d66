#pragma once

#include "daemon/config/node.hpp"

#include <optional>
#include <string_view>

namespace daskd::config {

/// Reads `text` as Python's ast.literal_eval would: numbers, True, False, None, strings, lists, tuples, sets
/// and dicts. Every part gets `at` as its origin. Empty if it is none of them (bytes and complex numbers are
/// not): Dask then takes the text itself.
[[nodiscard]] std::optional<node> read_python_literal(std::string_view text, origin const& at);

} // namespace daskd::config
