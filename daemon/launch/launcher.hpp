#pragma once

#include "daemon/agent_link/message.hpp"
#include "daemon/core/event.hpp"
#include "daemon/core/plan.hpp"

#include <string>

namespace daskd::launch {

/// Starts and ends processes somewhere, and tells the core what becomes of them. It decides nothing.
class launcher {
public:
    virtual ~launcher() = default;

    /// Connects to this agent if it lives, starts it if not. Ends in agent_ready or agent_failed.
    virtual void start_agent(core::agent_spec const& spec) = 0;
    /// Ends an agent and whatever it still has.
    virtual void stop_agent(std::string const& id) = 0;
    /// Whether agents that were told to end are still about to.
    [[nodiscard]] virtual bool is_ending_agents() const = 0;
    /// Has an agent import everything anew; its processes go on.
    virtual void renew_agent(std::string const& id, std::string const& reason) = 0;

    /// Ends in spawned or spawn_failed, and at last in exited.
    virtual void spawn(agent_link::spawn_request const& request) = 0;
    virtual void send_signal(std::string const& agent, core::launch_id const& launch, int signal,
                             bool whole_tree) = 0;

    /// Ends in examined, if the process and its agent are there.
    virtual void examine(std::string const& agent, core::launch_id const& launch) = 0;

    /// To be called when there is reason to think that an agent should have something to say.
    virtual void expect_answer(std::string const& agent) = 0;

    /// What an agent said of itself; null if it has not yet.
    [[nodiscard]] virtual agent_link::agent_facts const* facts(std::string const& agent) const = 0;

    /// Lets go of every agent: all processes live on without daskd.
    virtual void leave() = 0;
};

} // namespace daskd::launch
