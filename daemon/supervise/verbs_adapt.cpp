#include "common/names.hpp"
#include "daemon/supervise/verbs.hpp"

#include <algorithm>

// Verbs for how many workers there are: scale, adapt.

namespace daskd::supervise {
namespace {

using clock = std::chrono::steady_clock;

core::pool_spec const* find_pool(core::plan const& plan, std::string const& name) {
    auto const it = std::ranges::find(plan.pools, name, &core::pool_spec::name);
    return it == plan.pools.end() ? nullptr : &*it;
}

std::vector<std::string> pool_names(core::plan const& plan) {
    std::vector<std::string> names;
    for (auto const& pool : plan.pools)
        names.push_back(pool.name);
    return names;
}

} // namespace

result<std::string> verbs::pool_named(std::string const& name) const {
    auto const& present = s_.cluster().current_plan();
    if (name.empty() && present.pools.size() != 1)
        return error{errc::usage, "there are several pools", "say which one; see: daskctl status"};
    if (name.empty()) return present.pools.front().name;
    if (find_pool(present, name) == nullptr)
        return error{errc::unknown_name, "there is no pool '" + name + "'",
                     did_you_mean_or(name, pool_names(present), "see: daskctl status")};
    return name;
}

void verbs::set_numbers(std::string const& pool, std::set<int> numbers) {
    s_.intent().adapted[pool] = std::move(numbers);
    // The present settings, not what the files say by now: that is `reload`.
    s_.perform(s_.cluster().replan(planner::again(*made_, s_.intent()), clock::now()));
}

void verbs::keep_numbers(state::intent& intent, core::plan const& next) const {
    for (auto const& pool : next.pools) {
        if (!pool.adapt && !intent.adapt.contains(pool.name)) intent.adapted.erase(pool.name);
        bool const begins = pool.adapt && find_pool(s_.cluster().current_plan(), pool.name) != nullptr;
        if (begins)
            intent.adapted.try_emplace(pool.name, core::numbers_of(s_.cluster().current_plan(), pool.name));
    }
}

boost::asio::awaitable<result<core::pool_spec>> verbs::adapt(std::string pool, state::adapt_wish wish,
                                                             patience p) {
    if (auto up = need_up(); !up) co_return up.error();
    if (auto kept = s_.need_storage(); !kept) co_return kept.error();
    auto const name = pool_named(pool);
    if (!name) co_return name.error();
    if (wish && wish->maximum && wish->minimum.value_or(0) > *wish->maximum)
        co_return error{errc::usage, "the minimum is above the maximum",
                        "for example: daskctl adapt " + *name + " --minimum 0 --maximum 8"};
    auto intent = s_.intent();
    intent.adapt[*name] = std::move(wish);
    if (auto const why = core::why_impossible(made_->input.settings, planner::again(*made_, intent)))
        co_return error{errc::bad_configuration, *why, "then: daskctl reload"};
    s_.intent().adapt = std::move(intent.adapt);
    set_numbers(*name, core::numbers_of(s_.cluster().current_plan(), *name));
    auto waiting = wait_for_all({}, p);
    auto const waited = co_await std::move(waiting);
    if (!waited) co_return waited.error();
    auto const* now = find_pool(s_.cluster().current_plan(), *name);
    if (now == nullptr)
        co_return error{errc::failed, "pool '" + *name + "' was removed meanwhile", "see: daskctl status"};
    co_return *now;
}

boost::asio::awaitable<result<scale_outcome>> verbs::scale(std::map<std::string, int> pools, bool force,
                                                           patience p) {
    if (auto up = need_up(); !up) co_return up.error();
    if (auto kept = s_.need_storage(); !kept) co_return kept.error();
    scale_outcome outcome;
    std::map<std::string, int> wanted;
    for (auto const& [pool, count] : pools) {
        auto const name = pool_named(pool);
        if (!name) co_return name.error();
        if (count < 0)
            co_return error{errc::usage, "a pool cannot have " + std::to_string(count) + " workers",
                            "none is the least: daskctl scale " + *name + "=0"};
        wanted[*name] = count;
    }
    for (auto const& pool : s_.cluster().current_plan().pools)
        if (pool.adapt && wanted.contains(pool.name)) outcome.adapt_turned_off.push_back(pool.name);
    auto const scaled = [&](state::intent intent) {
        for (auto const& [name, count] : wanted) {
            intent.scaled[name] = count;
            intent.adapted.erase(name);
        }
        for (auto const& name : outcome.adapt_turned_off)
            intent.adapt[name] = std::nullopt;
        return intent;
    };
    auto plan = planner::again(*made_, scaled(s_.intent()));
    if (auto const why = core::why_impossible(made_->input.settings, plan))
        co_return error{errc::bad_configuration, *why, "then: daskctl reload"};

    names leaving;
    for (auto const& w : s_.cluster().current_plan().workers)
        if (std::ranges::find(plan.workers, w.name, &core::worker_spec::name) == plan.workers.end())
            leaving.push_back(w.name);
    auto checking = check_loss(leaving, force, "scaling down");
    auto const kept = co_await std::move(checking);
    if (!kept) co_return kept.error();
    if (auto up = need_up(); !up) co_return up.error();

    // Other pools may have adapted while the scheduler was asked.
    s_.intent() = scaled(s_.intent());
    plan = planner::again(*made_, s_.intent());
    s_.perform(s_.cluster().replan(plan, clock::now()));
    auto const is_gone = [this, leaving] {
        return std::ranges::all_of(leaving, [this](auto const& n) {
            auto const* i = s_.cluster().find_worker(n);
            return i == nullptr ||
                   i->state == core::process_state::unreachable; // it goes when its host is back
        });
    };
    auto waiting = wait_for(is_gone, p, "scaling");
    auto const waited = co_await std::move(waiting);
    if (!waited) co_return waited.error();
    auto waiting_for_all = wait_for_all({}, p);
    auto const all = co_await std::move(waiting_for_all);
    if (!all) co_return all.error();
    for (auto const& pool : s_.cluster().current_plan().pools)
        outcome.pools[pool.name] = pool.desired;
    co_return outcome;
}

} // namespace daskd::supervise
