#pragma once

#include "daemon/core/plan.hpp"

#include <string>

namespace daskd::core {

/// What an agent with these properties is called, whichever daskd asks: agents outlive it.
[[nodiscard]] std::string agent_id(agent_spec const& spec);

} // namespace daskd::core
