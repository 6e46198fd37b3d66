#include "common/durations.hpp"
#include "daemon/core/cluster.hpp"

// Hosts that cannot be reached: their workers may live, and go on.

namespace daskd::core {
bool cluster::lose_host(agent& a, std::string const& text) {
    a.failure = text;
    if (a.is_unreachable) return false;
    a.is_unreachable = true;
    a.since = world_.wall_time();
    return true;
}

effects cluster::on(happened::host_lost const& e, time_point now) {
    auto const it = agents_.find(e.agent);
    if (it == agents_.end()) return {};
    auto& a = it->second;
    a.state = agent_state::absent;
    a.deadline = now + restart_delay(a.attempt++, agent_backoff, world_.jitter());
    effects all;
    if (lose_host(a, e.text))
        all.push_back(wanted::tell{"agent.state", e.agent, "ready", "unreachable", {}, e.text});
    auto const lose = [&](instance& i) {
        if (i.agent == e.agent) append(all, on_host_lost(i, now));
    };
    lose(scheduler_);
    for (auto& [name, i] : workers_)
        lose(i);
    append(all, advance(now));
    return all;
}

effects cluster::missed(happened::agent_ready const& e, bool has_rebooted, time_point now) {
    std::vector<instance*> gone; // what ends may be erased
    for (auto& [name, i] : workers_)
        if (i.agent == e.agent && i.state == process_state::unreachable && i.process) gone.push_back(&i);
    effects all;
    for (auto* i : gone) {
        auto cause = verdict({world_.wall_time(), {}, {}, {}}, i->why, i->policy.start_timeout);
        if (has_rebooted) cause.text = "its host was restarted";
        append(all, ended(*i, cause, now));
    }
    return all;
}

void cluster::leave_behind(effects& all, time_point now) {
    for (auto& [name, i] : workers_) {
        if (i.state != process_state::unreachable) continue;
        std::string text = "its host cannot be reached";
        auto const it = agents_.find(i.agent);
        if (it != agents_.end() && it->second.spec.job) {
            text = "its job is cancelled";
        } else if (i.process) {
            left_behind_[name] = i.incarnation;
            text = "left behind on a host that cannot be reached";
            if (it != agents_.end())
                text += "; its host agent ends it " + format_duration(it->second.spec.orphan_timeout) +
                        " after it was cut off";
        }
        exit_view const cause{world_.wall_time(), "lost", {}, {}, text};
        append(all, on_exited(i, cause, now, 0));
    }
}

void cluster::tell_if_unreachable(instance const& i, std::string const& what, effects& all) const {
    if (i.state != process_state::unreachable) return;
    all.push_back(wanted::tell{"cluster.notice",
                               i.name,
                               "",
                               "",
                               {},
                               i.name + " cannot be reached: it is " + what + " when its host is back"});
}

std::string cluster::trouble_of(instance const& i) const {
    if (i.state == process_state::unreachable) {
        auto const* planned = agent_of(i);
        auto const it = agents_.find(i.process || planned == nullptr ? i.agent : *planned);
        if (it != agents_.end()) return it->second.failure;
    }
    auto const* a = i.state == process_state::pending ? find_agent_of(i) : nullptr;
    if (a != nullptr && a->job) return job_text(*a->job);
    return i.last_exit ? i.last_exit->text : "";
}

} // namespace daskd::core
