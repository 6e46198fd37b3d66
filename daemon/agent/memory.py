"""Who uses too much memory? Each worker that has a limit is looked at, and ended beyond its terminate threshold.

Counted as Dask's nanny counts: the worker's RSS. What its children have is added; pages that they share would then
count twice, so before such a sum ends anybody it is taken again from PSS, which is slow to read: once a second at most.
"""

from __future__ import annotations

import dataclasses
import os
import time
from typing import Any, Callable, Iterator, Optional

from daskd_agent import tree
from daskd_agent.loop import Loop, Timer
from daskd_agent.table import Launch

CHILDREN_S = 2.0  # how long a child may live uncounted
PSS_S = 1.0
PAGE_BYTES = os.sysconf("SC_PAGESIZE")


class Process:
    """The RSS of one process. Its descriptor never speaks of another one that has got the same pid."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._statm = os.open(f"/proc/{pid}/statm", os.O_RDONLY | os.O_CLOEXEC)

    def rss_bytes(self) -> int:
        """0 once it is gone."""
        try:
            return int(os.pread(self._statm, 64, 0).split(b" ", 2)[1]) * PAGE_BYTES
        except (OSError, IndexError):
            return 0

    def close(self) -> None:
        os.close(self._statm)


@dataclasses.dataclass
class Watched:
    """One launch; `children` are those that were there when somebody last looked."""

    launch: Launch
    process: Process
    children: list[Process] = dataclasses.field(default_factory=list)
    next_pss: float = 0.0
    next_children: float = 0.0

    def used_bytes(self, now: float) -> int:
        """What counts against the limit; where that is not exceeded for certain, perhaps less than all."""
        own = self.process.rss_bytes()
        if not self.children or own > self.threshold:
            return own
        if own + sum(child.rss_bytes() for child in self.children) <= self.threshold or now < self.next_pss:
            return own
        self.next_pss = now + PSS_S
        return sum(map(_pss_bytes, (process.pid for process in (self.process, *self.children))))

    @property
    def threshold(self) -> int:
        return self.launch.memory["terminate_bytes"]

    def look_for_children(self) -> None:
        found = tree.descendants([self.launch.pid]) - {self.launch.pid}
        if found != {child.pid for child in self.children}:
            self._close_children()
            self.children = list(_opened(found))

    def close(self) -> None:
        self.process.close()
        self._close_children()

    def _close_children(self) -> None:
        for child in self.children:
            child.close()
        self.children = []


class MemoryWatch:
    """Looks at launches that have a `memory` guard; without any it never wakes up.

    `terminate` and `kill` end a launch: the first when it exceeds its threshold, the second at the next look.
    """

    def __init__(self, loop: Loop, terminate: Callable[[Launch], None], kill: Callable[[Launch], None]) -> None:
        self._loop = loop
        self._terminate = terminate
        self._kill = kill
        self._watched: dict[Any, Watched] = {}
        self._timer: Optional[Timer] = None
        self._interval_s = 0.0

    def add(self, launch: Launch) -> None:
        try:
            self._watched[launch.key] = Watched(launch, Process(launch.pid))
        except OSError:
            return  # it has ended already
        if self._timer is None:
            self._wait()

    def forget(self, launch: Launch) -> None:
        watched = self._watched.pop(launch.key, None)
        if watched is not None:
            watched.close()

    def _wait(self) -> None:
        self._timer = None
        if self._watched:
            self._interval_s = min(watched.launch.memory["interval_s"] for watched in self._watched.values())
            self._timer = self._loop.later(self._interval_s, self._look)

    def _look(self) -> None:
        now = time.monotonic()
        for watched in self._watched.values():
            launch = watched.launch
            if launch.excess:
                self._kill(launch)
                continue
            if now >= watched.next_children:
                watched.look_for_children()
                watched.next_children = now + CHILDREN_S - self._interval_s
            used = watched.used_bytes(now)
            if used > watched.threshold:
                launch.excess = {"used_bytes": used, "limit_bytes": launch.memory["limit_bytes"]}
                self._terminate(launch)
        self._wait()


def _pss_bytes(pid: int) -> int:
    """Its own pages, and its share of those that it shares; 0 once it is gone."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith(b"Pss:"))
    except (OSError, StopIteration):
        return 0


def _opened(pids: set[int]) -> Iterator[Process]:
    for pid in pids:
        try:
            yield Process(pid)
        except OSError:
            pass  # it has ended
