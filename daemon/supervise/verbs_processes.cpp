#include "common/bytes.hpp"
#include "common/names.hpp"
#include "daemon/supervise/verbs.hpp"

#include <algorithm>

// Verbs for single processes.

namespace daskd::supervise {
namespace {

using clock = std::chrono::steady_clock;
using core::process_state;

/// As in the configuration.
constexpr int most_workers = 100'000;

core::stop_manner manner_of(bool force) {
    return force ? core::stop_manner::at_once : core::stop_manner::gently;
}

std::string describe(scheduler_link::loss const& l) {
    std::string text = std::to_string(l.keys) + " results (" + format_bytes(l.bytes) + ")";
    for (std::size_t n = 0; n < l.sample.size(); ++n)
        text += (n == 0 ? ": " : ", ") + l.sample[n];
    if (l.keys > l.sample.size() && !l.sample.empty()) text += " …";
    return text;
}

} // namespace

result<void> verbs::need_up() const {
    if (s_.cluster().is_wanted_up()) return {};
    return error{errc::not_up, "the cluster is down", "start it with: daskctl up"};
}

bool verbs::is_running(std::string const& worker) const {
    auto const* i = s_.cluster().find_worker(worker);
    return i != nullptr && i->state == process_state::running;
}

result<void> verbs::need_reach(names const& workers, std::string const& what) const {
    std::string list;
    for (auto const& name : workers) {
        auto const* i = s_.cluster().find_worker(name);
        if (i != nullptr && i->state == process_state::unreachable) list += (list.empty() ? "" : ", ") + name;
    }
    if (list.empty()) return {};
    return error{errc::failed, "cannot be reached: " + list,
                 "noted: " + what + " when the host is back; see: daskctl status"};
}

result<void> verbs::need_whole_jobs(names const& workers) const {
    for (auto const& name : workers) {
        auto const* i = s_.cluster().find_worker(name);
        auto const* agent = i == nullptr ? nullptr : s_.cluster().find_agent_of(*i);
        if (agent == nullptr || !agent->spec.job || !agent->spec.job->pool.nanny) continue;
        for (auto const& other : agent->spec.job->workers)
            if (std::ranges::find(workers, other) == workers.end())
                return error{errc::usage,
                             name + " shares its job with " + other +
                                 ", and its nanny is Dask's own (nanny: true)",
                             "name them all: '" + agent->spec.job->base + "-*'"};
    }
    return {};
}

result<verbs::names> verbs::match(names const& patterns) const {
    names all;
    for (auto const* i : s_.cluster().workers())
        all.push_back(i->name);
    if (patterns.empty()) return all;
    names matched;
    for (auto const& pattern : patterns) {
        auto const before = matched.size();
        bool is_known = false;
        for (auto const& name : all) {
            if (!glob_matches(pattern, name)) continue;
            is_known = true;
            if (std::ranges::find(matched, name) == matched.end()) matched.push_back(name);
        }
        if (is_known || matched.size() > before) continue;
        return error{errc::unknown_name, "there is no worker '" + pattern + "'",
                     did_you_mean_or(pattern, all, "see: daskctl status")};
    }
    return matched;
}

boost::asio::awaitable<result<void>> verbs::check_loss(names leaving, bool force, std::string verb) {
    if (force) co_return result<void>{};
    std::vector<std::string> addresses;
    for (auto const& name : leaving)
        if (auto const* i = s_.cluster().find_worker(name); i != nullptr && i->is_registered)
            addresses.push_back(i->address);
    if (addresses.empty()) co_return result<void>{};
    auto const loss = co_await s_.scheduler().would_lose(std::move(addresses));
    if (!loss) co_return loss.error();
    if (loss->keys == 0) co_return result<void>{};
    co_return error{errc::failed, verb + " would lose " + describe(*loss) + ": no other worker can take them",
                    "gather or delete them first, or add --force"};
}

boost::asio::awaitable<result<bool>> verbs::start_scheduler(patience p) {
    if (auto up = need_up(); !up) co_return up.error();
    if (auto kept = s_.need_storage(); !kept) co_return kept.error();
    bool const changed = s_.cluster().scheduler().state != process_state::running;
    s_.perform(s_.cluster().start_scheduler(clock::now()));
    auto waiting = wait_for_all({}, p);
    auto const waited = co_await std::move(waiting);
    if (!waited) co_return waited.error();
    if (!waited->problems.empty() && waited->problems.front().name == "scheduler")
        co_return error{errc::failed, "the scheduler does not start: " + waited->problems.front().text,
                        "see: daskctl logs scheduler"};
    co_return changed;
}

boost::asio::awaitable<result<bool>> verbs::stop_scheduler(bool force, patience p) {
    if (auto up = need_up(); !up) co_return up.error();
    if (auto kept = s_.need_storage(); !kept) co_return kept.error();
    bool const changed = s_.cluster().scheduler().is_wanted;
    auto const manner = force ? core::stop_manner::at_once : core::stop_manner::briskly;
    s_.perform(s_.cluster().stop_scheduler(manner, clock::now()));
    auto waiting = wait_for([this] { return s_.cluster().scheduler().state == process_state::stopped; }, p,
                            "stopping the scheduler");
    auto const waited = co_await std::move(waiting);
    if (!waited) co_return waited.error();
    co_return changed;
}

boost::asio::awaitable<result<bool>> verbs::restart_scheduler(bool force, patience p) {
    if (auto up = need_up(); !up) co_return up.error();
    auto const before = s_.cluster().scheduler().incarnation;
    auto const manner = force ? core::stop_manner::at_once : core::stop_manner::briskly;
    s_.perform(s_.cluster().restart_scheduler(manner, clock::now()));
    auto waiting = wait_for(
        [this, before] {
            auto const& i = s_.cluster().scheduler();
            return i.incarnation != before && i.state == process_state::running;
        },
        p, "restarting the scheduler");
    auto const waited = co_await std::move(waiting);
    if (!waited) co_return waited.error();
    auto waiting_for_all = wait_for_all({}, p);
    auto const all = co_await std::move(waiting_for_all);
    if (!all) co_return all.error();
    co_return true;
}

boost::asio::awaitable<result<verbs::names>> verbs::start_workers(names patterns, patience p) {
    if (auto up = need_up(); !up) co_return up.error();
    if (auto kept = s_.need_storage(); !kept) co_return kept.error();
    auto const matched = match(patterns);
    if (!matched) co_return matched.error();
    names changed;
    for (auto const& name : *matched) {
        if (is_running(name)) continue;
        s_.perform(s_.cluster().start_worker(name, clock::now()));
        changed.push_back(name);
    }
    auto const is_done = [this, changed] {
        return std::ranges::all_of(changed, [this](auto const& name) {
            auto const* i = s_.cluster().find_worker(name);
            return is_running(name) || (i != nullptr && i->state == process_state::unreachable);
        });
    };
    auto waiting = wait_for(is_done, p, "starting");
    auto const waited = co_await std::move(waiting);
    if (!waited) co_return waited.error();
    if (auto reached = need_reach(changed, "they start"); !reached) co_return reached.error();
    co_return changed;
}

boost::asio::awaitable<result<verbs::names>> verbs::stop_workers(names patterns, bool force, patience p) {
    if (auto up = need_up(); !up) co_return up.error();
    if (auto kept = s_.need_storage(); !kept) co_return kept.error();
    auto const matched = match(patterns);
    if (!matched) co_return matched.error();
    if (auto whole = need_whole_jobs(*matched); !whole) co_return whole.error();
    auto checking = check_loss(*matched, force, "stopping");
    auto const kept = co_await std::move(checking);
    if (!kept) co_return kept.error();
    names changed;
    for (auto const& name : *matched) {
        auto const* i = s_.cluster().find_worker(name);
        if (i == nullptr) continue;
        if (i->is_wanted) changed.push_back(name);
        s_.perform(s_.cluster().stop_worker(name, manner_of(force), clock::now()));
    }
    auto const is_done = [this, names = *matched] {
        return std::ranges::all_of(names, [this](auto const& name) {
            auto const* i = s_.cluster().find_worker(name);
            return i == nullptr || !i->is_within_reach();
        });
    };
    auto waiting = wait_for(is_done, p, "stopping");
    auto const waited = co_await std::move(waiting);
    if (!waited) co_return waited.error();
    if (auto reached = need_reach(*matched, "they are stopped"); !reached) co_return reached.error();
    co_return changed;
}

boost::asio::awaitable<result<verbs::names>> verbs::restart_workers(names patterns, bool force, patience p) {
    if (auto up = need_up(); !up) co_return up.error();
    auto const matched = match(patterns);
    if (!matched) co_return matched.error();
    if (auto whole = need_whole_jobs(*matched); !whole) co_return whole.error();
    auto checking = check_loss(*matched, force, "restarting");
    auto const kept = co_await std::move(checking);
    if (!kept) co_return kept.error();
    std::map<std::string, std::uint64_t> before;
    for (auto const& name : *matched) {
        auto const* i = s_.cluster().find_worker(name);
        if (i == nullptr) continue;
        before[name] = i->incarnation;
        s_.perform(s_.cluster().restart_worker(name, manner_of(force), clock::now()));
    }
    auto const is_done = [this, before] {
        return std::ranges::all_of(before, [this](auto const& old) {
            auto const* i = s_.cluster().find_worker(old.first);
            return i == nullptr || i->state == process_state::unreachable ||
                   (i->incarnation != old.second && i->state == process_state::running);
        });
    };
    auto waiting = wait_for(is_done, p, "restarting");
    auto const waited = co_await std::move(waiting);
    if (!waited) co_return waited.error();
    if (auto reached = need_reach(*matched, "they are restarted"); !reached) co_return reached.error();
    co_return *matched;
}

std::string verbs::missing(names const& patterns, std::string const& state, std::optional<int> count) const {
    auto const workers = s_.cluster().workers();
    auto const is_there = [&](core::instance const* i) { return core::to_string(i->state) == state; };
    if (patterns.empty()) {
        auto const there = std::ranges::count_if(workers, is_there);
        auto const all = count.value_or(static_cast<int>(workers.size()));
        auto text = std::to_string(there) + " of " + std::to_string(all) + " workers are " + state;
        if (!count) text += ", the cluster is " + core::to_string(s_.cluster().state());
        return text;
    }
    std::string text;
    auto const add = [&](std::string const& name, std::string const& what) {
        text += (text.empty() ? "" : ", ") + name + " is " + what;
    };
    for (auto const& pattern : patterns) {
        bool any = false;
        for (auto const* i : workers) {
            if (!glob_matches(pattern, i->name)) continue;
            any = true;
            if (!is_there(i)) add(i->name, core::to_string(i->state));
        }
        if (!any) add("'" + pattern + "'", "no worker so far");
    }
    return text + ", not " + state;
}

boost::asio::awaitable<result<void>> verbs::wait(names patterns, std::string state, std::optional<int> count,
                                                 patience p) {
    auto const is_done = [this, patterns, state, count] {
        auto const& c = s_.cluster();
        if (patterns.empty() && core::to_string(c.state()) == state && !count) return true;
        auto const is_there = [&](core::instance const* i) { return core::to_string(i->state) == state; };
        auto const workers = c.workers();
        if (!patterns.empty()) {
            return std::ranges::all_of(patterns, [&](std::string const& pattern) {
                bool any = false;
                for (auto const* i : workers) {
                    if (!glob_matches(pattern, i->name)) continue;
                    if (!is_there(i)) return false;
                    any = true;
                }
                return any;
            });
        }
        auto const there = std::ranges::count_if(workers, is_there);
        if (count) return there >= *count;
        return state != "running" && !workers.empty() && there == static_cast<std::ptrdiff_t>(workers.size());
    };
    p.waits = true;
    auto waiting = wait_for(is_done, p, "");
    auto waited = co_await std::move(waiting);
    if (waited || waited.error().code != errc::timed_out) co_return waited;
    co_return error{errc::timed_out, missing(patterns, state, count), "see: daskctl status"};
}

} // namespace daskd::supervise
