#pragma once

#include "daemon/core/plan.hpp"
#include "daemon/core/port_book.hpp"

#include <optional>
#include <string>
#include <vector>

namespace daskd::core {

// What tunnels ask of a plan: everybody is reached on 127.0.0.1, at a port that means the same on all hosts.

[[nodiscard]] bool has_tunnels(config::cluster_settings const& settings);
[[nodiscard]] bool has_tunnels(plan const& p);

/// Why this cannot work with tunnels; nothing if it can, or there are none.
[[nodiscard]] std::optional<std::string> why_no_tunnels(config::cluster_settings const& settings,
                                                        plan const& p);

/// Whose ports a worker, and its nanny, take: those of its pool at its agent.
struct port_owners {
    std::string worker;
    std::string nanny;
};
[[nodiscard]] port_owners owners_of(worker_spec const& w);
/// The agent to whose processes an owner's ports go.
[[nodiscard]] std::string agent_of_owner(std::string const& owner);
/// What the host of an agent is called in the tunnels.
[[nodiscard]] std::string home_of(agent_spec const& agent);

/// The ports that the plan needs: a few more than processes, for those that come before others have gone.
[[nodiscard]] std::vector<port_need> port_needs(plan const& p);

/// How long connections wait for a lost link.
[[nodiscard]] milliseconds tunnel_tolerance(plan const& p);

} // namespace daskd::core
