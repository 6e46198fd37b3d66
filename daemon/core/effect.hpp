#pragma once

#include "common/cluster_view.hpp"
#include "daemon/core/event.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace daskd::core {

/// What the core wants done. Effects are values: the supervisor carries them out in order.
namespace wanted {

struct start_agent {
    std::string agent;
};
/// End an agent that has no process left.
struct stop_agent {
    std::string agent;
};
struct start_process {
    launch_id launch;
};
struct send_signal {
    launch_id launch;
    int signal = 0;
    bool whole_tree = false;
    std::string agent = {}; ///< whose child it is
};
/// Have the scheduler move a worker's results elsewhere; ends in happened::results_moved.
struct move_results {
    launch_id launch;
    std::string address;
};
/// The scheduler must forget a worker that is dead, before its successor asks for the name.
struct forget_worker {
    std::string address;
};
/// Have the scheduler tell of workers that have been silent for so long.
struct watch_silence {
    milliseconds after{0};
};
/// Have an agent look whether a process works; ends in happened::examined, unless it is gone.
struct examine {
    launch_id launch;
    std::string agent;
};
/// Tell users: an event for the history.
struct tell {
    std::string kind; ///< cluster.state, scheduler.state, worker.state, agent.state, runner.state, job.state,
                      ///< cluster.notice
    std::string name;
    std::string from;
    std::string to;
    std::optional<exit_view> cause;
    std::string text;
};
/// What daskd must remember over its own death has changed.
struct save_intent {};

} // namespace wanted

using effect = std::variant<wanted::start_agent, wanted::stop_agent, wanted::start_process,
                            wanted::send_signal, wanted::move_results, wanted::forget_worker,
                            wanted::watch_silence, wanted::examine, wanted::tell, wanted::save_intent>;
using effects = std::vector<effect>;

inline void append(effects& all, effects more) {
    for (auto& e : more)
        all.push_back(std::move(e));
}

} // namespace daskd::core
