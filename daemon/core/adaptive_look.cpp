#include "daemon/core/adaptive_look.hpp"

#include <algorithm>

namespace daskd::core {
namespace {

/// It works, or is about to.
bool is_of_use(instance const& i) {
    return i.is_wanted && i.state != process_state::failed && i.state != process_state::backoff;
}

int share_of(cluster const& c, std::string const& pool, int demand) {
    std::vector<adapt_policy> policies;
    std::size_t mine = 0;
    std::set<std::string> adapting;
    for (auto const& spec : c.current_plan().pools) {
        if (!spec.adapt) continue;
        if (spec.name == pool) mine = policies.size();
        policies.push_back(*spec.adapt);
        adapting.insert(spec.name);
    }
    auto const is_fixed = [&](worker_spec const& w) {
        return !adapting.contains(w.pool) && is_of_use(*c.find_worker(w.name));
    };
    auto const fixed = std::ranges::count_if(c.current_plan().workers, is_fixed);
    return share_demand(demand, static_cast<int>(fixed), policies).at(mine);
}

} // namespace

adaptive_look look_at(cluster const& c, std::string const& pool, demand const& load) {
    adaptive_look seen;
    seen.target = share_of(c, pool, load.target);
    for (auto const& w : c.current_plan().workers) {
        if (w.pool != pool) continue;
        auto const& i = *c.find_worker(w.name);
        if (!i.is_wanted) continue;
        (i.state == process_state::running ? seen.arrived : seen.arriving).push_back(w.name);
    }
    std::ranges::reverse(seen.arriving); // the last to be started are the first to be done without
    seen.idle = load.idle;
    seen.busy = load.busy;
    return seen;
}

std::set<int> numbers_after(cluster const& c, config::pool_settings const& pool, adaptive_step const& step) {
    auto numbers = numbers_of(c.current_plan(), pool.name);
    for (auto const& name : step.retire)
        if (auto const* spec = c.find_spec(name)) numbers.erase(spec->number);
    auto const is_free = [&](int number) {
        return !numbers.contains(number) && c.find_worker(worker_name(pool, number)) == nullptr;
    };
    for (int missing = step.start, number = 0; missing > 0; ++number) {
        if (!is_free(number)) continue;
        numbers.insert(number);
        --missing;
    }
    return numbers;
}

} // namespace daskd::core
