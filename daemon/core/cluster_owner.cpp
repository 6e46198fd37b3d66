#include "daemon/core/cluster.hpp"

// What the owner wants of a cluster: the verbs.

namespace daskd::core {
effects cluster::up(plan p, time_point now) {
    bool const is_news = !is_up_;
    set_plan(std::move(p));
    is_up_ = true;
    want_all();
    // An `up` is a new chance for what was given up.
    effects all;
    if (auto const& s = plan_.scheduler; is_news && !s.why_host.empty())
        all.push_back(wanted::tell{"cluster.notice",
                                   scheduler_.name,
                                   "",
                                   "",
                                   {},
                                   "the scheduler listens on " + s.host + ": " + s.why_host});
    if (scheduler_.state == process_state::failed)
        append(all, stop(scheduler_, ending::requested, stop_manner::gently, now));
    if (runner_.state == process_state::failed)
        append(all, stop(runner_, ending::requested, stop_manner::gently, now));
    for (auto& [name, i] : workers_)
        if (i.state == process_state::failed)
            append(all, stop(i, ending::requested, stop_manner::gently, now));
    for (auto& [id, a] : agents_) {
        if (a.state != agent_state::failed) continue;
        a.state = agent_state::absent;
        a.deadline.reset();
    }
    append(all, stop_unwanted(now));
    all.push_back(wanted::save_intent{});
    append(all, advance(now));
    return all;
}

effects cluster::down(ending why, stop_manner manner, time_point now, std::string text) {
    bool const is_news = is_up_;
    if (is_news) down_text_ = std::move(text); // who only hurries it along has not taken it down
    is_up_ = false;
    down_manner_ = manner;
    down_reason_ = why;
    scheduler_.is_wanted = false;
    if (scheduler_.is_alive() && scheduler_.why == ending::none) scheduler_.why = why; // should it not wait
    effects all;
    if (!scheduler_.is_alive()) append(all, stop(scheduler_, why, manner, now));
    if (manner == stop_manner::at_once) append(all, stop(scheduler_, why, manner, now));
    for (auto& [name, i] : workers_) {
        i.is_wanted = false;
        append(all, stop(i, why, manner, now));
    }
    wants_runner_ = runner_.is_wanted = false;
    append(all, stop(runner_, why, manner, now));
    if (is_news) all.push_back(wanted::save_intent{});
    append(all, advance(now));
    return all;
}

effects cluster::inherit(std::string const& agent) {
    auto& a = agents_[agent];
    if (a.state == agent_state::ready) return {};
    a.spec.id = agent;
    a.is_inherited = true; // also of one that was started for a plan, and has not told yet what it has
    effects all;
    if (a.state != agent_state::starting) all.push_back(wanted::start_agent{agent});
    a.state = agent_state::starting;
    tell_state(all);
    return all;
}

bool cluster::may_hold_results_unheard(instance const& i) const {
    bool const is_adopted = i.state == process_state::starting && !i.is_arriving;
    return is_adopted && scheduler_.is_wanted && scheduler_.state != process_state::running;
}

effects cluster::stop_as_asked(instance& i, stop_manner manner, time_point now) {
    if (manner != stop_manner::gently || !may_hold_results_unheard(i))
        return stop(i, ending::requested, manner, now);
    postpone_stop(i, ending::requested, manner);
    return {};
}

effects cluster::stop_unwanted(time_point now) {
    effects all;
    for (auto& [name, i] : workers_) {
        if (!is_planned(name)) i.is_wanted = false;
        if (i.is_wanted || !i.is_alive()) continue;
        if (!may_hold_results_unheard(i)) append(all, stop(i, ending::requested, stop_manner::gently, now));
    }
    std::erase_if(workers_, [&](auto const& w) { return !is_planned(w.first) && !w.second.is_alive(); });
    return all;
}

effects cluster::replan(plan p, time_point now) {
    auto const changes = diff(plan_, p);
    set_plan(std::move(p));
    want_all();
    effects all = stop_unwanted(now);
    for (auto const& c : changes) {
        if (c.kind != change_kind::restart || stopped_by_hand_.contains(c.name)) continue;
        if (c.name == scheduler_.name && scheduler_stopped_by_hand_) continue;
        auto const& i = *find(c.name);
        if (c.name == scheduler_.name)
            append(all, restart_scheduler(stop_manner::briskly, now));
        else if (i.is_alive())
            outdated_[c.name] = i.incarnation;
        else // there is nobody to spare
            append(all, restart_worker(c.name, stop_manner::gently, now));
    }
    all.push_back(wanted::save_intent{});
    all.push_back(watch_silence());
    append(all, advance(now));
    return all;
}

effects cluster::restart_all(plan p, stop_manner manner, time_point now) {
    set_plan(std::move(p));
    want_all();
    effects all = stop_unwanted(now);
    for (auto& [name, i] : workers_)
        if (i.is_wanted) append(all, stop(i, ending::requested, manner, now));
    append(all, stop(runner_, ending::requested, manner, now));
    append(all, stop(scheduler_, ending::requested, manner, now));
    append(all, advance(now));
    return all;
}

void cluster::forgive(std::string const* agent_id) {
    auto const it = agent_id == nullptr ? agents_.end() : agents_.find(*agent_id);
    if (it != agents_.end() && it->second.state == agent_state::failed)
        it->second.state = agent_state::absent;
}

effects cluster::start_worker(std::string const& name, time_point now) {
    auto* i = find(name);
    stopped_by_hand_.erase(name);
    i->is_wanted = is_up_ && is_planned(name);
    forgive(agent_of(*i));
    effects all{wanted::save_intent{}};
    if (i->why == ending::requested && i->stop_on_return) { // it was to be stopped: no longer
        i->stop_on_return.reset();
        i->why = ending::none;
    }
    if (!i->is_alive()) append(all, stop(*i, ending::requested, stop_manner::gently, now));
    append(all, advance(now));
    return all;
}

effects cluster::stop_worker(std::string const& name, stop_manner manner, time_point now) {
    auto* i = find(name);
    stopped_by_hand_.insert(name);
    i->is_wanted = false;
    effects all = stop_as_asked(*i, manner, now);
    tell_if_unreachable(*i, "stopped", all);
    all.push_back(wanted::save_intent{});
    append(all, advance(now));
    return all;
}

effects cluster::restart_worker(std::string const& name, stop_manner manner, time_point now) {
    auto* i = find(name);
    effects all;
    if (stopped_by_hand_.erase(name) > 0) all.push_back(wanted::save_intent{});
    i->is_wanted = is_up_ && is_planned(name);
    forgive(agent_of(*i));
    append(all, stop_as_asked(*i, manner, now));
    tell_if_unreachable(*i, "restarted", all);
    append(all, advance(now));
    return all;
}

effects cluster::start_scheduler(time_point now) {
    scheduler_stopped_by_hand_ = false;
    scheduler_.is_wanted = is_up_;
    effects all{wanted::save_intent{}};
    if (!scheduler_.is_alive()) append(all, stop(scheduler_, ending::requested, stop_manner::gently, now));
    append(all, advance(now));
    return all;
}

effects cluster::stop_scheduler(stop_manner manner, time_point now) {
    scheduler_stopped_by_hand_ = true;
    scheduler_.is_wanted = false;
    effects all = scheduler_is_lost(now);
    append(all, stop(scheduler_, ending::requested, manner, now));
    all.push_back(wanted::save_intent{});
    append(all, advance(now));
    return all;
}

effects cluster::restart_scheduler(stop_manner manner, time_point now) {
    effects all;
    if (scheduler_stopped_by_hand_) all.push_back(wanted::save_intent{});
    scheduler_stopped_by_hand_ = false;
    scheduler_.is_wanted = is_up_;
    append(all, scheduler_is_lost(now));
    append(all, stop(scheduler_, ending::requested, manner, now));
    append(all, advance(now));
    return all;
}

effects cluster::want_runner(time_point now) {
    wants_runner_ = is_up_;
    runner_.is_wanted = wants_runner_;
    return advance(now);
}

} // namespace daskd::core
