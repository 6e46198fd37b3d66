"""Launches that an agent before this one forked: no children, so their end is seen by a pidfd, and its status by nobody."""

from __future__ import annotations

import ctypes
import os
import selectors
from typing import Callable, Optional

from daskd_agent.loop import Loop
from daskd_agent.table import Launch

PIDFD_OPEN = 434  # the system call; os.pidfd_open came with Python 3.9
LOOK_S = 0.2  # where the kernel has no pidfds


class Adopted:
    """Calls `on_end(launch)` once for each that is watched."""

    def __init__(self, loop: Loop, on_end: Callable[[Launch], None]) -> None:
        self._loop = loop
        self._on_end = on_end

    def watch(self, launch: Launch) -> None:
        """It may have ended already."""
        descriptor = _pidfd(launch.pid)
        # Looked at after opening: the pid could have gone to another process before.
        if descriptor is None or not launch.is_alive():
            if descriptor is not None:
                os.close(descriptor)
            self._look(launch)
            return
        self._loop.watch(descriptor, selectors.EVENT_READ, lambda _: self._has_ended(launch, descriptor))

    def _has_ended(self, launch: Launch, descriptor: int) -> None:
        self._loop.forget(descriptor)
        os.close(descriptor)
        self._on_end(launch)

    def _look(self, launch: Launch) -> None:
        if launch.is_alive():
            self._loop.later(LOOK_S, lambda: self._look(launch))
        else:
            self._on_end(launch)


def _pidfd(pid: int) -> Optional[int]:
    """None if there is no such process, or the kernel has none."""
    try:
        if hasattr(os, "pidfd_open"):
            return os.pidfd_open(pid)
    except OSError:
        return None
    descriptor = ctypes.CDLL(None).syscall(PIDFD_OPEN, pid, 0)
    return None if descriptor < 0 else descriptor
