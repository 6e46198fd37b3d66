#pragma once

#include "common/json.hpp"

#include <string>

namespace daskd::config {

/// `value` as YAML that reads as the same value: maps in blocks, everything else in one line. Strings are
/// quoted only where they would be taken for something else.
[[nodiscard]] std::string write_yaml(ordered_json const& map);

} // namespace daskd::config
