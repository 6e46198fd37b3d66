"""Fault injection, for tests: the agent, or a child, is killed at a named step.

DASKD_FAULT names a file. A process that comes to the step which that file holds removes it and dies by SIGKILL: so a
fault is armed by writing the file, has struck when the file is gone, and strikes once. Without the variable nothing
is looked at. daskd's own steps are in common/fault.hpp.
"""

from __future__ import annotations

import os
import signal

# Between an order and its acknowledgement, each place where the agent's death could lose or double something.
STEPS = (
    "agent.entered",  # a launch is in the ledger, and not yet forked
    "agent.forked",  # it is, and daskd does not know yet
    "agent.spawned",  # daskd does
    "agent.ended",  # its end is seen, and not told
    "agent.told",  # it is told, and not in the ledger
    "agent.kept",  # it is in the ledger, and not acknowledged
    "agent.acknowledged",  # it is acknowledged, and the ledger does not know yet
    "agent.inherited",  # a dead agent's ledger has been read, and is as it was
    "agent.renewed",  # the ledger is this agent's own, and nobody is served yet
    "launch.forked",  # in the child: it has not signed the ledger
    "launch.signed",  # in the child: it has, and nothing else
)

_FILE = os.environ.get("DASKD_FAULT")


def at(step: str) -> None:
    """Die here, if a test wants it."""
    if _FILE is not None and step in STEPS and _is_armed(step):
        os.unlink(_FILE)
        os.kill(os.getpid(), signal.SIGKILL)


def _is_armed(step: str) -> bool:
    try:
        with open(_FILE or "") as file:
            return file.read() == step
    except OSError:
        return False
