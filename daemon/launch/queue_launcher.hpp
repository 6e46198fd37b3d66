#pragma once

#include "common/paths.hpp"
#include "daemon/launch/agent_launcher.hpp"
#include "daemon/launch/job_agent.hpp"
#include "daemon/launch/job_queue.hpp"

#include <boost/asio/steady_timer.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace daskd::launch {

/// Processes in jobs of queues, forked from host agents there. An agent is a job: to start one is to submit
/// its job, to stop one is to cancel it, and the queue tells of its end. Agents are spoken to through the
/// scheduler. A job with a nanny of Dask's own has no agent: its workers are there when the queue says that
/// it runs.
class queue_launcher : public agent_launcher {
public:
    using notice_sink = std::function<void(std::string const& about, std::string const& text)>;
    struct surroundings {
        relay way;
        /// Of a job that is about to be submitted.
        std::function<result<queue::private_part>()> private_part;
        std::function<queue_user()> user;
        std::function<void(std::vector<core::job_record>)> keep;
    };

    queue_launcher(boost::asio::any_io_executor executor, cluster_paths paths, event_sink on_event,
                   std::function<void()> on_agent_ended, silence_sink on_silence, notice_sink on_notice,
                   surroundings around);

    /// Jobs that an earlier daskd had. Before anything else.
    void restore(std::vector<core::job_record> const& records);
    /// Cancels the jobs of all agents but these.
    void cancel_others(std::set<std::string> const& agents);

    void start_agent(core::agent_spec const& spec) override;
    void stop_agent(std::string const& id) override;
    [[nodiscard]] bool is_ending_agents() const override;
    void spawn(agent_link::spawn_request const& request) override;
    void send_signal(std::string const& agent, core::launch_id const& launch, int signal,
                     bool whole_tree) override;
    void leave() override;

    /// Whether this agent is, or was, to be started here.
    [[nodiscard]] bool has(std::string const& id) const { return agents_.contains(id); }
    /// Jobs that are being cancelled and still there; for people.
    [[nodiscard]] std::vector<std::string> ending_jobs() const;

    // --- from the scheduler link
    void on_scheduler(bool is_there);
    void on_reporter(std::string const& job, bool is_there);
    void on_relayed(std::string const& job, json const& message);
    void on_relay_closed(std::string const& job);

private:
    struct known_job {
        core::agent_spec spec;
        bool is_running = false;
        std::shared_ptr<job_agent> way; ///< while it is spoken to
        std::set<std::string> doomed;   ///< workers that were to be killed, and could not be told
        std::unique_ptr<boost::asio::steady_timer> patience; ///< with an agent whose reporter is away
    };

    void on_failed(std::string const& id, error const& e) override;
    void on_lost(std::string const& id, std::string const& why) override;
    void end_forgotten(core::running_process const& p) override;

    job_queue& queue_of(config::launcher_kind kind, std::optional<ssh_login> const& login,
                        std::vector<core::job_record> const& records);
    job_queue* queue_with(std::string const& agent);
    [[nodiscard]] std::string agent_of(std::string const& job) const;
    [[nodiscard]] std::string job_of(std::string const& agent) const;
    void on_news(queue::news const& n);
    void on_told(core::happened::job_told const& e);
    void begin_talk(std::string const& agent);
    void adopt_nanny_workers(std::string const& agent);
    void forget_job(std::string const& agent);
    void await_first_report(std::string const& agent);
    void wait_for_reporter(std::string const& agent);
    void lose(std::string const& agent);
    void give_up(std::string const& agent, std::string const& text);
    void keep_records();

    cluster_paths paths_;
    notice_sink on_notice_;
    surroundings around_;
    std::map<std::string, std::shared_ptr<job_queue>> queues_;
    std::map<std::string, known_job> agents_;
    std::set<std::string> reporters_; ///< jobs whose reporters the scheduler has
    bool has_scheduler_ = false;
    std::uint64_t next_nanny_launch_ = 1;
    std::vector<core::job_record> kept_;
};

} // namespace daskd::launch
