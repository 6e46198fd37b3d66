#include "daemon/core/adaptive_look.hpp"

#include <algorithm>
#include <map>
#include <utility>

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

/// The workers of one job, or one worker.
struct job_group {
    std::vector<std::string> members;
    bool has_arrived = false; ///< with one of them
};

/// Workers that were stopped by hand are counted only where others of their job are there.
std::vector<job_group> groups_of(cluster const& c, pool_spec const& pool) {
    std::map<int, job_group> groups;
    std::set<int> wanted;
    for (auto const& w : c.current_plan().workers) {
        if (w.pool != pool.name) continue;
        auto const& i = *c.find_worker(w.name);
        auto& g = groups[w.number / pool.group];
        g.members.push_back(w.name);
        if (i.is_wanted) wanted.insert(w.number / pool.group);
        g.has_arrived = g.has_arrived || (i.is_wanted && i.state == process_state::running);
    }
    std::vector<job_group> list;
    for (auto& [number, g] : groups)
        if (wanted.contains(number)) list.push_back(std::move(g));
    return list;
}

/// Sorts workers into those of groups that have no work, and the others; each in the order of the scheduler,
/// which is that of the worker of a group that it can least do without.
void split_load(std::vector<job_group> const& groups, demand const& load, adaptive_look& seen) {
    std::vector<std::string> order = load.idle;
    order.insert(order.end(), load.busy.begin(), load.busy.end());
    auto const place = [&](std::string const& name) {
        return std::ranges::find(order, name) - order.begin();
    };
    std::vector<std::pair<std::ptrdiff_t, job_group const*>> ranked;
    for (auto const& g : groups) {
        std::ptrdiff_t last = -1;
        for (auto const& name : g.members)
            if (auto const at = place(name); at < std::ssize(order)) last = std::max(last, at);
        if (last >= 0) ranked.emplace_back(last, &g);
    }
    std::ranges::sort(ranked);
    for (auto const& [last, g] : ranked) {
        auto& list = last < std::ssize(load.idle) ? seen.idle : seen.busy;
        list.insert(list.end(), g->members.begin(), g->members.end());
    }
}

int in_whole_groups(int workers, int group) {
    return (workers + group - 1) / group * group;
}

} // namespace

adaptive_look look_at(cluster const& c, std::string const& pool, demand const& load) {
    adaptive_look seen;
    auto const& pools = c.current_plan().pools;
    auto const& spec = *std::ranges::find(pools, pool, &pool_spec::name);
    seen.target = in_whole_groups(share_of(c, pool, load.target), spec.group);
    auto const groups = groups_of(c, spec);
    for (auto const& g : groups) {
        auto& list = g.has_arrived ? seen.arrived : seen.arriving;
        list.insert(list.end(), g.members.begin(), g.members.end());
        for (auto const& name : g.members)
            seen.incarnations[name] = c.find_worker(name)->incarnation;
    }
    std::ranges::reverse(seen.arriving); // the last to be started are the first to be done without
    split_load(groups, load, seen);
    return seen;
}

std::set<int> numbers_after(cluster const& c, config::pool_settings const& pool, adaptive_step const& step) {
    auto numbers = numbers_of(c.current_plan(), pool.name);
    for (auto const& name : step.retire)
        if (auto const* spec = c.find_spec(name)) numbers.erase(spec->number);
    auto const is_free = [&](int number) {
        return !numbers.contains(number) && c.find_worker(worker_name(pool, number)) == nullptr;
    };
    int const group = config::is_job_queue(pool.launcher) ? pool.processes : 1;
    for (int missing = step.start, first = 0; missing > 0; first += group) {
        bool is_whole = true;
        for (int n = 0; n < group; ++n)
            is_whole = is_whole && is_free(first + n);
        if (!is_whole) continue;
        for (int n = 0; n < group; ++n)
            numbers.insert(first + n);
        missing -= group;
    }
    return numbers;
}

} // namespace daskd::core
