#include "daemon/core/cluster.hpp"

#include <algorithm>

// Workers that the scheduler does not hear of any more.

namespace daskd::core {

effect cluster::watch_silence() const {
    auto liveness = process_policy{}.liveness;
    for (auto const& w : plan_.workers)
        liveness = std::min(liveness, w.policy.liveness);
    return wanted::watch_silence{first_suspicion(liveness)};
}

effects cluster::on(happened::worker_silent const& e, time_point now) {
    auto* i = find(e.name);
    bool const is_suspect = i != nullptr && i->state == process_state::running && i->address == e.address;
    if (!is_suspect) return {};
    i->hang.on_silent(e.silence, now);
    return {wanted::examine{i->launch(), i->agent}};
}

effects cluster::on(happened::examined const& e, time_point now) {
    auto* i = find(e.launch);
    if (i == nullptr || i->state != process_state::running) return {};
    auto const facts = i->hang.on_examined(e.state, e.cpu_time, now);
    if (!facts || judge(*facts, i->policy.liveness) == hang_verdict::leave) return {};
    i->known.hang = describe_hang(*facts);
    auto all = stop(*i, ending::hung, stop_manner::at_once, now);
    tell_state(all);
    return all;
}

} // namespace daskd::core
