#pragma once

#include "daemon/launch/far_logs.hpp"
#include "daemon/launch/host_agent.hpp"
#include "daemon/launch/launcher.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace daskd::launch {

/// What every launcher does with its host agents: passes on what the core wants, and turns what they say into
/// events. How agents are reached, and what it means when one is not, is for the launcher of each kind.
class agent_launcher : public launcher {
public:
    using event_sink = std::function<void(core::event)>;
    using silence_sink = std::function<void(std::string const& agent, bool is_silent)>;

    using ports_sink = std::function<void(std::string const& agent, std::vector<int> const& ports)>;

    ~agent_launcher() override;

    [[nodiscard]] launch::far_logs& far_logs() { return far_logs_; }
    /// `call` hears of ports that an agent was given, and that programs of others have.
    void on_ports_taken(ports_sink call) { on_ports_taken_ = std::move(call); }

    void stop_agent(std::string const& id) override;
    void renew_agent(std::string const& id, std::string const& reason) override;
    void spawn(agent_link::spawn_request const& request) override;
    void send_signal(std::string const& agent, core::launch_id const& launch, int signal,
                     bool whole_tree) override;
    void examine(std::string const& agent, core::launch_id const& launch) override;
    [[nodiscard]] agent_link::agent_facts const* facts(std::string const& agent) const override;
    void leave() override;
    [[nodiscard]] bool is_ending_agents() const override { return ending_ > 0; }
    void expect_answer(std::string const& agent) override;

protected:
    /// `on_silence` hears of agents that do not answer, and of those that do again.
    agent_launcher(boost::asio::any_io_executor executor, event_sink on_event,
                   std::function<void()> on_agent_ended, silence_sink on_silence);

    /// Begins to talk with an agent; `hello` is what it is told first.
    void talk(std::string const& id, std::shared_ptr<agent_transport> transport, json hello);
    /// There is no agent, or none that can be used.
    virtual void on_failed(std::string const& id, error const& e);
    /// The connection to an agent that was ready is gone. What it had is kept in mind until the next hello.
    virtual void on_lost(std::string const& id, std::string const& why) = 0;
    /// An agent does not know a process that it had: its ledger was lost. Nobody could follow it any more.
    virtual void end_forgotten(core::running_process const& p) = 0;
    void send(std::string const& agent, json const& op);
    /// Lets go of an agent that is dead, with all that it had.
    void forget(std::string const& id);
    [[nodiscard]] bool talks_with(std::string const& id) const;
    [[nodiscard]] std::function<void()> const& on_agent_ended() const { return on_agent_ended_; }
    [[nodiscard]] std::vector<std::string> known_agents() const;
    void tell(core::event e) { on_event_(std::move(e)); }
    [[nodiscard]] boost::asio::any_io_executor const& executor() const { return executor_; }

private:
    struct known_agent {
        std::shared_ptr<host_agent> agent;                      ///< null between two
        std::shared_ptr<agent_transport> transport;             ///< to the last one
        std::map<std::string, core::running_process> processes; ///< by name
    };

    void on_message(std::string const& id, agent_link::message const& m);
    void on_hello(std::string const& id, agent_link::hello const& h);
    void on_exited(std::string const& id, agent_link::exited const& e);
    void lose(std::string const& id, std::string const& why);

    boost::asio::any_io_executor executor_;
    event_sink on_event_;
    std::function<void()> on_agent_ended_;
    silence_sink on_silence_;
    ports_sink on_ports_taken_;
    launch::far_logs far_logs_;
    int ending_ = 0;
    std::map<std::string, known_agent> agents_;
};

} // namespace daskd::launch
