#pragma once

#include <CLI/Validators.hpp>

namespace daskd::ctl {

/// Accepts whole numbers from `minimum` to a million, and says so of anything else.
[[nodiscard]] CLI::Validator whole_number(int minimum);

} // namespace daskd::ctl
