"""In a job of a queue, all processes belong to the job: none leads a session, none outlives the agent."""

from __future__ import annotations

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1


def tie_to(agent: int) -> None:
    """Call in a child of `agent`: from now on it is killed when the agent dies."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != agent:  # it has died meanwhile
        os._exit(1)
