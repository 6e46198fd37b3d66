#include "common/join.hpp"
#include "common/names.hpp"
#include "daemon/supervise/last_words.hpp"
#include "daemon/supervise/verbs.hpp"

#include <algorithm>
#include <map>

// Verbs for the cluster as a whole: up, down, restart, reload, and what happens at daskd's own start and end.

namespace daskd::supervise {
namespace {

using clock = std::chrono::steady_clock;
using core::process_state;

/// A start that has failed this often in a row is worth telling the user instead of waiting on.
constexpr int telling_attempt = 3;

/// How long a daskd that must end waits until it knows what it has.
constexpr std::chrono::seconds adoption_limit{10};

bool is_settled(core::cluster const& c, core::instance const& i) {
    if (!i.is_wanted) return true;
    switch (i.state) {
    case process_state::pending: {
        auto const* a = c.find_agent_of(i);
        return a != nullptr && a->job && a->job->is_stuck; // it would wait for ever
    }
    case process_state::running:
    case process_state::failed:
    case process_state::unreachable: return true;
    case process_state::backoff: return i.attempt >= telling_attempt;
    case process_state::starting: return i.attempt > telling_attempt; // of many, one always starts
    default: return false;
    }
}

} // namespace

std::vector<problem> verbs::problems() const {
    std::vector<problem> list;
    auto const look_at = [&](core::instance const& i) {
        if (!i.is_wanted || i.state == process_state::running) return;
        list.push_back({i.name, core::to_string(i.state), s_.cluster().trouble_of(i)});
    };
    look_at(s_.cluster().scheduler());
    for (auto const* i : s_.cluster().workers())
        look_at(*i);
    return list;
}

std::vector<std::string> verbs::differences(state::client_context const& context,
                                            state::overrides const& flags) const {
    std::vector<std::string> list;
    auto const& running = s_.intent();
    auto const note = [&](std::string const& what, std::string const& here, std::string const& there) {
        if (here != there)
            list.push_back(what + " is '" + here + "' here, but the running cluster has '" + there +
                           "' (daskctl down, then up, to change it)");
    };
    auto const value = [](auto const& env, std::string const& name) {
        auto const it = env.find(name);
        return it == env.end() ? std::string{} : it->second;
    };
    for (auto const* name : {"VIRTUAL_ENV", "CONDA_PREFIX"})
        note(name, value(context.environment, name), value(running.context.environment, name));
    note("the directory", context.cwd, running.context.cwd);
    if (flags != state::overrides{} && flags != running.flags)
        list.push_back(
            "--workers, --threads and --memory are for a cluster that is down; use: daskctl scale");
    return list;
}

boost::asio::awaitable<result<void>> verbs::wait_for(std::function<bool()> condition, patience p,
                                                     std::string what) {
    if (!p.waits) co_return result<void>{};
    bool const is_done = co_await s_.wait_until(std::move(condition), p.until);
    if (is_done) co_return result<void>{};
    co_return error{errc::timed_out, what + " is not done yet", "it goes on; see: daskctl status"};
}

boost::asio::awaitable<result<up_outcome>> verbs::wait_for_all(up_outcome outcome, patience p) {
    auto const is_done = [this] {
        auto const& c = s_.cluster();
        if (!c.is_wanted_up()) return true;
        if (!is_settled(c, c.scheduler())) return false;
        if (c.scheduler().is_wanted && c.scheduler().state != process_state::running) return true;
        if (!std::ranges::all_of(c.workers(), [&](auto const* i) { return is_settled(c, *i); })) return false;
        return !c.is_renewing() || !problems().empty(); // one that does not come up holds the others back
    };
    auto waiting = wait_for(is_done, p, "starting");
    auto const waited = co_await std::move(waiting);
    if (!waited) co_return waited.error();
    if (!s_.cluster().is_wanted_up() && p.waits)
        co_return error{errc::failed, "the cluster was taken down while it started", "see: daskctl events"};
    if (p.waits) outcome.problems = problems();
    co_return outcome;
}

std::set<std::string> verbs::stopped_outside(names const& pools) const {
    std::set<std::string> stopped;
    if (pools.empty()) return stopped;
    for (auto const& w : s_.cluster().current_plan().workers)
        if (s_.cluster().stopped_workers().contains(w.name) &&
            std::ranges::find(pools, w.pool) == pools.end())
            stopped.insert(w.name);
    return stopped;
}

boost::asio::awaitable<result<bool>> verbs::add_pools(names pools) {
    auto const is_there = [this](std::string const& pool) {
        return std::ranges::find(s_.cluster().current_plan().pools, pool, &core::pool_spec::name) !=
               s_.cluster().current_plan().pools.end();
    };
    auto const grow = [&](names& wanted) {
        if (pools.empty() || wanted.empty())
            wanted.clear();
        else
            std::ranges::copy_if(pools, std::back_inserter(wanted), [&](std::string const& pool) {
                return std::ranges::find(wanted, pool) == wanted.end();
            });
    };
    auto intent = s_.intent();
    if (pools.empty() ? intent.pools.empty() : std::ranges::all_of(pools, is_there)) co_return false;
    if (intent.pools.empty()) { // it has all that there were
        names there;
        for (auto const& pool : s_.cluster().current_plan().pools)
            there.push_back(pool.name);
        auto const missing = *std::ranges::find_if_not(pools, is_there);
        co_return error{
            errc::unknown_name, "the running cluster has no pool '" + missing + "'",
            did_you_mean_or(missing, there,
                            "see: daskctl config show; a pool that is new there comes with: daskctl reload")};
    }
    grow(intent.pools);
    auto made = co_await planner_.make(intent);
    if (!made) co_return made.error();
    if (auto up = need_up(); !up) co_return up.error();
    grow(s_.intent().pools); // another `up` may have added pools meanwhile
    planner::keep_running(*made_, *made);
    made->plan = planner::again(*made, s_.intent());
    use(*made);
    s_.perform(s_.cluster().replan(made->plan, clock::now()));
    co_return true;
}

boost::asio::awaitable<result<up_outcome>> verbs::up(up_request request, patience p) {
    up_outcome outcome;
    bool const has_stopped_ones =
        !s_.cluster().stopped_workers().empty() || s_.cluster().is_scheduler_stopped();
    if (!s_.cluster().is_wanted_up() || has_stopped_ones)
        if (auto kept = s_.need_storage(); !kept) co_return kept.error();
    if (!s_.cluster().is_wanted_up()) {
        auto intent = s_.intent();
        intent.context = request.context;
        intent.flags = request.flags;
        intent.pools = request.pools;
        intent.scaled.clear();
        intent.adapt.clear();
        intent.adapted.clear();
        auto made = co_await planner_.make(intent);
        if (!made) co_return made.error();
        // Another `up` may have been faster: then this one only joins it.
        if (!s_.cluster().is_wanted_up()) {
            intent.stopped_workers.clear();
            intent.started_by_up = request.started_by_up || s_.intent().started_by_up;
            s_.intent() = intent;
            use(*made);
            s_.set_problem("");
            forget_last_words();
            s_.cluster().restore_stopped({}, false);
            s_.perform(s_.cluster().up(made->plan, clock::now()));
            resume_jobs();
            outcome.changed = true;
            outcome.warnings = made->warnings;
            co_return co_await wait_for_all(std::move(outcome), p);
        }
    }
    auto adding = add_pools(request.pools);
    auto const added = co_await std::move(adding);
    if (!added) co_return added.error();
    outcome.warnings = differences(request.context, request.flags);
    auto const stopped = stopped_outside(request.pools);
    outcome.changed = *added || !problems().empty() || s_.cluster().stopped_workers() != stopped ||
                      s_.cluster().is_scheduler_stopped();
    s_.cluster().restore_stopped(stopped, false);
    s_.perform(s_.cluster().up(s_.cluster().current_plan(), clock::now()));
    co_return co_await wait_for_all(std::move(outcome), p);
}

boost::asio::awaitable<result<bool>> verbs::down(bool force, patience p) {
    if (!s_.cluster().is_wanted_up()) s_.adopt_agents(); // what an earlier daskd left is down, too, then
    bool const changed = s_.cluster().state() != core::cluster_state::down;
    s_.set_problem(""); // it is wanted no more
    auto const manner = force ? core::stop_manner::at_once : core::stop_manner::briskly;
    s_.perform(s_.cluster().down(core::ending::requested, manner, clock::now()));
    auto waiting = wait_for([this] { return s_.is_all_gone(); }, p, "stopping");
    auto waited = co_await std::move(waiting);
    if (auto const jobs = s_.ending_jobs(); !waited && !jobs.empty())
        co_return error{waited.error().code,
                        "the queue still has " + std::string(jobs.size() == 1 ? "job " : "jobs ") +
                            join(jobs, ", "),
                        "they are being cancelled; see: daskctl events"};
    if (!waited) co_return waited.error();
    if (auto const left = s_.cluster().left_behind(); changed && p.waits && !left.empty()) {
        std::string list;
        for (auto const& [name, incarnation] : left)
            list += (list.empty() ? "" : ", ") + name;
        co_return error{errc::failed,
                        "the cluster is down, but left behind on hosts that cannot be reached: " + list,
                        "their host agents end them after orphan_timeout; see: daskctl events"};
    }
    co_return changed;
}

boost::asio::awaitable<result<up_outcome>> verbs::restart(bool cold, bool force, patience p) {
    if (auto up = need_up(); !up) co_return up.error();
    auto made = co_await planner_.make(s_.intent());
    if (!made) co_return made.error();
    if (auto up = need_up(); !up) co_return up.error();
    auto const manner = force ? core::stop_manner::at_once : core::stop_manner::briskly;
    made->plan = planner::again(*made, s_.intent()); // pools may have adapted meanwhile
    use(*made);
    // Everything ends first, and starts by the new plan, so nothing else in it needs comparing.
    s_.perform(s_.cluster().restart_all(std::move(made->plan), manner, clock::now()));
    if (cold) s_.renew_agents("restart --cold");
    up_outcome outcome;
    outcome.changed = true;
    co_return co_await wait_for_all(std::move(outcome), p);
}

boost::asio::awaitable<result<reload_outcome>> verbs::reload(bool dry_run, patience p) {
    auto made = co_await planner_.make(s_.intent());
    if (!made) co_return made.error();
    if (!s_.cluster().is_wanted_up()) { // the rest is read anew at the next `up`
        if (!dry_run) settings_heard_(made->input.settings, made->input.context.env);
        co_return reload_outcome{};
    }
    auto intent = s_.intent();
    keep_numbers(intent, made->plan);
    made->plan = planner::again(*made, intent);
    reload_outcome outcome;
    outcome.changes = core::diff(s_.cluster().current_plan(), made->plan);
    if (made_)
        std::ranges::move(core::own_changes(made_->input.settings, made->input.settings),
                          std::back_inserter(outcome.changes));
    if (dry_run) co_return outcome;
    use(*made);
    s_.intent().adapted = intent.adapted;
    s_.perform(s_.cluster().replan(made->plan, clock::now()));
    auto waiting = wait_for_all({}, p);
    auto const waited = co_await std::move(waiting);
    if (!waited) co_return waited.error();
    outcome.problems = waited->problems;
    auto const have_stopped = [this, &outcome] {
        return std::ranges::none_of(outcome.changes, [this](core::change const& c) {
            return c.kind == core::change_kind::stop && s_.cluster().find_worker(c.name) != nullptr;
        });
    };
    auto stopping = wait_for(have_stopped, p, "stopping");
    auto const stopped = co_await std::move(stopping);
    if (!stopped) co_return stopped.error();
    co_return outcome;
}

void verbs::use(planner::made const& made) {
    made_ = made;
    settings_heard_(made.input.settings, made.input.context.env);
}

void verbs::read_settings() {
    auto const loaded = planner_.load(s_.intent().context, s_.intent().flags);
    if (loaded.diagnostics.empty()) settings_heard_(loaded.settings, s_.intent().context.environment);
}

void verbs::plan_for_host_of(std::string const& agent) {
    auto const& agents = s_.cluster().agents();
    auto const it = agents.find(agent);
    auto const* facts = s_.facts(agent);
    bool const is_remote = it != agents.end() && it->second.spec.host;
    if (!made_ || !is_remote || facts == nullptr || facts->cores == 0) return;
    auto const& host = it->second.spec.host->name;
    bool const is_news = planner_.learn(*made_, host, {facts->cores, facts->memory_bytes});
    if (is_news && s_.cluster().is_wanted_up())
        s_.perform(s_.cluster().replan(planner::again(*made_, s_.intent()), clock::now()));
}

void verbs::forget_last_words() {
    std::error_code ec;
    std::filesystem::remove(s_.paths().last_words_file(), ec);
}

boost::asio::awaitable<result<void>> verbs::resume() {
    auto const closed = read_last_words(s_.paths().last_words_file());
    if (s_.intent().up && closed) {
        s_.perform(s_.cluster().found_closed(*closed, clock::now()));
    } else if (s_.intent().up) {
        auto made = co_await planner_.make(s_.intent());
        is_resumed_ = true;
        if (!made) co_return made.error();
        use(*made);
        s_.cluster().restore_stopped(s_.intent().stopped_workers, s_.intent().scheduler_stopped);
        s_.perform(s_.cluster().up(made->plan, clock::now()));
        resume_jobs();
    }
    is_resumed_ = true;
    s_.adopt_agents();
    co_return result<void>{};
}

boost::asio::awaitable<void> verbs::stop_for_exit() {
    // An agent that is just being taken over would end its workers without grace.
    auto const knows_all = [this] {
        return is_resumed_ && std::ranges::none_of(s_.cluster().agents(), [](auto const& a) {
                   return a.second.state == core::agent_state::starting;
               });
    };
    auto knowing = s_.wait_until(knows_all, clock::now() + adoption_limit);
    co_await std::move(knowing);
    s_.save();
    s_.keep_intent();
    auto ending = down(false, {});
    (void)co_await std::move(ending);
}

} // namespace daskd::supervise
