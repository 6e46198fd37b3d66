#pragma once

#include "common/json.hpp"

#include <string>

namespace daskd::config {

/// What an unquoted YAML scalar means to PyYAML, and so to Dask: null, a bool, a number (hexadecimal, octal
/// and sexagesimal ones too) or else a string. YAML 1.1: `on` is true, `1e9` without a point is a string.
[[nodiscard]] json resolve_scalar(std::string const& text);

} // namespace daskd::config
