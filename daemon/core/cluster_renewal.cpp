#include "daemon/core/cluster.hpp"

#include <algorithm>

// How workers of an earlier plan are replaced while the cluster goes on computing.

namespace daskd::core {

bool cluster::is_outdated(instance const& i) const {
    auto const it = outdated_.find(i.name);
    return it != outdated_.end() && it->second == i.incarnation && i.is_alive();
}

bool cluster::is_renewing() const {
    return std::ranges::any_of(outdated_, [&](auto const& launch) {
        auto const* i = find_worker(launch.first);
        return i != nullptr && is_outdated(*i);
    });
}

void cluster::renew_outdated(time_point now, effects& all) {
    if (outdated_.empty() || scheduler_.state != process_state::running) return;
    std::vector<rolling_worker> wanted;
    for (auto const& spec : plan_.workers) {
        auto const& i = workers_.at(spec.name);
        // What cannot be reached must not hold the others back.
        if (!i.is_wanted || i.state == process_state::unreachable) continue;
        bool const can_be_ended = is_outdated(i) && i.state != process_state::stopping;
        wanted.push_back({i.name, spec.pool, i.state == process_state::running, can_be_ended});
    }
    for (auto const& name : next_to_renew(wanted))
        for (auto& e : stop(workers_.at(name), ending::requested, stop_manner::gently, now))
            all.push_back(std::move(e));
    if (is_renewing()) return;
    outdated_.clear();
    manage_agents(now, all); // the last of a former agent may have gone
}

} // namespace daskd::core
