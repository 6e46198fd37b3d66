#pragma once

#include "daemon/config/settings.hpp"
#include "daemon/core/exit_verdict.hpp"

namespace daskd::core {

/// What becomes of a wanted process that has ended.
enum class next_step {
    at_once,   ///< somebody wanted it to start anew: no failure
    later,     ///< a failure: again, after its backoff and within its budget
    stay_away, ///< somebody wanted it gone, and its pool leaves it at that
    give_up,   ///< a failure, and its pool wants no restart
};

/// Why it ended decides, not how: an exit code of 0 can mean anything.
///
/// | ended because                                | always    | on-failure | never     |
/// | its owner or Client.restart() restarted it   | at_once   | at_once    | at_once   |
/// | its scheduler, lifetime, job or host's tolerance ended | at_once   | at_once    | at_once   |
/// | a client retired it, or cancelled its job    | at_once   | stay_away  | stay_away |
/// | nobody asked, or daskd had to end it         | later     | later      | give_up   |
[[nodiscard]] next_step after_end(ending why, config::restart_policy policy);

/// From the end after this many in a row on, a process is in a crash loop.
inline constexpr int loop_begins_at = 6;

/// Whether the comings and goings after so many ends in a row are told one by one. In a crash loop only each
/// doubling is, so that one broken worker does not push everything else out of the history.
[[nodiscard]] bool is_worth_telling(int attempt);

} // namespace daskd::core
