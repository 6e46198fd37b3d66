#pragma once

#include "common/paths.hpp"
#include "daemon/async/notifier.hpp"
#include "daemon/core/cluster.hpp"
#include "daemon/core/port_book.hpp"
#include "daemon/core/view.hpp"
#include "daemon/job_runner/link.hpp"
#include "daemon/launch/launchers.hpp"
#include "daemon/scheduler_link/link.hpp"
#include "daemon/state/event_log.hpp"
#include "daemon/state/store.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>

namespace daskd::supervise {

/// The only place that changes the cluster. Reports from agents, scheduler and clock go into one mailbox;
/// each is stepped through the pure core, and the effects that come back are carried out here. Decisions are
/// not made here.
class supervisor {
public:
    supervisor(boost::asio::io_context& io, cluster_paths paths, state::intent intent,
               launch::survival agents);
    supervisor(supervisor const&) = delete;
    supervisor& operator=(supervisor const&) = delete;

    // --- for verbs
    // --------------------------------------------------------------------------------------------------------

    [[nodiscard]] core::cluster& cluster() { return cluster_; }
    /// Carries out what the core answered to a verb.
    void perform(core::effects const& effects);
    /// What users want, to be kept over daskd's own death. Saved with the next effect that asks for it, or by
    /// save().
    [[nodiscard]] state::intent& intent() { return intent_; }
    void save();
    /// The last save() has worked.
    [[nodiscard]] bool is_saved() const { return saved_.has_value(); }
    [[nodiscard]] scheduler_link::link& scheduler() { return link_; }
    [[nodiscard]] job_runner::link& jobs() { return job_link_; }
    [[nodiscard]] cluster_paths const& paths() const { return paths_; }
    [[nodiscard]] boost::asio::any_io_executor executor() { return io_.get_executor(); }

    /// Waits until `condition` holds, looking again after every change. False: `limit` came first.
    boost::asio::awaitable<bool> wait_until(std::function<bool()> condition,
                                            std::optional<core::time_point> limit);

    /// Returns after the next change, or at `limit`.
    boost::asio::awaitable<void> wait_for_change(std::optional<core::time_point> limit) {
        return changed_.wait(limit);
    }

    /// Something that users should see in `status` until it is mended; empty: it is.
    void set_problem(std::string text) { problem_ = std::move(text); }
    /// Something about `topic` that users should see in `status`; empty: nothing any more.
    void set_warning(std::string const& topic, std::string const& text);

    // --- what must be on the disk, see upkeep
    // ---------------------------------------------------------------------------------------------

    /// Called when something of it could not be written.
    void on_trouble(std::function<void()> call) { trouble_ = std::move(call); }
    [[nodiscard]] result<void> keep_intent_file();
    [[nodiscard]] result<void> keep_history();
    /// Present only while the scheduler is up.
    [[nodiscard]] result<void> keep_scheduler_file();
    /// What other processes find us by, and our own processes by us: sockets and program in the runtime
    /// directory.
    [[nodiscard]] result<void> keep_sockets();
    /// What of it fails at present; empty: nothing. Told as an event when it changes.
    void set_impairment(std::string const& text);
    /// Something that users should know, for the history.
    void notice(std::string const& text);
    /// Fails if what users want could not be kept: a verb that changes it asks before it changes anything.
    [[nodiscard]] result<void> need_storage() const;

    /// Called when an agent has told of itself and its host, before anything follows from that.
    void on_agent_facts(std::function<void(std::string const& agent)> call) {
        facts_heard_ = std::move(call);
    }
    /// Of workers on other hosts.
    [[nodiscard]] launch::far_logs& far_logs(std::string const& agent) { return launcher_.far_logs(agent); }
    [[nodiscard]] agent_link::agent_facts const* facts(std::string const& agent) const {
        return launcher_.facts(agent);
    }

    /// Finds agents that an earlier daskd left and takes over what they have. Before the first verb; after
    /// `cluster().up()` if the cluster is wanted up.
    void adopt_agents();
    /// Whether there are any that answer.
    [[nodiscard]] bool has_left_agents() const;
    void renew_agents(std::string const& reason);
    /// Lets go of everything, so that it outlives this daskd.
    void leave();
    /// From now on a cluster that goes down leaves the recorded intent as it is: it is daskd that ends, not
    /// the cluster.
    void keep_intent() { keeps_intent_ = true; }

    /// The cluster is down, and no process of it is left, the agents' own included.
    [[nodiscard]] bool is_all_gone() const {
        return cluster_.state() == core::cluster_state::down && !launcher_.is_ending_agents();
    }
    /// Jobs that are being cancelled and are still there.
    [[nodiscard]] std::vector<std::string> ending_jobs() const { return launcher_.queue().ending_jobs(); }

    // --- for those who look
    // -----------------------------------------------------------------------------------------------

    [[nodiscard]] cluster_view view() const;
    /// Has the view hold figures of workers and tasks that are fresh enough to be shown. A busy scheduler
    /// delays that only for a moment.
    boost::asio::awaitable<void> refresh_figures();
    /// What is counted from the start of this daskd on.
    [[nodiscard]] core::tally const& counted() const { return cluster_.counted(); }
    [[nodiscard]] state::event_log const& history() const { return history_; }
    using listener = std::function<void(state::event const&)>;
    /// Called with every event from now on, until remove_listener.
    std::uint64_t add_listener(listener l);
    void remove_listener(std::uint64_t id) { listeners_.erase(id); }

    [[nodiscard]] daemon_view describe_daemon() const;

private:
    void post(core::event e);
    void drain();
    /// How the scheduler closed on purpose before its link was up again, if `e` is about to tell of its end.
    [[nodiscard]] std::optional<core::happened::scheduler_closing>
    unheard_closing(core::event const& e) const;
    void after_change();
    void arm_timer();
    void on_timer(core::time_point due);
    void on_silence(std::string const& agent, bool is_silent);
    [[nodiscard]] result<void> update_scheduler_file();
    [[nodiscard]] result<void> keep_job_socket();
    void on_snapshot(scheduler_link::snapshot const& s);
    launch::queue_launcher::surroundings surroundings_of_jobs();
    scheduler_link::link::callbacks link_callbacks();
    result<queue::private_part> private_part_of_job() const;

    void carry_out(core::wanted::start_agent const& w);
    void carry_out(core::wanted::stop_agent const& w);
    void carry_out(core::wanted::start_process const& w);
    void carry_out(core::wanted::send_signal const& w);
    void carry_out(core::wanted::move_results const& w);
    void carry_out(core::wanted::forget_worker const& w);
    void carry_out(core::wanted::watch_silence const& w);
    void carry_out(core::wanted::examine const& w);
    void carry_out(core::wanted::tell const& w);
    void carry_out(core::wanted::save_intent const& w);
    void start_scheduler(core::launch_id const& launch);
    void start_worker(core::launch_id const& launch);
    void start_runner(core::launch_id const& launch);
    /// Connects to a scheduler or job runner that has just been started (`is_fresh`) or found. Its socket is
    /// there as soon as its process is.
    void connect_to(std::string const& process, bool is_fresh);
    boost::asio::awaitable<void> move_results(core::launch_id launch, std::string address);

    // --- tunnels (tunnel_ports.cpp)
    // -----------------------------------------------------------------------------------------------

    /// Gives the plan's processes their ports, and has every mouth know whose they are.
    void update_tunnels();
    [[nodiscard]] std::optional<int> tunnelled_scheduler_port();
    [[nodiscard]] result<agent_link::port_lists> ports_for(core::worker_spec const& w);
    /// `home`: the host that cannot have it; "": this machine.
    void on_port_taken(std::string const& home, int port, std::string const& why);

    boost::asio::io_context& io_;
    cluster_paths paths_;
    core::time_point started_at_;
    state::intent intent_;
    bool keeps_intent_ = false;
    state::store store_;
    state::event_log history_;
    std::map<std::uint64_t, listener> listeners_;
    std::uint64_t next_listener_ = 1;
    std::string problem_;
    std::string impairment_;
    std::map<std::string, std::string> warnings_; ///< by topic
    std::function<void()> trouble_ = [] {};
    std::function<void(std::string const&)> facts_heard_ = [](std::string const&) {};
    result<void> saved_; ///< how the last save() ended

    std::mt19937 random_{std::random_device{}()};
    core::cluster cluster_;
    core::port_book ports_;
    std::map<int, std::string> taken_ports_; ///< why they cannot be had
    launch::launchers launcher_;
    scheduler_link::link link_;
    job_runner::link job_link_;
    std::deque<core::event> mailbox_;
    bool is_draining_ = false;
    boost::asio::steady_timer timer_;
    core::time_point not_before_{};             ///< no deadline counts until then
    std::map<std::string, std::string> silent_; ///< by agent that does not answer: what users should know
    async::notifier changed_;
    std::optional<bool> has_scheduler_file_ = false; ///< unknown: it could not be written or removed
};

} // namespace daskd::supervise
