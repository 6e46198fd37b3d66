#include "daemon/core/cluster.hpp"

#include <algorithm>

// Agents in jobs of a queue: their workers wait with the job, and end with it.

namespace daskd::core {

std::string job_text(job_news const& news) {
    auto text = news.id.empty() ? std::string("the job is being submitted") : "job " + news.id;
    if (news.phase == job_phase::waiting) text += news.is_stuck ? " will not start as it is" : " waits";
    if (!news.node.empty()) text += " on " + news.node;
    if (!news.reason.empty()) text += ": " + news.reason;
    return text;
}

std::string to_string(job_phase phase) {
    switch (phase) {
    case job_phase::submitting: return "submitting";
    case job_phase::waiting: return "pending";
    case job_phase::starting: return "starting";
    case job_phase::running: return "running";
    }
    return "?";
}

agent const* cluster::find_agent_of(instance const& i) const {
    auto const* planned = agent_of(i);
    auto const it = agents_.find(i.is_alive() || planned == nullptr ? i.agent : *planned);
    return it == agents_.end() ? nullptr : &it->second;
}

bool cluster::may_submit(agent const& a, time_point now) const {
    if (!a.spec.job) return true;
    // The job must know where the scheduler is.
    if (!is_up_ || scheduler_.state != process_state::running) return false;
    return std::ranges::any_of(workers_, [&](auto const& w) {
        auto const& i = w.second;
        if (i.is_alive() && i.agent == a.spec.id) return true;
        auto const* planned = agent_of(i);
        return planned != nullptr && *planned == a.spec.id && i.is_wanted && is_due(i, now);
    });
}

void cluster::await_job(agent const& a, time_point now, effects& all) {
    if (!a.spec.job || a.state == agent_state::ready) return;
    for (auto const& name : a.spec.job->workers) {
        auto const it = workers_.find(name);
        if (it == workers_.end()) continue;
        auto& i = it->second;
        auto const* planned = agent_of(i);
        bool const waits = i.is_wanted && planned != nullptr && *planned == a.spec.id && is_due(i, now);
        if (!waits || i.state == process_state::pending || i.state == process_state::unreachable) continue;
        auto const from = to_string(i.state);
        i.state = process_state::pending;
        i.deadline.reset();
        all.push_back(
            wanted::tell{i.kind, i.name, from, to_string(i.state), {}, a.job ? job_text(*a.job) : ""});
    }
}

effects cluster::on(happened::job_told const& e, time_point now) {
    auto const it = agents_.find(e.agent);
    if (it == agents_.end() || !it->second.spec.job) return {};
    auto& a = it->second;
    auto const before = std::exchange(a.job, e.news);
    if (before == e.news) return {};
    auto const from = before ? to_string(before->phase) : "";
    effects all{
        wanted::tell{"queue.state", a.spec.job->base, from, to_string(e.news.phase), {}, job_text(e.news)}};
    await_job(a, now, all);
    append(all, advance(now));
    return all;
}

effects cluster::on(happened::agent_ending const& e, time_point /*now*/) {
    auto const it = agents_.find(e.agent);
    if (it == agents_.end()) return {};
    auto& a = it->second;
    a.is_ending = true;
    effects all;
    if (a.spec.job)
        all.push_back(wanted::tell{"queue.state", a.spec.job->base, "running", "ending", {}, e.text});
    for (auto& [name, i] : workers_) {
        if (!e.at_once || i.agent != e.agent || !i.is_within_reach()) continue;
        // How is told by the queue, when the job has ended.
        if (i.why == ending::none) i.why = ending::job_over;
        auto const from = to_string(i.state);
        i.state = process_state::stopping;
        i.stage = stop_stage::killing;
        i.deadline.reset();
        if (from != to_string(i.state))
            all.push_back(wanted::tell{i.kind, i.name, from, to_string(i.state), {}, e.text});
    }
    tell_state(all);
    return all;
}

effects cluster::on(happened::job_ended const& e, time_point now) {
    auto const it = agents_.find(e.agent);
    if (it == agents_.end() || !it->second.spec.job) return {};
    auto& a = it->second;
    auto const& pauses = a.spec.job->pool.backoff;
    if (a.ready_since && now - *a.ready_since >= pauses.reset_after) a.attempt = 0;
    bool const was_ready = std::exchange(a.ready_since, std::nullopt).has_value();
    // Not yet absent: no other job is submitted before all that ended with this one is dealt with.
    if (a.state != agent_state::failed) a.state = agent_state::starting;
    a.is_ending = false;
    a.is_unreachable = false;
    a.boot_id.clear();
    auto const before = std::exchange(a.job, std::nullopt);
    // An agent that had its time ends by itself.
    auto const why = e.why == ending::none && was_ready && e.cause.code == 0 ? ending::job_over : e.why;
    bool const is_failure = why == ending::none;
    auto const next_try = is_failure ? now + restart_delay(a.attempt++, pauses, world_.jitter()) : now;
    effects all{wanted::tell{"queue.state", a.spec.job->base, before ? to_string(before->phase) : "",
                             e.is_requeued ? "requeued" : "ended", e.cause, e.cause.text}};

    auto const agent_id = e.agent; // what ends may take the agent along
    std::vector<launch_id> alive;
    std::vector<instance*> waiting;
    for (auto& [name, i] : workers_) {
        auto const* planned = agent_of(i);
        if (i.is_alive() && i.agent == agent_id)
            alive.push_back(i.launch());
        else if (!was_ready && is_failure && i.is_wanted && i.state == process_state::pending &&
                 planned != nullptr && *planned == agent_id)
            waiting.push_back(&i);
    }
    auto const attempt = a.attempt;
    for (auto* i : waiting) { // the job never came so far
        auto const from = to_string(i->state);
        bool const gives_up = i->policy.restart == config::restart_policy::never;
        i->state = gives_up ? process_state::failed : process_state::backoff;
        i->attempt = attempt;
        i->last_exit = e.cause;
        if (!gives_up) i->deadline = next_try;
        all.push_back(wanted::tell{i->kind, i->name, from, to_string(i->state), e.cause, e.cause.text});
    }
    for (auto const& launch : alive) {
        auto* i = find(launch);
        if (i == nullptr) continue;
        if (i->why == ending::none || i->why == ending::job_over) i->why = why;
        append(all, ended(*i, e.cause, now));
    }
    auto const left = agents_.find(agent_id);
    if (left != agents_.end() && left->second.state == agent_state::starting) {
        left->second.state = agent_state::absent;
        left->second.deadline = next_try;
    }
    append(all, advance(now));
    return all;
}

void cluster::cancel_jobs(effects& all, time_point now) {
    std::vector<std::string> jobs;
    for (auto const& [id, a] : agents_)
        if (a.spec.job) jobs.push_back(id);
    for (auto const& id : jobs) {
        all.push_back(wanted::stop_agent{id});
        for (auto& [name, i] : workers_) {
            if (!i.is_alive() || i.agent != id) continue;
            exit_view const cause{
                world_.wall_time(), "requested", {}, {}, "stopped on request (its job is cancelled)"};
            append(all, on_exited(i, cause, now, 0));
        }
        agents_.erase(id);
    }
}

} // namespace daskd::core
