#pragma once

#include "common/exit_code.hpp"
#include "daemon/app/options.hpp"

#include <string>

namespace daskd::app {

/// `daskd config check|show|example|schema`: works without a daemon.
[[nodiscard]] exit_code config_command(std::string const& verb, options const& o);

/// Prints what is wrong with the configuration that daskd would start with. False: nothing is.
[[nodiscard]] std::string config_problems(options const& o);

} // namespace daskd::app
