#pragma once

#include "common/error.hpp"
#include "common/json.hpp"
#include "daemon/core/plan.hpp"

#include <string>

namespace daskd::launch {

// Containers of host agents on other machines. What only that machine knows stands in the command lines as a
// word such as @RUNTIME@; agent/remote_container.py knows what it means there. Pure.

/// How the container of this agent is started there. `cluster`: as it is called there; `log`: the agent's.
[[nodiscard]] json container_order(core::agent_spec const& spec, std::string const& cluster,
                                   std::string const& log);
/// How all its containers are found and removed.
[[nodiscard]] json container_removal(core::agent_spec const& spec, std::string const& cluster);

/// What is wrong, and the remedy, where that machine says that its engine has failed.
[[nodiscard]] error explain_engine(core::agent_spec const& spec, json const& told);

} // namespace daskd::launch
