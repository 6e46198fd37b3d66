#pragma once

#include "daemon/core/plan.hpp"

#include <optional>
#include <string>
#include <vector>

namespace daskd::core {

// What a container takes from its host: directories at the same paths, and of the environment only what is
// meant for Dask. PATH, HOME and an activated environment are the image's own.

/// `wanted` on this host; `directories` are those that its processes need, besides what Dask's configuration
/// names.
[[nodiscard]] container_spec describe_container(config::container_settings const& wanted,
                                                plan_input const& in, std::vector<std::string> directories);

/// As agent_environment(), for an agent in a container.
[[nodiscard]] environment contained_environment(json const& dask, environment const& user,
                                                environment const& pool);

/// Whether processes that want `needed` may run in `there`: the same container, with all its directories.
[[nodiscard]] bool can_share(std::optional<container_spec> const& needed,
                             std::optional<container_spec> const& there);

/// Why a container could not work; nothing if it can.
[[nodiscard]] std::optional<std::string> why_impossible(container_spec const& container);

/// In what two agents' containers differ.
[[nodiscard]] std::string container_reason(std::optional<container_spec> const& from,
                                           std::optional<container_spec> const& to);

} // namespace daskd::core
