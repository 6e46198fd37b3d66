#pragma once

#include "daemon/agent_link/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace daskd::launch {

/// How this machine's agents outlive a daskd that dies, and bring it back.
struct survival {
    std::optional<agent_link::revival> revive; ///< how they start it again; empty where somebody else does
    /// The systemd unit that daskd is, if any: what is left of it when it dies is killed, so each agent gets
    /// a scope of its own beside it.
    std::string unit;
};

/// What goes before an agent's command line to put it into such a scope. `stamp` tells it from the scope of
/// an earlier agent, in which workers may still live.
[[nodiscard]] std::vector<std::string> scope_command(std::string const& unit, std::string const& cluster,
                                                     std::string const& agent, std::uint64_t stamp);

} // namespace daskd::launch
