#include "daemon/core/instance.hpp"

#include "common/durations.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

namespace daskd::core {
namespace {

/// How long after the scheduler dropped a worker its exit is waited for before that counts as a state of its
/// own.
constexpr milliseconds exit_report_grace{2'000};

/// Part of the round that a crash loop goes.
bool is_routine(process_state to) {
    return to == process_state::backoff || to == process_state::starting || to == process_state::running;
}

effects enter(instance& i, process_state to, std::optional<exit_view> cause = {}, std::string text = {}) {
    auto const from = i.state;
    i.state = to;
    if (from == to && !cause) return {};
    if (is_routine(to) && !is_worth_telling(i.attempt)) return {};
    return {wanted::tell{i.kind, i.name, to_string(from), to_string(to), std::move(cause), std::move(text)}};
}

effects end_signals(instance const& i) {
    // CONT after TERM: a stopped process would never see it.
    return {wanted::send_signal{i.launch(), SIGTERM, false, i.agent},
            wanted::send_signal{i.launch(), SIGCONT, false, i.agent}};
}

effects terminate(instance& i, time_point now) {
    i.stage = stop_stage::terminating;
    i.deadline = now + i.policy.stop_timeout;
    return end_signals(i);
}

effects kill_tree(instance& i, time_point now) {
    i.stage = stop_stage::killing;
    // A launch that was never confirmed may not exist: then nobody tells its end.
    i.deadline = i.process ? std::nullopt : std::optional(now + i.policy.stop_timeout);
    return {wanted::send_signal{i.launch(), SIGKILL, true, i.agent}};
}

/// After a failure: again at once the first time, then later, and never beyond the budget.
effects restart_within_budget(instance& i, exit_view const& cause, time_point now, double jitter) {
    auto const attempt = i.attempt++;
    if (!i.history.allows(i.policy.max_restarts, now))
        return enter(i, process_state::failed, cause,
                     cause.text + "; given up after " + std::to_string(i.policy.max_restarts->count) +
                         " restarts within " + format_duration(i.policy.max_restarts->within));
    i.deadline = now + restart_delay(attempt, i.policy.backoff, jitter);
    ++i.restarts;
    auto const times = i.is_in_crash_loop() ? "end " + std::to_string(i.attempt) + " in a row: " : "";
    return enter(i, process_state::backoff, cause, times + cause.text);
}

/// It runs: from when on do its failures no longer count?
void await_health(instance& i) {
    if (i.attempt > 0 && i.running_since) i.deadline = *i.running_since + i.policy.backoff.reset_after;
}

effects on_good_health(instance& i) {
    auto const ends = std::exchange(i.attempt, 0);
    i.deadline.reset();
    if (ends < loop_begins_at) return {};
    return {wanted::tell{i.kind, i.name, to_string(process_state::backoff), to_string(i.state), std::nullopt,
                         "in good health after " + std::to_string(ends) + " ends in a row"}};
}

} // namespace

std::string to_string(process_state state) {
    switch (state) {
    case process_state::stopped: return "stopped";
    case process_state::pending: return "pending";
    case process_state::starting: return "starting";
    case process_state::running: return "running";
    case process_state::stopping: return "stopping";
    case process_state::backoff: return "backoff";
    case process_state::failed: return "failed";
    case process_state::unreachable: return "unreachable";
    }
    return "?";
}

effects start(instance& i, std::uint64_t incarnation, time_point now) {
    i.incarnation = incarnation;
    i.process.reset();
    i.address.clear();
    i.memory_enforced_by.clear();
    i.hang = {};
    i.known = {};
    i.is_registered = false;
    i.why = ending::none;
    i.stage = stop_stage::none;
    i.stop_on_return.reset();
    i.started_at = now;
    i.is_arriving = true;
    i.running_since.reset();
    i.deadline = now + i.policy.start_timeout;
    auto all = enter(i, process_state::starting);
    all.push_back(wanted::start_process{i.launch()});
    return all;
}

effects adopt(instance& i, running_process const& found, std::string const& agent, time_point now) {
    i.agent = agent;
    i.incarnation = found.launch.incarnation;
    i.process = found.process;
    i.memory_enforced_by = found.memory_enforced_by;
    i.started_at = now - from_seconds(found.age_s);
    i.is_arriving = false;
    i.why = ending::none;
    i.stage = stop_stage::none;
    i.deadline = now + i.policy.start_timeout;
    // Without a pid it is somebody else's: one that a nanny of Dask's looks after.
    auto const pid = found.process.pid == 0 ? "" : ", pid " + std::to_string(found.process.pid);
    return enter(i, process_state::starting, {}, "found running" + pid);
}

effects on_spawned(instance& i, process_ref process, std::string memory_enforced_by) {
    i.process = process;
    i.memory_enforced_by = std::move(memory_enforced_by);
    return {};
}

effects on_found_again(instance& i, running_process const& found) {
    auto all = on_spawned(i, found.process, found.memory_enforced_by);
    if (i.stage == stop_stage::terminating) append(all, end_signals(i));
    if (i.stage == stop_stage::killing) {
        i.deadline.reset();
        all.push_back(wanted::send_signal{i.launch(), SIGKILL, true, i.agent});
    }
    return all;
}

effects on_registered(instance& i, std::string address, time_point now) {
    i.address = std::move(address);
    i.is_registered = true;
    i.is_arriving = false;
    i.known = {};
    // Dask's own connections may be there while ours is not.
    if (i.state == process_state::stopping || i.state == process_state::unreachable) return {};
    i.deadline.reset(); // also of one that the scheduler had dropped
    bool const is_news = i.state == process_state::starting;
    if (is_news) i.running_since = now;
    await_health(i);
    return is_news ? enter(i, process_state::running) : effects{};
}

effects on_unregistered(instance& i, time_point now) {
    i.is_registered = false;
    if (i.state == process_state::running) i.deadline = now + exit_report_grace;
    return {};
}

effects on_host_lost(instance& i, time_point now) {
    if (!i.is_within_reach()) return {};
    switch (i.stage) {
    case stop_stage::none: break;
    case stop_stage::moving_results: i.stop_on_return = stop_manner::gently; break;
    case stop_stage::terminating: i.stop_on_return = stop_manner::briskly; break;
    case stop_stage::killing: i.stop_on_return = stop_manner::at_once; break;
    }
    i.stage = stop_stage::none;
    i.hang = {};
    i.deadline.reset();
    if (i.process) i.deadline = now + i.policy.link_tolerance;
    return enter(i, process_state::unreachable);
}

effects on_host_back(instance& i, time_point now) {
    if (i.state != process_state::unreachable) return {};
    effects all;
    if (i.is_registered) {
        if (!i.running_since) i.running_since = now;
        i.deadline.reset();
        i.hang.excuse_until(now + i.policy.link_tolerance);
        await_health(i);
        append(all, enter(i, process_state::running));
    } else {
        i.deadline = now + i.policy.start_timeout;
        i.running_since.reset();
        append(all, enter(i, process_state::starting));
    }
    append(all, stop_if_postponed(i, now));
    return all;
}

effects on_timed_out(instance& i, time_point now) {
    if (i.state == process_state::stopping || !i.is_within_reach()) return {};
    i.known.hang = "silent for Dask's worker-ttl";
    return stop(i, ending::hung, stop_manner::at_once, now);
}

effects on_told_of_tasks(instance& i, std::string const& address, std::vector<std::string> const& tasks) {
    if (i.address == address) i.known.tasks = tasks;
    bool const is_too_late =
        i.address != address && i.last_address == address && i.last_exit && !tasks.empty();
    if (!is_too_late || (i.last_exit->cause != "memory" && i.last_exit->cause != "hung")) return {};
    i.last_address.clear();
    i.last_exit->text += tasks_text(tasks);
    return {wanted::tell{"cluster.notice", i.name, "", "", {}, i.name + " ended" + tasks_text(tasks)}};
}

effects stop(instance& i, ending why, stop_manner manner, time_point now) {
    if (!i.is_alive()) {
        i.deadline.reset();
        i.attempt = 0;
        i.history.clear();
        return i.state == process_state::stopped ? effects{} : enter(i, process_state::stopped);
    }
    if (i.state == process_state::unreachable) {
        postpone_stop(i, why, manner);
        return {};
    }
    bool const overtakes = manner == stop_manner::at_once ||
                           (manner == stop_manner::briskly && i.stage == stop_stage::moving_results);
    if (i.state == process_state::stopping && !(overtakes && i.stage != stop_stage::killing)) return {};
    if (i.why == ending::none || why != ending::scheduler_lost) i.why = why;

    auto all = enter(i, process_state::stopping);
    if (manner == stop_manner::at_once) {
        append(all, kill_tree(i, now));
    } else if (manner == stop_manner::gently && i.is_registered) {
        i.stage = stop_stage::moving_results;
        i.deadline = now + i.policy.stop_timeout;
        all.push_back(wanted::move_results{i.launch(), i.address});
    } else {
        append(all, terminate(i, now));
    }
    return all;
}

void postpone_stop(instance& i, ending why, stop_manner manner) {
    if (i.why == ending::none || why != ending::scheduler_lost) i.why = why;
    i.stop_on_return = std::max(i.stop_on_return.value_or(manner), manner);
}

effects stop_if_postponed(instance& i, time_point now) {
    if (!i.stop_on_return || !i.is_within_reach()) return {};
    return stop(i, i.why, *std::exchange(i.stop_on_return, std::nullopt), now);
}

effects on_results_moved(instance& i, time_point now) {
    if (i.stage != stop_stage::moving_results) return {};
    return terminate(i, now);
}

effects on_exited(instance& i, exit_view const& cause, time_point now, double jitter) {
    effects all;
    if (!i.address.empty()) all.push_back(wanted::forget_worker{i.address});
    bool const was_healthy = i.running_since && now - *i.running_since >= i.policy.backoff.reset_after;
    auto const next = i.is_wanted ? after_end(i.why, i.policy.restart) : next_step::stay_away;
    bool const has_failed = next == next_step::later || next == next_step::give_up;
    if (was_healthy || !has_failed) i.attempt = 0;

    i.last_exit = cause;
    i.process.reset();
    i.last_address = std::exchange(i.address, {});
    i.memory_enforced_by.clear();
    i.is_registered = false;
    i.running_since.reset();
    i.deadline.reset();
    i.stage = stop_stage::none;
    i.stop_on_return.reset();

    switch (next) {
    case next_step::stay_away:
        i.is_wanted = false;
        append(all, enter(i, process_state::stopped, cause, cause.text));
        break;
    case next_step::at_once:
        ++i.restarts;
        i.deadline = now;
        append(all, enter(i, process_state::backoff, cause, cause.text));
        break;
    case next_step::give_up:
        append(all, enter(i, process_state::failed, cause, cause.text + "; its pool says restart: never"));
        break;
    case next_step::later: append(all, restart_within_budget(i, cause, now, jitter)); break;
    }
    return all;
}

effects on_deadline(instance& i, time_point now) {
    if (!i.deadline || *i.deadline > now) return {};
    switch (i.state) {
    case process_state::stopping:
        return i.stage == stop_stage::moving_results ? terminate(i, now) : kill_tree(i, now);
    case process_state::running:
        if (i.is_registered) return on_good_health(i);
        // The scheduler dropped it, and it lives on: it has as long to register as a fresh one.
        i.deadline = now + i.policy.start_timeout;
        i.running_since.reset();
        return enter(i, process_state::starting, {}, "the scheduler has it no longer");
    case process_state::starting: {
        i.why = ending::start_timeout;
        auto all = enter(i, process_state::stopping, {}, "did not register with the scheduler in time");
        append(all, kill_tree(i, now));
        return all;
    }
    case process_state::unreachable: {
        // Nobody knows whether it lives: the scheduler need not wait for it, and it must not come back.
        i.deadline.reset();
        i.is_registered = false;
        if (i.why == ending::none) i.why = ending::host_away;
        i.stop_on_return = stop_manner::at_once;
        auto const text = "away for longer than link_tolerance (" + format_duration(i.policy.link_tolerance) +
                          "): it starts anew when its host is back";
        effects all{wanted::tell{"cluster.notice", i.name, "", "", std::nullopt, text}};
        if (!i.address.empty()) all.push_back(wanted::forget_worker{i.address});
        return all;
    }
    default: return {};
    }
}

} // namespace daskd::core
