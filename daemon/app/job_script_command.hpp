#pragma once

#include "common/exit_code.hpp"
#include "daemon/app/options.hpp"

#include <string>

namespace daskd::app {

/// `daskd job-script POOL`: prints the script of the pool's first job. Works without a daemon.
[[nodiscard]] exit_code job_script_command(std::string const& pool, options const& o);

} // namespace daskd::app
