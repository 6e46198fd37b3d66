#include "daemon/core/cluster.hpp"

#include <algorithm>

namespace daskd::core {
namespace {

constexpr auto scheduler_name = "scheduler";

} // namespace

std::string to_string(cluster_state state) {
    switch (state) {
    case cluster_state::down: return "down";
    case cluster_state::starting: return "starting";
    case cluster_state::running: return "running";
    case cluster_state::degraded: return "degraded";
    case cluster_state::stopping: return "stopping";
    case cluster_state::failed: return "failed";
    }
    return "?";
}

cluster::cluster(std::string name, outside world, std::uint64_t next_incarnation)
    : name_(std::move(name)), world_(std::move(world)), next_incarnation_(next_incarnation) {
    scheduler_.name = scheduler_name;
    scheduler_.kind = "scheduler.state";
    runner_.name = runner_name;
    runner_.kind = "runner.state";
}

instance* cluster::find(std::string const& name) {
    if (name == scheduler_name) return &scheduler_;
    if (name == runner_name) return &runner_;
    auto const it = workers_.find(name);
    return it == workers_.end() ? nullptr : &it->second;
}

instance* cluster::find(launch_id const& launch) {
    auto* i = find(launch.name);
    return i != nullptr && i->incarnation == launch.incarnation ? i : nullptr;
}

instance const* cluster::find_worker(std::string const& name) const {
    auto const it = workers_.find(name);
    return it == workers_.end() ? nullptr : &it->second;
}

worker_spec const* cluster::find_spec(std::string const& name) const {
    auto const it = spec_index_.find(name);
    return it == spec_index_.end() ? nullptr : &plan_.workers[it->second];
}

std::vector<instance const*> cluster::workers() const {
    std::vector<instance const*> list;
    list.reserve(workers_.size());
    for (auto const& spec : plan_.workers)
        if (auto const* i = find_worker(spec.name)) list.push_back(i);
    for (auto const& [name, i] : workers_)
        if (!is_planned(name)) list.push_back(&i);
    return list;
}

worker_spec const* cluster::last_spec(std::string const& name) const {
    if (auto const* spec = find_spec(name)) return spec;
    auto const it = former_specs_.find(name);
    return it == former_specs_.end() ? nullptr : &it->second;
}

void cluster::set_plan(plan p) {
    std::erase_if(former_specs_, [&](auto const& former) { return !workers_.contains(former.first); });
    for (auto& spec : plan_.workers)
        former_specs_[spec.name] = std::move(spec);
    plan_ = std::move(p);
    spec_index_.clear();
    for (std::size_t n = 0; n < plan_.workers.size(); ++n) {
        auto const& spec = plan_.workers[n];
        spec_index_[spec.name] = n;
        auto& i = workers_[spec.name];
        i.name = spec.name;
        i.kind = "worker.state";
        i.policy = spec.policy;
    }
    scheduler_.policy = plan_.scheduler.policy;
    runner_.policy = plan_.runner.policy;
    for (auto const& spec : plan_.agents)
        agents_[spec.id].spec = spec;
}

void cluster::want_all() {
    scheduler_.is_wanted = !scheduler_stopped_by_hand_;
    runner_.is_wanted = wants_runner_;
    for (auto& [name, i] : workers_)
        i.is_wanted = is_planned(name) && !stopped_by_hand_.contains(name);
}

std::string const* cluster::agent_of(instance const& i) const {
    if (&i == &scheduler_) return &plan_.scheduler.process.agent;
    if (&i == &runner_) return &plan_.runner.process.agent;
    auto const* spec = find_spec(i.name);
    return spec == nullptr ? nullptr : &spec->process.agent;
}

bool cluster::may_start(instance const& i, time_point now) const {
    if (!is_up_ || !i.is_wanted) return false;
    if (!is_due(i, now)) return false;
    if (&i != &scheduler_ && scheduler_.state != process_state::running) return false;
    auto const* id = agent_of(i);
    if (id == nullptr) return false;
    auto const it = agents_.find(*id);
    return it != agents_.end() && it->second.state == agent_state::ready && !it->second.is_ending;
}

bool cluster::is_due(instance const& i, time_point now) const {
    return i.state == process_state::stopped || i.state == process_state::pending ||
           (i.state == process_state::unreachable && !i.process) ||
           (i.state == process_state::backoff && (!i.deadline || *i.deadline <= now));
}

int cluster::room_of(worker_spec const& spec) const {
    auto const& id = spec.process.agent;
    auto const is_on_its_way = [&](auto const& w) {
        if (w.second.state != process_state::starting || w.second.agent != id) return false;
        auto const* other = find_spec(w.first);
        return other != nullptr && other->pool == spec.pool;
    };
    return agents_.at(id).spec.starts_at_once -
           static_cast<int>(std::ranges::count_if(workers_, is_on_its_way));
}

void cluster::advance(instance& i, time_point now, effects& all) {
    if (!may_start(i, now)) return;
    if (is_worker(i) && room_of(*find_spec(i.name)) <= 0) {
        waiting_for_room_.push_back(i.name);
        return;
    }
    i.agent = *agent_of(i);
    for (auto& e : start(i, next_incarnation_++, now))
        all.push_back(std::move(e));
}

void cluster::advance_waiting(time_point now, effects& all) {
    rooms room;
    std::set<rooms::key_type> full; // when all are, nobody further down the queue can start
    auto const all_rooms = plan_.pools.size() * agents_.size();
    std::deque<std::string> still_waiting;
    while (!waiting_for_room_.empty() && full.size() < all_rooms) {
        auto name = std::move(waiting_for_room_.front());
        waiting_for_room_.pop_front();
        auto* i = find(name);
        if (i == nullptr || !may_start(*i, now)) continue;
        auto const& spec = *find_spec(name);
        auto& left = room_left(spec, room);
        if (left > 0) {
            --left;
            advance(*i, now, all);
        } else {
            full.emplace(spec.pool, spec.process.agent);
            still_waiting.push_back(std::move(name));
        }
    }
    waiting_for_room_.insert(waiting_for_room_.begin(), still_waiting.begin(), still_waiting.end());
}

int& cluster::room_left(worker_spec const& spec, rooms& known) const {
    auto const [it, is_new] = known.try_emplace({spec.pool, spec.process.agent}, 0);
    if (is_new) it->second = std::max(0, room_of(spec));
    return it->second;
}

void cluster::advance_all(time_point now, effects& all) {
    advance(scheduler_, now, all);
    // In the plan's order: local-0 before local-1 before local-10. The room is asked for once a pool, not for
    // every worker.
    waiting_for_room_.clear();
    rooms room;
    for (auto const& spec : plan_.workers) {
        auto& i = workers_[spec.name];
        if (!may_start(i, now)) continue;
        if (room_left(spec, room)-- > 0)
            advance(i, now, all);
        else
            waiting_for_room_.push_back(i.name);
    }
    advance(runner_, now, all);
}

effects cluster::advance(time_point now) {
    effects all;
    manage_agents(now, all);
    if (!is_up_) {
        wind_down(now, all);
    } else {
        advance_all(now, all);
        renew_outdated(now, all);
    }
    tell_state(all);
    return all;
}

namespace {

/// A container, or a job in a queue, may be left of one that has ended.
bool must_end(agent const& a) {
    return a.state == agent_state::starting || a.state == agent_state::ready || a.spec.container ||
           a.spec.job;
}

} // namespace

bool cluster::needs(std::string const& id) const {
    if (auto const it = agents_.find(id); it != agents_.end() && it->second.is_inherited) return true;
    auto const planned = std::ranges::find(plan_.agents, id, &agent_spec::id);
    bool const is_job = planned != plan_.agents.end() && planned->job;
    auto const uses = [&](instance const& i) {
        if (i.is_alive() && i.agent == id) return true;
        auto const* next = agent_of(i);
        if (!is_up_ || !i.is_wanted || next == nullptr || *next != id) return false;
        // No job is kept for what will not be started.
        return i.state != process_state::failed || !is_job;
    };
    return uses(scheduler_) || uses(runner_) ||
           std::ranges::any_of(workers_, [&](auto const& w) { return uses(w.second); });
}

bool cluster::awaits_inheritance() const {
    return std::ranges::any_of(agents_, [](auto const& a) { return a.second.is_inherited; });
}

void cluster::manage_agents(time_point now, effects& all) {
    std::vector<std::string> ids; // in the plan's order: batch-0 is submitted before batch-1
    for (auto const& spec : plan_.agents) {
        if (is_up_ && needs(spec.id))
            agents_[spec.id].spec = spec; // one that had no work may have some again
        if (agents_.contains(spec.id)) ids.push_back(spec.id);
    }
    for (auto const& [id, a] : agents_)
        if (std::ranges::find(plan_.agents, id, &agent_spec::id) == plan_.agents.end()) ids.push_back(id);
    for (auto const& id : ids) {
        auto& a = agents_.at(id);
        bool const is_needed = needs(id);
        bool const is_due = a.state == agent_state::absent && (!a.deadline || *a.deadline <= now);
        if (is_needed && is_due &&
            may_submit(a, now)) { // on the way down too: nobody else could end what it has
            a.state = agent_state::starting;
            a.deadline.reset();
            all.push_back(wanted::start_agent{id});
            await_job(a, now, all);
        } else if (!is_needed && is_up_) {
            if (must_end(a)) all.push_back(wanted::stop_agent{id});
            agents_.erase(id);
        }
    }
}

void cluster::wind_down(time_point now, effects& all) {
    if (!scheduler_.is_alive()) cancel_jobs(all, now);
    std::erase_if(workers_, [&](auto const& w) { return !is_planned(w.first) && !w.second.is_alive(); });
    if (std::ranges::any_of(workers_, [](auto const& w) { return w.second.is_within_reach(); })) return;
    if (runner_.is_alive()) return;
    leave_behind(all, now);
    if (scheduler_.is_alive()) {
        for (auto& e : stop(scheduler_, down_reason_, down_manner_, now))
            all.push_back(std::move(e));
        return;
    }
    if (awaits_inheritance()) return;
    for (auto const& [id, a] : agents_)
        if (must_end(a)) all.push_back(wanted::stop_agent{id});
    agents_.clear();
}

cluster_state cluster::state() const {
    auto const any_left =
        scheduler_.is_alive() || runner_.is_alive() ||
        std::ranges::any_of(workers_, [](auto const& w) { return w.second.is_within_reach(); });
    if (!is_up_) return any_left || awaits_inheritance() ? cluster_state::stopping : cluster_state::down;
    if (scheduler_.state == process_state::failed) return cluster_state::failed;

    auto const is_fresh = [](instance const& i) {
        return i.restarts == 0 && (i.state == process_state::stopped || i.state == process_state::starting ||
                                   i.state == process_state::pending);
    };
    bool all_running = scheduler_.state == process_state::running;
    bool all_well = all_running || (scheduler_.is_wanted && is_fresh(scheduler_));
    for (auto const& [name, i] : workers_) {
        if (!i.is_wanted || i.state == process_state::running) continue;
        all_running = false;
        all_well = all_well && is_fresh(i);
    }
    if (all_running) return cluster_state::running;
    return all_well ? cluster_state::starting : cluster_state::degraded;
}

void cluster::tell_state(effects& all) {
    auto const now_state = state();
    if (now_state == told_state_) return;
    // The short lives of a crash loop do not make the history say that all is well.
    bool const is_good_news = now_state == cluster_state::running && told_state_ == cluster_state::degraded;
    if (is_good_news && std::ranges::any_of(workers_, [](auto const& w) {
            return w.second.is_wanted && w.second.is_in_crash_loop();
        }))
        return;
    all.push_back(wanted::tell{"cluster.state",
                               name_,
                               to_string(told_state_),
                               to_string(now_state),
                               {},
                               is_up_ ? std::string{} : down_text_});
    told_state_ = now_state;
}

std::optional<time_point> cluster::next_deadline() const {
    std::optional<time_point> next;
    auto const consider = [&](std::optional<time_point> const& deadline) {
        if (deadline && (!next || *deadline < *next)) next = deadline;
    };
    consider(scheduler_.deadline);
    consider(runner_.deadline);
    for (auto const& [name, i] : workers_)
        consider(i.deadline);
    for (auto const& [id, a] : agents_)
        if (needs(id)) consider(a.deadline);
    return next;
}

void cluster::restore_stopped(std::set<std::string> workers, bool scheduler) {
    stopped_by_hand_ = std::move(workers);
    scheduler_stopped_by_hand_ = scheduler;
}

} // namespace daskd::core
