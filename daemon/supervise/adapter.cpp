#include "daemon/supervise/adapter.hpp"

#include "common/join.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace daskd::supervise {
namespace {

using clock = std::chrono::steady_clock;

} // namespace

adapter::policies adapter::present_policies() const {
    policies present;
    auto const& c = s_.cluster();
    bool const can_ask = c.is_wanted_up() && c.scheduler().state == core::process_state::running;
    if (!can_ask || !verbs_.made()) return present;
    for (auto const& pool : c.current_plan().pools)
        if (pool.adapt) present[pool.name] = *pool.adapt;
    return present;
}

void adapter::follow(policies const& present) {
    std::erase_if(pools_, [&](auto const& known) {
        auto const it = present.find(known.first);
        return it == present.end() || it->second != known.second.policy;
    });
    for (auto const& [name, policy] : present)
        pools_.try_emplace(name, pool_state{policy, {}, clock::now()});
}

core::time_point adapter::next_due() const {
    return std::ranges::min_element(pools_, {}, [](auto const& pool) { return pool.second.due; })->second.due;
}

boost::asio::awaitable<void> adapter::run() {
    for (;;) {
        auto idling = s_.wait_until([this] { return !present_policies().empty(); }, {});
        co_await std::move(idling);
        auto const present = present_policies();
        follow(present);
        auto pausing = s_.wait_until([this, present] { return present_policies() != present; }, next_due());
        bool const is_otherwise = co_await std::move(pausing);
        if (is_otherwise) continue;
        try {
            auto looking = look_at_due_pools();
            co_await std::move(looking);
        } catch (std::exception const& e) {
            complain(e.what());
        }
    }
}

boost::asio::awaitable<void> adapter::look_at_due_pools() {
    auto const now = clock::now();
    std::vector<std::pair<std::string, core::adapt_policy>> due;
    for (auto& [name, pool] : pools_) {
        if (pool.due > now) continue;
        pool.due = now + pool.policy.interval;
        due.emplace_back(name, pool.policy);
    }
    for (auto const& [name, policy] : due) {
        auto looking = look(name, policy);
        co_await std::move(looking);
    }
}

boost::asio::awaitable<void> adapter::look(std::string pool, core::adapt_policy policy) {
    auto asking = s_.scheduler().ask_demand(policy.target_duration);
    auto const load = co_await std::move(asking);
    if (!load) {
        complain(load.error().what);
        co_return;
    }
    is_failing_ = false;
    auto const is_unchanged = [&] {
        auto const present = present_policies();
        auto const it = present.find(pool);
        return it != present.end() && it->second == policy;
    };
    if (!is_unchanged()) co_return; // somebody was faster than the scheduler's answer
    auto const before = core::numbers_of(s_.cluster().current_plan(), pool);
    auto step = pools_.at(pool).memory.look(policy, core::look_at(s_.cluster(), pool, *load));
    if (!step.retire.empty()) {
        auto checking = without_loss(std::move(step));
        step = co_await std::move(checking);
        if (!is_unchanged() || core::numbers_of(s_.cluster().current_plan(), pool) != before) co_return;
    }
    perform(pool, step);
}

boost::asio::awaitable<core::adaptive_step> adapter::without_loss(core::adaptive_step step) {
    std::vector<std::string> addresses;
    for (auto const& name : step.retire)
        if (auto const* i = s_.cluster().find_worker(name); i != nullptr && i->is_registered)
            addresses.push_back(i->address);
    if (addresses.empty()) co_return step;
    auto asking = s_.scheduler().would_lose(std::move(addresses));
    auto const loss = co_await std::move(asking);
    if (!loss || loss->keys > 0) step.retire.clear();
    co_return step;
}

void adapter::perform(std::string const& pool, core::adaptive_step const& step) {
    if (step == core::adaptive_step{}) return;
    auto const& settings = verbs_.made()->input.settings.pools;
    auto const it = std::ranges::find(settings, pool, &config::pool_settings::name);
    if (it == settings.end()) return;
    auto const before = core::numbers_of(s_.cluster().current_plan(), pool).size();
    auto const numbers = core::numbers_after(s_.cluster(), *it, step);
    auto const why =
        step.retire.empty() ? "for the work at hand" : "without work: " + join(step.retire, ", ");
    verbs_.set_numbers(pool, numbers);
    s_.perform({core::wanted::tell{"pool.scaled", pool, std::to_string(before),
                                   std::to_string(numbers.size()), std::nullopt, why}});
}

void adapter::complain(std::string const& what) {
    if (!std::exchange(is_failing_, true)) spdlog::warn("adapting: {}; tried again at each interval", what);
}

} // namespace daskd::supervise
