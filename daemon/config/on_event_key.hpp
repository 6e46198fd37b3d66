#pragma once

#include "daemon/config/table.hpp"

namespace daskd::config {

/// `on_event:`, a list of {kinds, command}.
[[nodiscard]] codec<std::vector<event_hook>> event_hooks();

/// What `kinds` may name, globs apart: an event's kind (cluster.notice), or its subject with what became of
/// it (worker.failed).
[[nodiscard]] std::vector<std::string> const& event_names();

} // namespace daskd::config
