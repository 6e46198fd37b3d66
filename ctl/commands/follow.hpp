#pragma once

namespace daskd::ctl {

/// What verbs share that go on until Ctrl-C.

/// Ctrl-C is no error: the verb ends with 0 and what it has printed so far.
void end_well_on_interrupt();

} // namespace daskd::ctl
