#pragma once

#include "daemon/config/settings.hpp"
#include "daemon/core/time.hpp"

#include <deque>

namespace daskd::core {

/// How long to wait before restart number `attempt` (0 is the first since the process was last healthy: at
/// once). Later ones double from `initial` to `max`. `jitter` in [0, 1) spreads a delay over 75 % to 125 % of
/// itself, never beyond `max`, so that what died together does not come back together.
[[nodiscard]] milliseconds restart_delay(int attempt, config::backoff_settings const& settings,
                                         double jitter);

/// How long after a failed start of an agent, or a lost link to its host, it is tried again: as for
/// processes, less eager. For ever.
inline constexpr config::backoff_settings agent_backoff{milliseconds{500}, milliseconds{30'000},
                                                        milliseconds{10'000}};

/// The same after a queue has refused a job: whoever runs it should not mind.
inline constexpr config::backoff_settings submit_backoff{milliseconds{1'000}, milliseconds{300'000},
                                                         milliseconds{10'000}};

/// Counts restarts against a budget of `count` within a time.
class restart_history {
public:
    /// Notes a restart that is about to happen. False: the budget is spent, it must not.
    [[nodiscard]] bool allows(std::optional<config::restart_budget> const& budget, time_point now);
    void clear() { restarts_.clear(); }
    /// Restarts that counted when it was last asked.
    [[nodiscard]] int spent() const { return static_cast<int>(restarts_.size()); }

private:
    std::deque<time_point> restarts_;
};

} // namespace daskd::core
