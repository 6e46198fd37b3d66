#include "daemon/core/view.hpp"

#include <algorithm>

namespace daskd::core {
namespace {

std::optional<double> seconds_since(std::optional<time_point> const& start, time_point now) {
    if (!start) return std::nullopt;
    return std::chrono::duration<double>(now - *start).count();
}

std::optional<double> next_start(instance const& i, time_point now) {
    if (i.state != process_state::backoff || !i.deadline) return std::nullopt;
    return std::max(0.0, std::chrono::duration<double>(*i.deadline - now).count());
}

/// Restarts without health between them, or those that its budget counts.
int attempt_of(instance const& i) {
    if (i.attempt == 0 || !i.policy.max_restarts) return i.attempt;
    return i.history.spent();
}

std::optional<int> allowed_attempts(instance const& i) {
    if (!i.policy.max_restarts) return std::nullopt;
    return i.policy.max_restarts->count;
}

std::optional<int> pid_of(instance const& i) {
    if (!i.process) return std::nullopt;
    return i.process->pid;
}

std::optional<std::string> address_of(instance const& i) {
    if (i.address.empty()) return std::nullopt;
    return i.address;
}

std::string spawn_text(config::spawn_mode wanted, std::string const& agent, view_input const& in) {
    auto const it = in.agent_spawns.find(agent);
    bool const only_exec = it != in.agent_spawns.end() && it->second == config::spawn_mode::exec;
    return only_exec || wanted == config::spawn_mode::exec ? "exec" : "fork";
}

/// Its job has its node, and is about to bring it.
bool is_being_brought(cluster const& c, instance const& i) {
    auto const* a = i.state == process_state::pending ? c.find_agent_of(i) : nullptr;
    return a != nullptr && a->job && a->job->phase >= job_phase::starting;
}

/// The queue's name for a node is that which people know; an agent there may be heard before the queue is
/// asked.
void add_job(worker_view& v, cluster const& c, instance const& i, view_input const& in) {
    auto const* a = c.find_agent_of(i);
    if (a == nullptr || !a->job) return;
    if (!a->job->id.empty()) v.job_id = a->job->id;
    auto const host = in.agent_hosts.find(a->spec.id);
    if (!a->job->node.empty())
        v.host = a->job->node;
    else if (host != in.agent_hosts.end())
        v.host = host->second;
    if (i.state == process_state::pending && !a->job->reason.empty()) v.reason = a->job->reason;
}

worker_view view_of(cluster const& c, instance const& i, view_input const& in) {
    worker_view v;
    v.name = i.name;
    v.host = this_host;
    v.state = to_string(is_being_brought(c, i) ? process_state::starting : i.state);
    v.desired = i.is_wanted ? "running" : "stopped";
    v.pid = pid_of(i);
    v.address = address_of(i);
    v.restarts = i.restarts;
    if (!i.memory_enforced_by.empty()) v.memory_enforced_by = i.memory_enforced_by;
    if (i.is_alive()) v.uptime_s = seconds_since(i.started_at, in.now);
    v.next_start_in_s = next_start(i, in.now);
    v.attempt = attempt_of(i);
    v.attempts_allowed = allowed_attempts(i);
    v.last_exit = i.last_exit;
    if (auto const* spec = c.last_spec(i.name)) {
        v.pool = spec->pool;
        v.host = spec->host;
        v.threads = spec->threads;
        v.memory_limit_bytes = spec->memory_limit_bytes;
        v.spawn = spawn_text(spec->process.spawn, spec->process.agent, in);
        v.log = spec->process.log;
    }
    add_job(v, c, i, in);
    if (auto const it = in.numbers.find(i.address); it != in.numbers.end()) {
        v.memory_bytes = it->second.memory_bytes;
        v.cpu_percent = it->second.cpu_percent;
        v.executing = it->second.executing;
    }
    return v;
}

scheduler_view view_of_scheduler(cluster const& c, view_input const& in) {
    auto const& i = c.scheduler();
    scheduler_view v;
    v.state = to_string(i.state);
    v.pid = pid_of(i);
    v.address = address_of(i);
    v.restarts = i.restarts;
    if (i.is_alive()) v.uptime_s = seconds_since(i.started_at, in.now);
    v.next_start_in_s = next_start(i, in.now);
    v.last_exit = i.last_exit;
    v.log = c.current_plan().scheduler.process.log;
    if (i.state == process_state::running) {
        v.dashboard = in.dashboard;
        v.python = in.python;
        v.distributed = in.distributed;
        v.tasks = c.tasks();
    }
    return v;
}

std::optional<runner_view> view_of_runner(cluster const& c, view_input const& in) {
    auto const& i = c.runner();
    if (!i.is_wanted && !i.is_alive()) return std::nullopt;
    runner_view v;
    v.state = to_string(i.state);
    v.pid = pid_of(i);
    v.restarts = i.restarts;
    if (i.is_alive()) v.uptime_s = seconds_since(i.started_at, in.now);
    v.next_start_in_s = next_start(i, in.now);
    v.last_exit = i.last_exit;
    v.log = c.current_plan().runner.process.log;
    return v;
}

void count(summary_view& s, cluster const& c, instance const& i) {
    if (i.is_wanted) ++s.desired;
    switch (i.state) {
    case process_state::running: ++s.running; break;
    case process_state::starting: ++s.starting; break;
    case process_state::backoff: ++s.backoff; break;
    case process_state::failed: ++s.failed; break;
    case process_state::unreachable: ++s.unreachable; break;
    case process_state::pending: ++(is_being_brought(c, i) ? s.starting : s.pending); break;
    case process_state::stopped:
        // Wanted, but its scheduler or agent is not there yet: on its way.
        if (i.is_wanted)
            ++s.starting;
        else
            ++s.stopped;
        break;
    case process_state::stopping: break;
    }
}

} // namespace

pool_view view_of(pool_spec const& pool) {
    pool_view v{pool.name, pool.launcher, pool.desired, 0};
    auto const seconds = [](milliseconds time) { return std::chrono::duration<double>(time).count(); };
    if (auto const& a = pool.adapt)
        v.adapt = {a->minimum, a->maximum, seconds(a->interval), a->wait_count, seconds(a->target_duration)};
    return v;
}

cluster_view make_view(cluster const& c, view_input const& in) {
    cluster_view v;
    v.cluster = c.name();
    v.state = to_string(c.state());
    v.daemon = in.daemon;
    v.warnings = in.warnings;
    if (!in.impairment.empty()) v.warnings.push_back(in.impairment);
    if (c.state() == cluster_state::down) return v;
    if (!in.impairment.empty()) {
        v.reason = in.impairment;
        if (c.state() == cluster_state::running) v.state = to_string(cluster_state::degraded);
    }

    v.scheduler = view_of_scheduler(c, in);
    v.job_runner = view_of_runner(c, in);
    if (v.job_runner && (v.job_runner->state == "backoff" || v.job_runner->state == "failed"))
        v.warnings.push_back("jobs do not go on: the job runner is in " + v.job_runner->state + ": " +
                             c.trouble_of(c.runner()));
    for (auto const& pool : c.current_plan().pools)
        v.pools.push_back(view_of(pool));
    for (auto const* i : c.workers()) {
        v.workers.push_back(view_of(c, *i, in));
        count(v.summary, c, *i);
        auto const pool = std::ranges::find(v.pools, v.workers.back().pool, &pool_view::name);
        if (pool != v.pools.end() && i->state == process_state::running) ++pool->running;
    }
    return v;
}

} // namespace daskd::core
