#include "daemon/core/cluster.hpp"

// What is counted of a cluster, for metrics.

namespace daskd::core {

std::string cluster::pool_of(instance const& i) const {
    auto const* spec = last_spec(i.name);
    return spec == nullptr ? "" : spec->pool;
}

void cluster::count_restart(instance const& i) {
    auto const& cause = i.last_exit->cause;
    if (&i == &scheduler_)
        ++tally_.scheduler_restarts[cause];
    else
        ++tally_.worker_restarts[pool_of(i)][cause];
}

effects cluster::arrived(instance& i, std::string const& address, time_point now) {
    if (i.is_arriving && i.state == process_state::starting) {
        auto const took_s = std::chrono::duration<double>(now - *i.started_at).count();
        (&i == &scheduler_ ? tally_.scheduler_starts : tally_.worker_starts[pool_of(i)]).observe(took_s);
    }
    return on_registered(i, address, now);
}

} // namespace daskd::core
