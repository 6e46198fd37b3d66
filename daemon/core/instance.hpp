#pragma once

#include "daemon/core/backoff.hpp"
#include "daemon/core/effect.hpp"
#include "daemon/core/liveness.hpp"
#include "daemon/core/plan.hpp"
#include "daemon/core/restart_decision.hpp"

#include <optional>
#include <string>

namespace daskd::core {

// One supervised process: the scheduler or a worker.
//
// Two things are kept apart: what is wanted (`is_wanted`, the owner's word) and where the process is
// (`state`). Everything below moves `state` towards `is_wanted` and answers what must be done as effects;
// nothing here waits, logs or knows the time. `registered` means: the scheduler has the worker; for the
// scheduler itself: its link has spoken.
//
//   stopped ──start──> starting ──registered──> running
//      ^                  │  ^                     │
//      │                  │  └── backoff <──┐      │ stop / restart
//      │               it ends              │      v
//      └──── not wanted ──┴── wanted ───────┴── stopping: moving results → SIGTERM → SIGKILL to the whole
//      tree
//                             │
//                             └── policy or budget forbids: failed
//
// The state of one whose host cannot be reached is `unreachable`: with a process that may live, or with none,
// waiting for its host. A stop is noted then (`stop_on_return`) and done when the host is back.
//
// Who may end a process: its owner (stop, restart), a deadline (it never registered), the loss of its
// scheduler. Why is kept in `why`, since the exit code cannot tell; restart_decision.hpp says what follows
// from it. A restart that somebody asked for is immediate and counts as no failure; an end that nobody asked
// for is restarted at once the first time and with growing delays from then on, until it has been running for
// `backoff.reset_after`. A crash loop is told of less and less often.

enum class process_state { stopped, pending, starting, running, stopping, backoff, failed, unreachable };
[[nodiscard]] std::string to_string(process_state state);

/// How far a stop has come.
enum class stop_stage {
    none,
    moving_results, ///< the scheduler moves its results to other workers
    terminating,    ///< SIGTERM was sent
    killing,        ///< SIGKILL was sent to the whole tree
};

/// How a stop goes about it, from the mildest on.
enum class stop_manner {
    gently,  ///< move results, SIGTERM, SIGKILL; each within stop_timeout
    briskly, ///< SIGTERM, SIGKILL: its results are of no use any more
    at_once, ///< SIGKILL
};

struct instance {
    std::string name;
    std::string kind;  ///< event kind: "worker.state" or "scheduler.state"
    std::string agent; ///< where the present launch runs; a changed plan counts from the next launch
    process_policy policy;

    bool is_wanted = false;
    process_state state = process_state::stopped;
    stop_stage stage = stop_stage::none;
    ending why = ending::none;
    /// What is to be done when its host is back; of an adopted one, when its scheduler has answered.
    std::optional<stop_manner> stop_on_return;
    bool is_registered = false;

    std::uint64_t incarnation = 0;
    std::optional<process_ref> process;
    std::string address;
    std::string last_address;       ///< of the launch before this one, or of this one once it has ended
    std::string memory_enforced_by; ///< of the present launch: cgroup, agent, or empty
    suspicion hang;
    circumstances known;                ///< about the end of the present launch
    std::optional<time_point> deadline; ///< of the present state: start-up, escalation, next start, health
    std::optional<time_point> started_at;
    bool is_arriving = false; ///< of the present launch: daskd has started it, and it has not yet registered
    std::optional<time_point> running_since;

    int attempt = 0; ///< ends in a row without health between
    int restarts = 0;
    restart_history history;
    std::optional<exit_view> last_exit;

    [[nodiscard]] launch_id launch() const { return {name, incarnation}; }
    /// Whether a process of it exists, or is being made; of an unreachable one: was there when it was last
    /// seen.
    [[nodiscard]] bool is_alive() const {
        return is_within_reach() || (state == process_state::unreachable && process.has_value());
    }
    [[nodiscard]] bool is_within_reach() const {
        return state == process_state::starting || state == process_state::running ||
               state == process_state::stopping;
    }
    /// It comes and goes, and not all of that is told.
    [[nodiscard]] bool is_in_crash_loop() const { return attempt >= loop_begins_at; }
};

/// Starts it: a new incarnation. Only when nothing of it is alive.
[[nodiscard]] effects start(instance& i, std::uint64_t incarnation, time_point now);

/// It was found running by a new daskd: the same process goes on under its old incarnation.
[[nodiscard]] effects adopt(instance& i, running_process const& found, std::string const& agent,
                            time_point now);

[[nodiscard]] effects on_spawned(instance& i, process_ref process, std::string memory_enforced_by);
/// The agent that follows its own, which died, has it: what was sent to that one may be lost.
[[nodiscard]] effects on_found_again(instance& i, running_process const& found);
[[nodiscard]] effects on_registered(instance& i, std::string address, time_point now);
/// The scheduler has it no longer. Mostly its death, which is told a moment later; if not, it must register
/// again in time.
[[nodiscard]] effects on_unregistered(instance& i, time_point now);

/// The link to its host is lost. What happens to it meanwhile is told when the host is back, or when the host
/// has been away for its link_tolerance.
[[nodiscard]] effects on_host_lost(instance& i, time_point now);
/// The host is back, and so is the process: it goes on, or is stopped if that was asked for.
[[nodiscard]] effects on_host_back(instance& i, time_point now);

/// The scheduler has dropped it for its silence, and the process lives on: it is ended.
[[nodiscard]] effects on_timed_out(instance& i, time_point now);
/// The scheduler tells what a worker at `address` was working on when it left: of use where it ended for its
/// memory, or hung. That may be told before or after its end.
[[nodiscard]] effects on_told_of_tasks(instance& i, std::string const& address,
                                       std::vector<std::string> const& tasks);

/// Ends it, for `why`. Whether it comes back depends on is_wanted. Idempotent; a harsher manner overtakes a
/// milder one.
[[nodiscard]] effects stop(instance& i, ending why, stop_manner manner, time_point now);
/// To be stopped once that can be done properly, if it lives then.
void postpone_stop(instance& i, ending why, stop_manner manner);
[[nodiscard]] effects stop_if_postponed(instance& i, time_point now);
[[nodiscard]] effects on_results_moved(instance& i, time_point now);

/// Its process has ended. `jitter` in [0, 1). Leaves it in stopped (then it is wanted no more), backoff
/// (deadline = when to start; may be now) or failed.
[[nodiscard]] effects on_exited(instance& i, exit_view const& cause, time_point now, double jitter);

/// A deadline has come: escalates a stop, ends a start that took too long, or finds it in good health again.
/// Due backoffs are the caller's to start.
[[nodiscard]] effects on_deadline(instance& i, time_point now);

} // namespace daskd::core
