#include "daemon/core/backoff.hpp"

#include <algorithm>

namespace daskd::core {

milliseconds restart_delay(int attempt, config::backoff_settings const& settings, double jitter) {
    if (attempt <= 0) return milliseconds{0};
    constexpr int max_doublings = 30;
    auto base = static_cast<double>(settings.initial.count());
    for (int i = 1; i < attempt && i <= max_doublings; ++i)
        base *= 2;
    auto const delay = std::min(base * (0.75 + 0.5 * jitter), static_cast<double>(settings.max.count()));
    return milliseconds{static_cast<milliseconds::rep>(delay)};
}

bool restart_history::allows(std::optional<config::restart_budget> const& budget, time_point now) {
    if (!budget) return true;
    while (!restarts_.empty() && now - restarts_.front() > budget->within)
        restarts_.pop_front();
    if (std::cmp_greater_equal(restarts_.size(), budget->count)) return false;
    restarts_.push_back(now);
    return true;
}

} // namespace daskd::core
