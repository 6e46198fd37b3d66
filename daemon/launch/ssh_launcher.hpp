#pragma once

#include "daemon/launch/agent_launcher.hpp"
#include "daemon/launch/ssh_host.hpp"
#include "daemon/launch/tunnels.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace daskd::launch {

/// Processes on remote hosts, forked from host agents there that are reached by SSH.
class ssh_launcher : public agent_launcher {
public:
    /// What users should know of a host.
    using notice_sink = std::function<void(std::string const& host, std::string const& text)>;

    /// `cluster`: its name there, CLUSTER@HOST; `log_dir`: there, for the agents' own logs; `tunnels`: for
    /// agents that want one.
    ssh_launcher(boost::asio::any_io_executor executor, std::string cluster, std::string log_dir,
                 std::shared_ptr<launch::tunnels> tunnels, event_sink on_event,
                 std::function<void()> on_agent_ended, silence_sink on_silence, notice_sink on_notice);

    void start_agent(core::agent_spec const& spec) override;
    void stop_agent(std::string const& id) override;
    /// Also looks whether the host reaches the scheduler, if it is its first process since it was connected,
    /// and goes through no tunnel.
    void spawn(agent_link::spawn_request const& request) override;
    void leave() override;

    /// A host's tunnel is lost: with a new connection, all that goes through it is set up anew.
    void renew_connection(std::string const& home);

    /// Whether this agent was started here.
    [[nodiscard]] bool has(std::string const& id) const { return hosts_.contains(id); }

private:
    void on_failed(std::string const& id, error const& e) override;
    void on_lost(std::string const& id, std::string const& why) override;
    void end_forgotten(core::running_process const& p) override;
    std::shared_ptr<ssh_host> host_of(core::agent_spec const& spec);

    std::string cluster_;
    std::string log_dir_;
    std::shared_ptr<launch::tunnels> tunnels_;
    notice_sink on_notice_;
    std::set<std::string> looked_; ///< agents whose hosts' way to the scheduler was looked at
    std::map<std::string, std::shared_ptr<ssh_host>> hosts_; ///< by agent; agents of one host share it
    std::vector<std::weak_ptr<ssh_host>> connections_;       ///< also those of agents that end
};

} // namespace daskd::launch
