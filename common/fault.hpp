#pragma once

namespace daskd::fault {

/// Fault injection, for tests, in builds with the option DASKD_FAULTS: a process is killed at a named step.
///
/// The environment variable DASKD_FAULT names a file. A process that comes to the step which that file holds
/// removes it and dies by SIGKILL: a fault is armed by writing the file, has struck when the file is gone,
/// and strikes once. The host agent's own steps are in daemon/agent/faults.py.

/// Each place between a wish, its record, its order and the acknowledgement where daskd's death could lose or
/// double something.
enum class step {
    intent_changed, ///< what users want is known, and not yet on the disk
    intent_saved,   ///< it is on the disk, and nothing has come of it
    agent_started,  ///< an agent's process exists, and has not been spoken to
    agent_greeted,  ///< an agent has told what it has, and nothing has come of it
    spawn_wanted,   ///< a start is decided, and not yet ordered
    spawn_sent,     ///< it is ordered
    spawn_heard,    ///< it is confirmed, and nothing has come of it
    signal_sent,    ///< an end is ordered
    exit_heard,     ///< an end is known, and nothing has come of it
    exit_handled,   ///< it is in the history, its successor is ordered, and the agent has it still
    exit_forgotten, ///< the agent may forget it
    job_kept,       ///< a job is written down, and not yet submitted
    job_submitted,  ///< it is submitted, and its id is not written down
    event_kept,     ///< something is in the history, and nobody has been told
};

/// Dies here, if a test wants it. Without the option, nothing.
void at(step s);

} // namespace daskd::fault
