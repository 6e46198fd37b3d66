#include "daemon/core/cluster.hpp"

#include <algorithm>
#include <csignal>

// What happens to a cluster: one function an event.

namespace daskd::core {

effects cluster::step(event const& e, time_point now) {
    return std::visit([&](auto const& what) { return on(what, now); }, e);
}

effects cluster::ended(instance& i, exit_view const& cause, time_point now) {
    bool const was_wanted = i.is_wanted;
    auto const restarts = i.restarts;
    auto all = on_exited(i, cause, now, world_.jitter());
    if (i.restarts > restarts && &i != &runner_) count_restart(i);
    if (was_wanted && !i.is_wanted && &i != &runner_) { // as if its owner had stopped it
        stopped_by_hand_.insert(i.name);
        all.push_back(wanted::save_intent{});
    }
    if (&i == &scheduler_) {
        if (is_up_) all.push_back(tell_loss());
        tasks_ = {};
        registered_.clear();
        append(all, scheduler_is_lost(now));
    }
    if (i.state == process_state::stopped && is_worker(i) && !is_planned(i.name)) {
        workers_.erase(std::string(i.name));
        append(all, advance(now));
        return all;
    }
    // The restart of one worker, the path that must be short, looks at nothing but that worker.
    if (is_up_ && &i != &scheduler_ && i.is_wanted) {
        advance(i, now, all);
        advance_waiting(now, all);
        renew_outdated(now, all);
        tell_state(all);
    } else {
        append(all, advance(now));
    }
    return all;
}

effects cluster::found(running_process const& p, std::string const& agent_id, time_point now) {
    auto* i = find(p.launch.name);
    if (i == nullptr) {
        i = &workers_[p.launch.name];
        i->name = p.launch.name;
        i->kind = "worker.state";
    }
    if (i == &runner_ && is_up_) wants_runner_ = runner_.is_wanted = true;
    next_incarnation_ = std::max(next_incarnation_, p.launch.incarnation + 1);
    if (auto const it = left_behind_.find(p.launch.name);
        it != left_behind_.end() && it->second == p.launch.incarnation) {
        left_behind_.erase(it); // its cluster went down without it
        return {wanted::send_signal{p.launch, SIGKILL, true, agent_id}};
    }
    if (!i->is_alive()) {
        auto all = adopt(*i, p, agent_id, now);
        if (auto const it = registered_.find(i->name); it != registered_.end())
            append(all, arrived(*i, it->second, now));
        return all;
    }
    if (i->incarnation == p.launch.incarnation) {
        auto all = on_found_again(*i, p);
        append(all, on_host_back(*i, now));
        return all;
    }
    // Two of a name: the one that we did not expect goes.
    return {wanted::send_signal{p.launch, SIGKILL, true, agent_id}};
}

effects cluster::on(happened::agent_ready const& e, time_point now) {
    auto& a = agents_[e.agent];
    a.spec.id = e.agent;
    a.state = agent_state::ready;
    a.is_inherited = false;
    a.ready_since = now;
    a.deadline.reset();
    a.failure.clear();
    a.is_ending = false;
    bool const has_rebooted = !a.boot_id.empty() && !e.boot_id.empty() && a.boot_id != e.boot_id;
    a.boot_id = e.boot_id;
    a.is_unreachable = false;
    a.since = world_.wall_time();
    forgive_failed_starts(e.agent);
    effects all{wanted::tell{"agent.state", e.agent, "", "ready", {}, e.news}};
    for (auto const& p : e.processes)
        append(all, found(p, e.agent, now));
    // One that has renewed itself goes on with what it was told.
    if (e.news.empty())
        append(all, lose_unconfirmed(e.agent, e.processes,
                                     "its host agent ended before the start was confirmed", now));
    append(all, missed(e, has_rebooted, now)); // last: what it starts is not confirmed either
    if (is_up_)
        append(all, stop_unwanted(now));
    else
        append(all, down(down_reason_, down_manner_, now));
    append(all, advance(now));
    return all;
}

void cluster::forgive_failed_starts(std::string const& agent) {
    auto const forgive = [&](instance& i) {
        auto const* id = agent_of(i);
        if (id == nullptr || *id != agent) return;
        bool const has_failed =
            i.state == process_state::backoff && i.last_exit && i.last_exit->cause == "start_failed";
        if (has_failed) i.deadline.reset();
        if (has_failed || i.state == process_state::pending) i.attempt = 0;
    };
    forgive(scheduler_);
    forgive(runner_);
    for (auto& [name, i] : workers_)
        forgive(i);
}

effects cluster::on(happened::agent_failed const& e, time_point now) {
    auto const it = agents_.find(e.agent);
    if (it == agents_.end()) return {};
    auto& a = it->second;
    a.is_inherited = a.is_inherited && !e.fatal;
    a.state = e.fatal ? agent_state::failed : agent_state::absent;
    auto const& pauses = a.spec.job ? submit_backoff : agent_backoff;
    if (!e.fatal) a.deadline = now + restart_delay(++a.attempt, pauses, world_.jitter());
    if (a.spec.job) a.job.reset();
    auto const next = e.is_unreachable ? "unreachable" : e.fatal ? "failed" : "backoff";
    effects all;
    if (e.is_unreachable) {
        if (lose_host(a, e.text)) all.push_back(wanted::tell{"agent.state", e.agent, "", next, {}, e.text});
    } else {
        if (a.failure.empty()) a.since = world_.wall_time();
        a.failure = e.text;
        a.is_unreachable = false;
        all.push_back(wanted::tell{"agent.state", e.agent, "", next, {}, e.text});
    }
    auto const cause = start_failure(world_.wall_time(), e.text);
    auto const hold = [&](instance& i) {
        auto const* id = agent_of(i);
        if (!i.is_wanted || i.is_alive() || id == nullptr || *id != e.agent) return;
        auto const from = to_string(i.state);
        i.deadline.reset();
        if (e.is_unreachable) {
            i.state = process_state::unreachable;
            if (from != to_string(i.state))
                all.push_back(wanted::tell{i.kind, i.name, from, to_string(i.state), {}, e.text});
            return;
        }
        i.state = e.fatal ? process_state::failed : process_state::backoff;
        i.attempt = a.attempt;
        i.last_exit = cause;
        all.push_back(wanted::tell{i.kind, i.name, from, to_string(i.state), cause, e.text});
    };
    if (!e.is_unreachable) append(all, lose_unconfirmed(e.agent, {}, e.text, now));
    hold(scheduler_);
    hold(runner_);
    for (auto& [name, i] : workers_)
        hold(i);
    append(all, advance(now));
    return all;
}

effects cluster::on(happened::agent_delayed const& e, time_point /*now*/) {
    return {wanted::tell{"agent.state", e.agent, "", "starting", {}, e.text}};
}

std::vector<launch_id> cluster::unconfirmed(std::string const& agent) const {
    std::vector<launch_id> launches;
    auto const consider = [&](instance const& i) {
        if (i.is_alive() && !i.process && i.agent == agent) launches.push_back(i.launch());
    };
    consider(scheduler_);
    consider(runner_);
    for (auto const& [name, i] : workers_)
        consider(i);
    return launches;
}

effects cluster::lose_unconfirmed(std::string const& agent, std::vector<running_process> const& living,
                                  std::string const& text, time_point now) {
    effects all;
    for (auto const& launch : unconfirmed(agent)) {
        if (std::ranges::find(living, launch, &running_process::launch) != living.end()) continue;
        auto* i = find(launch);
        if (i == nullptr) continue;
        if (i->why == ending::none) i->why = ending::agent_lost; // no failure of its own
        append(all, ended(*i, start_failure(world_.wall_time(), text), now));
    }
    return all;
}

effects cluster::on(happened::agent_gone const& e, time_point now) {
    auto const it = agents_.find(e.agent);
    if (it == agents_.end()) return {};
    auto& a = it->second;
    bool const was_healthy = a.ready_since && now - *a.ready_since >= agent_backoff.reset_after;
    if (was_healthy) a.attempt = 0;
    a.state = agent_state::absent;
    a.deadline = now + restart_delay(a.attempt++, agent_backoff, world_.jitter());
    effects all{
        wanted::tell{"agent.state",
                     e.agent,
                     "ready",
                     "gone",
                     {},
                     "the host agent ended; its processes live on, and the next agent takes them over"}};
    append(all, advance(now));
    return all;
}

effects cluster::on(happened::spawned const& e, time_point /*now*/) {
    auto* i = find(e.launch);
    return i == nullptr || !i->is_alive() ? effects{} : on_spawned(*i, e.process, e.memory_enforced_by);
}

effects cluster::on(happened::spawn_failed const& e, time_point now) {
    auto* i = find(e.launch);
    if (i == nullptr || !i->is_alive()) return {};
    return ended(*i, start_failure(world_.wall_time(), e.text), now);
}

effects cluster::on(happened::exited const& e, time_point now) {
    if (auto* i = find(e.launch); i != nullptr && i->is_alive()) {
        auto status = e.status;
        if (status.at.empty()) status.at = world_.wall_time();
        if (i->why == ending::none) i->why = told_ending(status);
        return ended(*i, verdict(status, i->why, i->policy.start_timeout, i->known), now);
    }
    // It ended while no daskd was there to see it. The cause is told all the same.
    auto* i = find(e.launch.name);
    if (i == nullptr || i->incarnation >= e.launch.incarnation) return {};
    i->incarnation = e.launch.incarnation;
    next_incarnation_ = std::max(next_incarnation_, e.launch.incarnation + 1);
    auto const why = told_ending(e.status);
    i->last_exit = verdict(e.status, why, i->policy.start_timeout);
    if (is_failure(why) && i->policy.restart == config::restart_policy::never) {
        i->state = process_state::failed;
    } else {
        ++i->restarts;
        count_restart(*i);
    }
    return {wanted::tell{i->kind, i->name, "running", to_string(i->state), i->last_exit,
                         i->last_exit->text + " while daskd was away"}};
}

effects cluster::on(happened::scheduler_ready const& e, time_point now) {
    bool const is_ours = scheduler_.is_alive() && (!scheduler_.process || scheduler_.process->pid == e.pid);
    if (!is_ours) return {};
    registered_ = e.workers;
    auto all = arrived(scheduler_, e.address, now);
    for (auto& [name, i] : workers_) {
        if (!i.is_alive()) continue;
        auto const it = e.workers.find(name);
        if (it != e.workers.end())
            append(all, arrived(i, it->second, now));
        else if (i.is_registered)
            append(all, on_unregistered(i, now));
        append(all, stop_if_postponed(i, now));
    }
    if (is_up_) append(all, stop_unwanted(now)); // which a daskd before had begun, and could not end
    all.push_back(watch_silence());
    append(all, advance(now));
    return all;
}

effects cluster::on(happened::runner_ready const& e, time_point now) {
    bool const is_ours = runner_.is_alive() && (!runner_.process || runner_.process->pid == e.pid);
    return is_ours ? on_registered(runner_, "", now) : effects{};
}

effects cluster::on(happened::worker_registered const& e, time_point now) {
    registered_[e.name] = e.address;
    auto* i = find(e.name);
    if (i == nullptr || i == &scheduler_ || !i->is_alive()) return {};
    auto all = arrived(*i, e.address, now);
    advance_waiting(now, all);
    renew_outdated(now, all);
    tell_state(all);
    return all;
}

effects cluster::on(happened::worker_unregistered const& e, time_point now) {
    if (auto const it = registered_.find(e.name); it != registered_.end() && it->second == e.address)
        registered_.erase(it);
    effects all;
    if (e.lost_tasks > 0)
        all.push_back(wanted::tell{"cluster.notice",
                                   e.name,
                                   "",
                                   "",
                                   {},
                                   std::to_string(e.lost_tasks) + " results were lost with " + e.name +
                                       " and are computed again"});
    auto* i = find(e.name);
    if (i == nullptr) return all;
    append(all, on_told_of_tasks(*i, e.address, e.tasks));
    if (i->address != e.address) return all;
    append(all, on_unregistered(*i, now));
    if (e.timed_out) append(all, on_timed_out(*i, now));
    return all;
}

effects cluster::on(happened::tasks_counted const& e, time_point /*now*/) {
    tasks_ = e.tasks;
    return {};
}

effect cluster::tell_loss() const {
    auto const unfinished = tasks_.waiting + tasks_.processing;
    auto const text = unfinished + tasks_.memory == 0
                          ? std::string("whatever it held is lost; clients must connect and submit again")
                          : std::to_string(unfinished) + " unfinished tasks and " +
                                std::to_string(tasks_.memory) +
                                " results are lost with it; clients must submit them again";
    return wanted::tell{"cluster.notice", scheduler_.name, "", "", {}, text};
}

effects cluster::on(happened::client_restart const& /*e*/, time_point /*now*/) {
    for (auto& [name, i] : workers_)
        if (i.state == process_state::running && i.why == ending::none) i.why = ending::client_restart;
    return {};
}

effects cluster::on(happened::results_moved const& e, time_point now) {
    auto* i = find(e.launch);
    return i == nullptr ? effects{} : on_results_moved(*i, now);
}

effects cluster::on(happened::time_passed const& /*e*/, time_point now) {
    effects all;
    std::vector<launch_id> unheard;
    auto const look_at = [&](instance& i) {
        if (i.stage == stop_stage::killing && !i.process && i.deadline && *i.deadline <= now)
            unheard.push_back(i.launch());
        else
            append(all, on_deadline(i, now));
    };
    look_at(scheduler_);
    look_at(runner_);
    for (auto& [name, i] : workers_)
        look_at(i);
    for (auto const& launch : unheard)
        append(all, on(happened::spawn_failed{launch, "its host agent never confirmed the start"}, now));
    append(all, advance(now));
    // A start that is due but must wait for its agent or scheduler, or for room, waits for them, not for
    // time.
    auto const no_longer_wait = [&](instance& i) {
        if (i.state == process_state::backoff && i.deadline && *i.deadline <= now) i.deadline.reset();
    };
    no_longer_wait(scheduler_);
    no_longer_wait(runner_);
    for (auto& [name, i] : workers_)
        no_longer_wait(i);
    return all;
}

} // namespace daskd::core
