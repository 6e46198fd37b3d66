#pragma once

#include "daemon/core/plan.hpp"

#include <string>
#include <vector>

namespace daskd::core {

/// What a new plan does to one process.
enum class change_kind {
    start,   ///< it is new
    stop,    ///< it is wanted no more
    restart, ///< it is started differently
    update,  ///< only the rules of its supervision differ: nothing is touched
};

struct change {
    std::string name; ///< a worker, "scheduler", a pool whose adaptation differs, or "daskd"
    change_kind kind;
    std::string reason; ///< "threads 1 → 2"
};

/// What differs, worker by worker; the scheduler first. Equal plans: nothing.
[[nodiscard]] std::vector<change> diff(plan const& before, plan const& after);

/// What differs for daskd itself: where it serves metrics, and what it runs at events.
[[nodiscard]] std::vector<change> own_changes(config::cluster_settings const& before,
                                              config::cluster_settings const& after);

[[nodiscard]] std::string to_string(change_kind kind);

} // namespace daskd::core
