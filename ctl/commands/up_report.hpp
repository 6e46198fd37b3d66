#pragma once

#include "ctl/context.hpp"
#include "ctl/verb.hpp"

namespace daskd::ctl {

/// Warnings, and what is not as it should be, to stderr; nothing where all is well.
void tell_problems(json const& reply);

/// Tells how `up` or `restart` ended: warnings and problems as messages, then what the user will want to type
/// next. `reply` is the result of `cluster.up`; `waited` is false after --no-wait. `degraded` if something
/// does not run though it was waited for.
[[nodiscard]] result<exit_code> report_up(context const& ctx, client& daemon, json const& reply, bool waited);

/// The exit code that such a reply means.
[[nodiscard]] exit_code up_exit_code(json const& reply, bool waited);

} // namespace daskd::ctl
