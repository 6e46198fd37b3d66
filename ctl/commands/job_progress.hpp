#pragma once

#include "common/exit_code.hpp"
#include "ctl/context.hpp"

#include <string>

namespace daskd::ctl {

/// Shows on stderr how a job comes on, until it has ended: a bar on a terminal, else a line now and then. The
/// job as it is then.
[[nodiscard]] result<json> watch_job(context const& ctx, std::string const& job);

/// 0 if all its calls have finished; else it says why not.
[[nodiscard]] exit_code report_end(json const& job);

} // namespace daskd::ctl
