#pragma once

#include "common/paths.hpp"
#include "daemon/launch/agent_launcher.hpp"
#include "daemon/launch/local_agent.hpp"
#include "daemon/launch/survival.hpp"

#include <map>
#include <string>
#include <vector>

namespace daskd::launch {

/// Processes on this machine, forked from host agents that listen on Unix sockets in the runtime directory.
class local_launcher : public agent_launcher {
public:
    local_launcher(boost::asio::any_io_executor executor, cluster_paths paths, survival s,
                   event_sink on_event, std::function<void()> on_agent_ended, silence_sink on_silence);

    void start_agent(core::agent_spec const& spec) override;
    void send_signal(std::string const& agent, core::launch_id const& launch, int signal,
                     bool whole_tree) override;

    /// The agents that an earlier daskd left in the runtime directory, by id.
    [[nodiscard]] std::vector<std::string> left_agents() const;
    [[nodiscard]] bool answers(std::string const& agent) const;

    /// Makes again what agents need and the runtime directory has lost: their program and their sockets.
    [[nodiscard]] result<void> keep_files();

private:
    void on_lost(std::string const& id, std::string const& why, processes had) override;
    static boost::asio::awaitable<void> watch_orphan(local_launcher& self, core::launch_id launch,
                                                     core::process_ref process);
    result<void> write_program() const;
    [[nodiscard]] std::vector<std::string> scope_of(std::string const& agent) const;

    cluster_paths paths_;
    survival survival_;
    /// Processes whose agent is dead: they live on, and are followed by their pid.
    std::map<std::string, core::running_process> orphans_;
};

} // namespace daskd::launch
