#pragma once

#include "common/exit_code.hpp"
#include "daemon/app/options.hpp"

namespace daskd::app {

/// `daskd doctor`: looks around and prints the findings as JSON. The standard input is what daskctl has heard
/// of a running daskd (survey/told.hpp), or empty. 1: something is wrong.
[[nodiscard]] exit_code doctor_command(options const& o);

} // namespace daskd::app
