#pragma once

#include "daemon/config/table.hpp"

namespace daskd::config {

/// `container:` with its engine and image; the options must leave alone what daskd needs for itself.
[[nodiscard]] codec<container_settings> container();

/// "docker", "podman", "apptainer": the word in the configuration, and the name of the program.
[[nodiscard]] std::string to_string(container_engine engine);

} // namespace daskd::config
