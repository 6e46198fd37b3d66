#pragma once

#include "daemon/launch/local_launcher.hpp"
#include "daemon/launch/queue_launcher.hpp"
#include "daemon/launch/ssh_launcher.hpp"

#include <string>

namespace daskd::launch {

/// The launcher of each agent: by SSH where its specification names a host, in a queue where it names a job,
/// else of this machine.
class launchers : public launcher {
public:
    /// A port that a host cannot have, by the host's name in the tunnels.
    using port_sink = std::function<void(std::string const& home, int port, std::string const& why)>;

    launchers(boost::asio::any_io_executor const& executor, cluster_paths const& paths, survival s,
              agent_launcher::event_sink const& on_event, std::function<void()> const& on_agent_ended,
              agent_launcher::silence_sink const& on_silence, ssh_launcher::notice_sink const& on_notice,
              port_sink on_port_taken, queue_launcher::surroundings jobs);

    void start_agent(core::agent_spec const& spec) override;
    void stop_agent(std::string const& id) override;
    [[nodiscard]] bool is_ending_agents() const override;
    void renew_agent(std::string const& id, std::string const& reason) override;
    void spawn(agent_link::spawn_request const& request) override;
    void send_signal(std::string const& agent, core::launch_id const& launch, int signal,
                     bool whole_tree) override;
    void examine(std::string const& agent, core::launch_id const& launch) override;
    void expect_answer(std::string const& agent) override;
    [[nodiscard]] agent_link::agent_facts const* facts(std::string const& agent) const override;
    void leave() override;

    [[nodiscard]] local_launcher& local() { return local_; }
    [[nodiscard]] local_launcher const& local() const { return local_; }
    [[nodiscard]] queue_launcher& queue() { return queue_; }
    [[nodiscard]] queue_launcher const& queue() const { return queue_; }
    /// Whether files of this machine may not be there.
    [[nodiscard]] bool is_remote(std::string const& agent) const {
        return ssh_.has(agent) || queue_.has(agent);
    }

    /// Of an agent that is_remote().
    [[nodiscard]] launch::far_logs& far_logs(std::string const& agent) {
        return queue_.has(agent) ? queue_.far_logs() : ssh_.far_logs();
    }
    [[nodiscard]] launch::tunnels& tunnels() { return *tunnels_; }
    void on_ports_taken(agent_launcher::ports_sink const& call) {
        local_.on_ports_taken(call);
        ssh_.on_ports_taken(call);
    }

private:
    [[nodiscard]] launcher& of(std::string const& agent);
    [[nodiscard]] launcher const& of(std::string const& agent) const;

    local_launcher local_;
    std::shared_ptr<launch::tunnels> tunnels_;
    ssh_launcher ssh_;
    queue_launcher queue_;
};

} // namespace daskd::launch
