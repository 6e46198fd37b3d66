#pragma once

#include "daemon/config/launcher.hpp"
#include "daemon/core/time.hpp"

#include <optional>
#include <string_view>

namespace daskd::core {

/// How long a job may run, by its walltime as this queue takes it (99:99:99 too). Empty: not understood.
[[nodiscard]] std::optional<milliseconds> parse_walltime(config::launcher_kind queue, std::string_view text);

/// So long before the end of their job workers begin to leave it, each at a moment of its own: a twelfth of
/// the walltime, between 20 s and 5 min.
[[nodiscard]] milliseconds leaving_time(milliseconds walltime);

} // namespace daskd::core
