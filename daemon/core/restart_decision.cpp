#include "daemon/core/restart_decision.hpp"

#include <bit>

namespace daskd::core {

next_step after_end(ending why, config::restart_policy policy) {
    using config::restart_policy;
    switch (why) {
    case ending::requested:
    case ending::client_restart:
    case ending::scheduler_lost:
    case ending::lifetime:
    case ending::host_away:
    case ending::agent_lost:
    case ending::job_over:
    case ending::shutdown:
    case ending::idle: return next_step::at_once;
    case ending::job_cancelled:
    case ending::retired: return policy == restart_policy::always ? next_step::at_once : next_step::stay_away;
    case ending::none:
    case ending::start_timeout:
    case ending::hung:
    case ending::cut_off: break;
    }
    return policy == restart_policy::never ? next_step::give_up : next_step::later;
}

bool is_worth_telling(int attempt) {
    return attempt < loop_begins_at || std::has_single_bit(static_cast<unsigned>(attempt));
}

} // namespace daskd::core
