"""When logs are looked at and rotated: soon after somebody wrote, and never while nobody does.

A log that is written to is looked at ten times a second, and sooner where it grows fast, so that even one that is
flooded (100 MB/s) hardly reaches twice its limit, and all of its files together stay below six times: that one, three
that are kept, and some room for a busy machine. A quiet log wakes nobody: the kernel tells of its next line. Rotation is the
work of a child, since what it copies must not keep the agent from its workers.
"""

from __future__ import annotations

import os
import selectors
import time
from typing import Optional

from daskd_agent import fork_safety, inotify, logs, spawn
from daskd_agent.loop import Loop, Timer
from daskd_agent.table import Launch

LOOK_S = 0.1  # after a write
UNWATCHED_S = 2.0  # where the kernel does not tell of writes
SHORTEST_LOOK_S = 0.01


class _Log:
    def __init__(self, launch: Launch) -> None:
        self.launch = launch
        self.size = -1  # at the last look
        self.looked_at = 0.0
        self.watch: Optional[int] = None
        self.timer: Optional[Timer] = None
        self.rotating: Optional[int] = None  # the child that does it


class LogKeeper:
    """Keeps the logs of all launches within their size."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._logs: dict[int, _Log] = {}  # by the launch's pid
        self._removed = logs.Removed()
        self._inotify = inotify.opened()
        if self._inotify is not None:
            loop.watch(self._inotify, selectors.EVENT_READ, lambda _: self._hear())

    def add(self, launch: Launch) -> None:
        log = self._logs[launch.pid] = _Log(launch)
        self._look_later(log, LOOK_S)

    def forget(self, launch: Launch) -> None:
        """It has ended. What it left over its limit is the next one's to rotate."""
        self._removed.forget(launch.pid)
        log = self._logs.pop(launch.pid, None)
        if log is not None and log.timer is not None:
            log.timer.cancel()

    def reaped(self, pid: int) -> None:
        """A child that was no launch has ended."""
        for log in self._logs.values():
            if log.rotating == pid:
                log.rotating = None
                log.launch.log_start = 0
                self._look_later(log, LOOK_S)

    def _hear(self) -> None:
        assert self._inotify is not None
        written = inotify.changed(self._inotify)
        for log in self._logs.values():
            if log.watch in written:
                log.watch = None
                self._look_later(log, LOOK_S)

    def _look_later(self, log: _Log, delay_s: float) -> None:
        if log.timer is not None:
            log.timer.cancel()
        log.timer = self._loop.later(delay_s, lambda: self._look(log))

    def _look(self, log: _Log) -> None:
        log.timer = None
        if log.rotating is not None:
            return
        if self._removed.keep(log.launch.pid, log.launch.log):
            log.launch.log_start = 0
        before, log.size = log.size, logs.size_of(log.launch.log)
        looked_before, log.looked_at = log.looked_at, time.monotonic()
        if logs.is_too_long(log.size, log.launch.log_size):
            log.rotating = spawn.forked(lambda: _rotate(log.launch))
        elif log.size != before:
            self._look_later(log, _pause_s(log.size - before, log.looked_at - looked_before, log.launch.log_size - log.size))
        elif self._removed.has(log.launch.pid) or not self._watch(log):
            self._look_later(log, UNWATCHED_S)

    def _watch(self, log: _Log) -> bool:
        if self._inotify is not None and log.watch is None:
            log.watch = inotify.watch_next_change(self._inotify, log.launch.log)
        return log.watch is not None


def _pause_s(grown_bytes: int, within_s: float, room_bytes: int) -> float:
    """Half the time in which a log that grows so fast reaches its limit."""
    return max(SHORTEST_LOOK_S, min(LOOK_S, within_s * room_bytes / (2 * max(grown_bytes, 1))))


def _rotate(launch: Launch) -> None:
    fork_safety.close_descriptors(set())
    logs.rotate(launch.log, launch.log_size)
    os._exit(0)
