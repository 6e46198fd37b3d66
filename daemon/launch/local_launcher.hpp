#pragma once

#include "common/paths.hpp"
#include "daemon/launch/launcher.hpp"
#include "daemon/launch/local_agent.hpp"

#include <map>
#include <memory>

namespace daskd::launch {

/// Processes on this machine, forked from host agents that listen on Unix sockets in the runtime directory.
class local_launcher : public launcher {
public:
    using event_sink = std::function<void(core::event)>;

    /// `revive`: how agents start daskd again; empty where somebody else does.
    local_launcher(boost::asio::any_io_executor executor, cluster_paths paths,
                   std::optional<agent_link::revival> revive, event_sink on_event,
                   std::function<void()> on_agent_ended);
    ~local_launcher() override;

    void start_agent(core::agent_spec const& spec) override;
    void stop_agent(std::string const& id) override;
    void renew_agent(std::string const& id, std::string const& reason) override;
    void spawn(agent_link::spawn_request const& request) override;
    void send_signal(std::string const& agent, core::launch_id const& launch, int signal,
                     bool whole_tree) override;
    void examine(std::string const& agent, core::launch_id const& launch) override;
    [[nodiscard]] agent_link::agent_facts const* facts(std::string const& agent) const override;
    void leave() override;

    /// Whether agents that were told to end are still about to.
    [[nodiscard]] bool is_ending_agents() const { return ending_ > 0; }

    /// The agents that an earlier daskd left in the runtime directory, by id.
    [[nodiscard]] std::vector<std::string> left_agents() const;

private:
    struct known_agent {
        std::shared_ptr<local_agent> agent;
        std::map<std::string, core::running_process> processes; ///< by name
    };

    void on_message(std::string const& id, agent_link::message const& m);
    void on_gone(std::string const& id);
    void on_exited(std::string const& id, agent_link::exited const& e);
    static boost::asio::awaitable<void> watch_orphan(local_launcher& self, core::launch_id launch,
                                                     core::process_ref process);
    result<void> write_program() const;
    std::shared_ptr<container> container_for(core::agent_spec const& spec);
    static boost::asio::awaitable<void> remove_container(local_launcher& self, std::string id);

    boost::asio::any_io_executor executor_;
    cluster_paths paths_;
    std::optional<agent_link::revival> revive_;
    event_sink on_event_;
    std::function<void()> on_agent_ended_;
    int ending_ = 0;
    std::map<std::string, std::shared_ptr<container>> containers_; ///< by agent; they may outlive it
    std::map<std::string, known_agent> agents_;
    /// Processes whose agent is dead: they live on, and are followed by their pid.
    std::map<std::string, core::running_process> orphans_;
};

} // namespace daskd::launch
