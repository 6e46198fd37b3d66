"""Hearing at once that a worker is dying, while the kernel still takes it apart.

A parent hears of the end of a child (SIGCHLD, pidfd) only when all of its memory is gone: 2 to 4 ms for a small
worker, seconds for one with many gigabytes. But a process that gets a deadly signal ends all its threads at the same
moment, and a thread closes its own descriptors as soon as it ends. So each forked worker has a thread, the canary,
which sleeps for ever and is the only one that holds the write end of a pipe: when it dies, the pipe hangs up.

A pipe that hangs up alone proves nothing (the worker may have executed another program), so the agent then looks into
/proc for the status with which the process ends.
"""

from __future__ import annotations

import _thread
import ctypes
import os
import selectors
import signal
from typing import Callable, Optional

from daskd_agent import facts
from daskd_agent.loop import Loop

CLONE_FILES = 0x400
EXIT_CODE = 49  # the last field of /proc/PID/stat, counted from the state


def keep(descriptor: int) -> None:
    """In the child: start the canary, which takes `descriptor` out of the hands of all other threads."""
    has_left = _thread.allocate_lock()
    has_left.acquire()
    # A signal for the process must never be this thread's: it could not wake up the main thread.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        _thread.start_new_thread(_sleep, (descriptor, has_left))
    except RuntimeError:
        has_left.release()  # no more threads allowed: then its end is heard a little later
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    has_left.acquire()
    os.close(descriptor)


def status_of_dying(pid: int) -> Optional[int]:
    """The wait status with which the child `pid` is just ending.

    None if it lives, or ends in a way that the kernel does not tell yet (code 0 looks like a process that lives).
    """
    try:
        return int(facts.stat_fields(pid)[EXIT_CODE]) or None
    except (OSError, IndexError):
        return None


class Canaries:
    """The agent's ends of all pipes. `on_death(pid)` is called once for each that hangs up."""

    def __init__(self, loop: Loop, on_death: Callable[[int], None]) -> None:
        self._loop = loop
        self._on_death = on_death
        self._ends: dict[int, int] = {}  # by pid

    def watch(self, pid: int, end: int) -> None:
        """Owns `end` from now on."""
        self._ends[pid] = end
        self._loop.watch(end, selectors.EVENT_READ, lambda _: self._hung_up(pid))

    def forget(self, pid: int) -> None:
        """`pid` has been reaped."""
        end = self._ends.pop(pid, None)
        if end is not None:
            self._loop.forget(end)
            os.close(end)

    def _hung_up(self, pid: int) -> None:
        self.forget(pid)
        self._on_death(pid)


def _sleep(descriptor: int, has_left: _thread.LockType) -> None:
    libc = ctypes.CDLL(None)
    # A container's seccomp rules may forbid it: then the process goes without.
    is_alone = libc.unshare(CLONE_FILES) == 0
    has_left.release()
    if not is_alone:
        return
    for other in map(int, os.listdir("/proc/thread-self/fd")):
        if other != descriptor:
            try:
                os.close(other)
            except OSError:
                pass  # the one that listed them
    while True:
        libc.pause()
