#pragma once

#include "common/cluster_view.hpp"
#include "daemon/core/exit_verdict.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace daskd::core {

/// What happens to a cluster, whoever saw it. The supervisor turns every report into one of these and steps
/// the cluster with it: nothing else changes the cluster's state.

/// A process, for ever: pids are used again.
struct process_ref {
    int pid = 0;
    std::uint64_t start_time = 0; ///< clock ticks since boot

    bool operator==(process_ref const&) const = default;
};

/// One launch of a named process. An event of an older incarnation comes too late and is dropped.
struct launch_id {
    std::string name;
    std::uint64_t incarnation = 0;

    bool operator==(launch_id const&) const = default;
};

/// A process that an agent had when daskd connected to it.
struct running_process {
    launch_id launch;
    process_ref process;
    double age_s = 0;
    std::string memory_enforced_by = {}; ///< cgroup, agent, or empty: nobody
};

/// How far the job has come that an agent runs in.
enum class job_phase {
    submitting, ///< the queue has not taken it yet
    waiting,    ///< for its turn
    starting,   ///< it has its node
    running,
};
[[nodiscard]] std::string to_string(job_phase phase);

/// What the queue says of a job.
struct job_news {
    job_phase phase = job_phase::submitting;
    std::string id;
    std::string reason;    ///< why it waits; may be empty
    std::string node;      ///< where it runs; may be empty
    bool is_stuck = false; ///< it waits, and will not run as it is

    bool operator==(job_news const&) const = default;
};
/// "job 12 waits: Resources"
[[nodiscard]] std::string job_text(job_news const& news);

namespace happened {

struct agent_ready {
    std::string agent;
    std::vector<running_process> processes;
    std::string news = {};    ///< why it has renewed itself, if it has
    std::string boot_id = {}; ///< of its host
};
struct agent_failed {
    std::string agent;
    std::string text;
    bool fatal = false;          ///< trying again cannot help (no `distributed` there)
    bool is_unreachable = false; ///< its host is: nothing is known of the agent
};
/// What its start takes time for.
struct agent_delayed {
    std::string agent;
    std::string text;
};
struct agent_gone {
    std::string agent;
};
/// The link to an agent's host is lost. The agent and its processes may live, and go on.
struct host_lost {
    std::string agent;
    std::string text;
};
/// The queue tells of the job that an agent runs in.
struct job_told {
    std::string agent;
    job_news news;
};
/// That job is no more, and nothing that ran in it.
struct job_ended {
    std::string agent;
    ending why = ending::none; ///< job_over, job_cancelled, or none: a failure
    exit_view cause;
    bool is_requeued = false; ///< the queue has put it back and will start it again
};
/// An agent starts nothing more, because its job is about to end. `at_once`: and what runs there ends now.
struct agent_ending {
    std::string agent;
    std::string text;
    bool at_once = false;
};
struct spawned {
    launch_id launch;
    process_ref process;
    std::string memory_enforced_by = {}; ///< as above
};
struct spawn_failed {
    launch_id launch;
    std::string text;
};
struct exited {
    launch_id launch;
    exit_status status;
};

/// The scheduler link is up: this is what the scheduler has.
struct scheduler_ready {
    int pid = 0;
    std::string address;
    std::map<std::string, std::string> workers; ///< name -> address
};
/// The job runner has connected to the scheduler, and serves.
struct runner_ready {
    int pid = 0;
};
struct scheduler_closing {
    std::string by;                    ///< client, idle, signal, unknown
    std::optional<double> idle_s = {}; ///< by idle: the idle timeout that is over
};
struct worker_registered {
    std::string name;
    std::string address;
};
struct worker_unregistered {
    std::string name;
    std::string address;
    std::uint64_t lost_tasks = 0;
    bool timed_out = false;              ///< it had been silent for Dask's worker-ttl
    std::vector<std::string> tasks = {}; ///< what it was working on, a few of them
};
/// The scheduler has not heard of a worker for a while.
struct worker_silent {
    std::string name;
    std::string address;
    milliseconds silence{0};
};
/// What its agent says of a process that it was asked to examine.
struct examined {
    launch_id launch;
    char state = '?';         ///< of its liveliest thread, as /proc has it; T: the process is stopped
    milliseconds cpu_time{0}; ///< of its whole tree, so far
};
/// How many tasks the scheduler has: what would be lost with it.
struct tasks_counted {
    task_counts tasks;
};
struct client_restart {};
struct results_moved { ///< a retirement is over; the worker may be ended
    launch_id launch;
};
struct time_passed {};

} // namespace happened

using event =
    std::variant<happened::agent_ready, happened::agent_failed, happened::agent_delayed, happened::agent_gone,
                 happened::host_lost, happened::job_told, happened::job_ended, happened::agent_ending,
                 happened::spawned, happened::spawn_failed, happened::exited, happened::scheduler_ready,
                 happened::runner_ready, happened::scheduler_closing, happened::worker_registered,
                 happened::worker_unregistered, happened::worker_silent, happened::examined,
                 happened::tasks_counted, happened::client_restart, happened::results_moved,
                 happened::time_passed>;

} // namespace daskd::core
