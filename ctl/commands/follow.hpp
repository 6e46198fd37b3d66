#pragma once

#include "ctl/client.hpp"

namespace daskd::ctl {

/// What verbs share that go on until Ctrl-C.

/// Ctrl-C is no error: the verb ends with 0 and what it has printed so far.
void end_well_on_interrupt();

/// Takes the notifications that are there, and those of the next moment: a storm of events is one redraw.
/// Fails when the connection has ended.
[[nodiscard]] result<void> take_burst(client& daemon);

} // namespace daskd::ctl
