#pragma once

#include "daemon/config/settings.hpp"
#include "daemon/state/event.hpp"

#include <string>

namespace daskd::hooks {

/// What an event is called in `on_event`: its subject with what became of it ("worker.failed"), or its kind
/// where it tells of no state ("cluster.notice").
[[nodiscard]] std::string name_of(state::event const& e);

/// Whether the hook is for this event: by its name, or by its kind ("worker.state").
[[nodiscard]] bool is_for(config::event_hook const& hook, state::event const& e);

} // namespace daskd::hooks
