#pragma once

#include "common/paths.hpp"
#include "daemon/launch/agent_launcher.hpp"
#include "daemon/launch/local_agent.hpp"
#include "daemon/launch/survival.hpp"

#include <memory>
#include <string>
#include <vector>

namespace daskd::launch {

/// Processes on this machine, forked from host agents that listen on Unix sockets in the runtime directory.
class local_launcher : public agent_launcher {
public:
    local_launcher(boost::asio::any_io_executor executor, cluster_paths paths, survival s,
                   event_sink on_event, std::function<void()> on_agent_ended, silence_sink on_silence);

    void start_agent(core::agent_spec const& spec) override;

    /// The agents that an earlier daskd left in the runtime directory, by id: those that live, and those that
    /// are dead and have left living processes.
    [[nodiscard]] std::vector<std::string> left_agents() const;
    [[nodiscard]] bool answers(std::string const& agent) const;

    /// Makes again what agents need and the runtime directory has lost: their program and their sockets.
    [[nodiscard]] result<void> keep_files();

    /// What goes before the command line of what shall outlive daskd (survival.hpp).
    [[nodiscard]] std::vector<std::string> scope_of(std::string const& agent) const;

private:
    void on_lost(std::string const& id, std::string const& why) override;
    void end_forgotten(core::running_process const& p) override;
    [[nodiscard]] std::shared_ptr<agent_transport> way_to(core::agent_spec const& spec);
    cluster_paths paths_;
    survival survival_;
};

} // namespace daskd::launch
