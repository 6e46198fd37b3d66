#pragma once

#include "common/exit_code.hpp"

#include <string>
#include <vector>

namespace daskd::ctl {

/// daskctl as a function: carries out the command line that follows the program's name. Never throws.
[[nodiscard]] exit_code run(std::vector<std::string> arguments);

} // namespace daskd::ctl
