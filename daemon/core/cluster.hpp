#pragma once

#include "daemon/core/diff.hpp"
#include "daemon/core/instance.hpp"
#include "daemon/core/rolling.hpp"
#include "daemon/core/tally.hpp"

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace daskd::core {

// A whole cluster: one scheduler, its workers, and the agents that fork them. It holds what its owner wants
// (the plan, up or down, what was stopped by hand) and steps every instance with what happens. The rules
// between instances are here:
//
//  * An agent is started when something needs it and told to end when the cluster is down. One that dies is
//  followed by another, which takes over its processes: they keep their state meanwhile.
//  * A worker starts when its agent is ready and the scheduler is registered.
//  * When the scheduler ends, its workers are of no use: they end (scheduler_lost) and start anew with its
//  successor.
//  * Without the link to its host, a worker is unreachable, and what is asked of it is done when the host is
//  back; link_tolerance says from when on it counts as lost (cluster_hosts.cpp).
//  * An agent in a job is submitted when the scheduler runs, and until it is there its workers are pending.
//  Job and agent are one: when the queue tells of its end, its workers have ended too (cluster_queue.cpp).
//  * The job runner is there once jobs need it. It comes and goes with the scheduler, like a worker.
//  * Down: workers and job runner first, then the scheduler, then the agents.

enum class cluster_state { down, starting, running, degraded, stopping, failed };
[[nodiscard]] std::string to_string(cluster_state state);

enum class agent_state { absent, starting, ready, failed };

struct agent {
    agent_spec spec;
    agent_state state = agent_state::absent;
    bool is_inherited = false; ///< an earlier daskd left it, and it has not told yet what it has
    std::optional<time_point> ready_since;
    int attempt = 0;
    std::optional<time_point> deadline; ///< of the next start after a failure
    std::string failure;
    std::string boot_id;         ///< of its host, when it was last ready
    bool is_unreachable = false; ///< its host is, as far as is known
    std::string since;           ///< when it came to be ready, unreachable or failed; ISO 8601, UTC
    std::optional<job_news> job; ///< what the queue says of the one that it runs in
    bool is_ending = false;      ///< with its job: it starts nothing more
};

/// What the core cannot know by itself: given, so that tests can decide it.
struct outside {
    std::function<double()> jitter = [] { return 0.5; };                   ///< in [0, 1)
    std::function<std::string()> wall_time = [] { return std::string{}; }; ///< ISO 8601, UTC
};

class cluster {
public:
    cluster(std::string name, outside world, std::uint64_t next_incarnation);

    // --- what the owner wants
    // -------------------------------------------------------------------------------------------

    /// Brings the cluster up with this plan; what runs already is left alone.
    [[nodiscard]] effects up(plan p, time_point now);
    /// `text` tells people why; empty: its owner said so.
    [[nodiscard]] effects down(ending why, stop_manner manner, time_point now, std::string text = {});
    /// It was taken down while no daskd was there to hear it: this is how its scheduler closed.
    [[nodiscard]] effects found_closed(happened::scheduler_closing const& last_words, time_point now);
    /// An earlier daskd has left this agent, or what it had: it is found, or started, and tells.
    [[nodiscard]] effects inherit(std::string const& agent);
    /// Another plan for a running cluster: only what differs is touched, and of a pool's workers only a few
    /// at a time (rolling.hpp).
    [[nodiscard]] effects replan(plan p, time_point now);

    /// Ends everything but the agents and starts it anew by this plan.
    [[nodiscard]] effects restart_all(plan p, stop_manner manner, time_point now);

    [[nodiscard]] effects start_worker(std::string const& name, time_point now);
    [[nodiscard]] effects stop_worker(std::string const& name, stop_manner manner, time_point now);
    [[nodiscard]] effects restart_worker(std::string const& name, stop_manner manner, time_point now);
    [[nodiscard]] effects start_scheduler(time_point now);
    [[nodiscard]] effects stop_scheduler(stop_manner manner, time_point now);
    [[nodiscard]] effects restart_scheduler(stop_manner manner, time_point now);

    /// There are jobs: from now on, until the cluster goes down, there is a job runner.
    [[nodiscard]] effects want_runner(time_point now);

    // --- what happens
    // ----------------------------------------------------------------------------------------------------

    [[nodiscard]] effects step(event const& e, time_point now);
    /// When time_passed is due next; empty: nothing is waiting for time.
    [[nodiscard]] std::optional<time_point> next_deadline() const;

    // --- what there is
    // ---------------------------------------------------------------------------------------------------

    [[nodiscard]] cluster_state state() const;
    [[nodiscard]] bool is_wanted_up() const { return is_up_; }
    /// Some processes were started by an earlier plan, and are to be replaced one after the other.
    [[nodiscard]] bool is_renewing() const;
    [[nodiscard]] std::string const& name() const { return name_; }
    [[nodiscard]] plan const& current_plan() const { return plan_; }
    [[nodiscard]] instance const& scheduler() const { return scheduler_; }
    [[nodiscard]] instance const& runner() const { return runner_; }
    /// In the plan's order; workers that are on their way out come last.
    [[nodiscard]] std::vector<instance const*> workers() const;
    [[nodiscard]] instance const* find_worker(std::string const& name) const;
    [[nodiscard]] worker_spec const* find_spec(std::string const& name) const;
    /// The same; of a worker that no plan has any more, and that is on its way out, the last one.
    [[nodiscard]] worker_spec const* last_spec(std::string const& name) const;
    [[nodiscard]] std::map<std::string, agent> const& agents() const { return agents_; }
    [[nodiscard]] std::set<std::string> const& stopped_workers() const { return stopped_by_hand_; }
    /// Workers that were left behind when the cluster went down, on hosts that could not be reached.
    [[nodiscard]] std::map<std::string, std::uint64_t> const& left_behind() const { return left_behind_; }
    /// The agent that it runs with, or will; null: none is planned.
    [[nodiscard]] agent const* find_agent_of(instance const& i) const;
    /// Why it is not running: how it last ended, or why its host cannot be reached.
    [[nodiscard]] std::string trouble_of(instance const& i) const;
    [[nodiscard]] bool is_scheduler_stopped() const { return scheduler_stopped_by_hand_; }
    /// As the scheduler last told.
    [[nodiscard]] task_counts const& tasks() const { return tasks_; }
    [[nodiscard]] std::uint64_t next_incarnation() const { return next_incarnation_; }
    [[nodiscard]] tally const& counted() const { return tally_; }

    /// Restores what was stopped by hand before a restart of daskd. Before `up`.
    void restore_stopped(std::set<std::string> workers, bool scheduler);

private:
    effects on(happened::agent_ready const& e, time_point now);
    effects on(happened::agent_failed const& e, time_point now);
    effects on(happened::agent_delayed const& e, time_point now);
    effects on(happened::agent_gone const& e, time_point now);
    effects on(happened::host_lost const& e, time_point now);
    effects on(happened::job_told const& e, time_point now);
    effects on(happened::job_ended const& e, time_point now);
    effects on(happened::agent_ending const& e, time_point now);
    effects on(happened::spawned const& e, time_point now);
    effects on(happened::spawn_failed const& e, time_point now);
    effects on(happened::exited const& e, time_point now);
    effects on(happened::scheduler_ready const& e, time_point now);
    effects on(happened::runner_ready const& e, time_point now);
    effects on(happened::scheduler_closing const& e, time_point now);
    effects on(happened::worker_registered const& e, time_point now);
    effects on(happened::worker_unregistered const& e, time_point now);
    effects on(happened::worker_silent const& e, time_point now);
    effects on(happened::examined const& e, time_point now);
    effects on(happened::tasks_counted const& e, time_point now);
    effects on(happened::client_restart const& e, time_point now);
    effects on(happened::results_moved const& e, time_point now);
    effects on(happened::time_passed const& e, time_point now);

    /// An agent that failed for good is tried again: the owner asks for something of it.
    void forgive(std::string const* agent_id);
    void set_plan(plan p);
    void want_all();
    /// Stops what is not to run: what the plan no longer has, and what an earlier daskd had begun to stop.
    effects stop_unwanted(time_point now);
    /// By the owner. What may hold results waits for the scheduler: those must move first.
    effects stop_as_asked(instance& i, stop_manner manner, time_point now);
    /// It was taken over, and the scheduler, which could move its results, has not been heard yet.
    [[nodiscard]] bool may_hold_results_unheard(instance const& i) const;
    effects ended(instance& i, exit_view const& cause, time_point now);
    /// The scheduler has it, or serves.
    effects arrived(instance& i, std::string const& address, time_point now);
    void count_restart(instance const& i);
    [[nodiscard]] std::string pool_of(instance const& i) const;
    /// Processes that were unreachable and are not among those that their agent has now.
    effects missed(happened::agent_ready const& e, bool has_rebooted, time_point now);
    /// Notes that this agent's host cannot be reached. Whether that is news.
    bool lose_host(agent& a, std::string const& text);
    /// Workers that cannot start before this agent's job does are pending.
    void await_job(agent const& a, time_point now, effects& all);
    /// One that could be started now, if its agent were there.
    bool is_due(instance const& i, time_point now) const;
    /// Whether it is time to submit the agent's job.
    bool may_submit(agent const& a, time_point now) const;
    /// On the way down, without a scheduler: nobody in a job can be told anything any more.
    void cancel_jobs(effects& all, time_point now);
    /// Gives up what cannot be reached, because the cluster goes down.
    void leave_behind(effects& all, time_point now);
    /// Tells that what was asked for is done when the worker's host is back.
    void tell_if_unreachable(instance const& i, std::string const& what, effects& all) const;
    effects found(running_process const& p, std::string const& agent, time_point now);
    /// Launches of an agent that it has not confirmed.
    std::vector<launch_id> unconfirmed(std::string const& agent) const;
    /// Tells those of them as failed that were lost with an agent; `living` are what its successor has.
    effects lose_unconfirmed(std::string const& agent, std::vector<running_process> const& living,
                             std::string const& text, time_point now);
    /// What the agent before could not start, the one that is there now may: at once.
    void forgive_failed_starts(std::string const& agent);
    /// Starts whatever is wanted, possible and not yet started. Called after everything that could have made
    /// something possible.
    effects advance(time_point now);
    void advance(instance& i, time_point now, effects& all);
    bool may_start(instance const& i, time_point now) const;
    void advance_all(time_point now, effects& all);
    /// How many more workers of a pool may be on their way with their agent. Each pool has room of its own:
    /// one whose workers never arrive must not keep the others from starting.
    int room_of(worker_spec const& spec) const;
    /// The same, asked once for each of them and counted down by the caller.
    using rooms = std::map<std::pair<std::string, std::string>, int>; ///< of a pool with an agent
    int& room_left(worker_spec const& spec, rooms& known) const;
    /// A worker is no longer on its way: another one may be.
    void advance_waiting(time_point now, effects& all);
    bool is_outdated(instance const& i) const;
    /// Ends the outdated workers whose turn it is.
    void renew_outdated(time_point now, effects& all);
    std::string const* agent_of(instance const& i) const;
    bool needs(std::string const& agent) const;
    bool awaits_inheritance() const;
    void manage_agents(time_point now, effects& all);
    /// When the cluster is wanted down: the next step of going down.
    void wind_down(time_point now, effects& all);
    effects scheduler_is_lost(time_point now);
    void tell_state(effects& all);
    /// Early enough for the pool with the shortest `liveness`.
    [[nodiscard]] effect watch_silence() const;
    /// What a scheduler that has ended takes with it.
    [[nodiscard]] effect tell_loss() const;
    instance* find(std::string const& name);
    /// The instance of exactly this launch; null if it is over.
    instance* find(launch_id const& launch);
    [[nodiscard]] bool is_worker(instance const& i) const { return &i != &scheduler_ && &i != &runner_; }
    bool is_planned(std::string const& worker) const { return spec_index_.contains(worker); }

    std::string name_;
    outside world_;
    std::uint64_t next_incarnation_;
    plan plan_;
    std::map<std::string, std::size_t> spec_index_;   ///< worker name -> place in plan_.workers
    std::map<std::string, worker_spec> former_specs_; ///< of workers that an earlier plan had
    bool is_up_ = false;
    stop_manner down_manner_ = stop_manner::briskly;
    ending down_reason_ = ending::requested;
    std::string down_text_;                    ///< why, for people
    std::deque<std::string> waiting_for_room_; ///< workers whose agent has enough on their way
    cluster_state told_state_ = cluster_state::down;
    std::map<std::string, std::uint64_t> outdated_; ///< launches of an earlier plan that are to be replaced

    instance scheduler_;
    instance runner_;
    bool wants_runner_ = false;
    std::map<std::string, instance> workers_;
    std::map<std::string, agent> agents_;
    /// Whom the scheduler has, also those whose agents have not told of them yet: name -> address.
    std::map<std::string, std::string> registered_;
    std::set<std::string> stopped_by_hand_;
    std::map<std::string, std::uint64_t> left_behind_; ///< launches: name -> incarnation
    bool scheduler_stopped_by_hand_ = false;
    task_counts tasks_;
    tally tally_;
};

} // namespace daskd::core
