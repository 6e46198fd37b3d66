"""A launch and all that it has started, whole: tasks start processes, which may outlive their worker."""

from __future__ import annotations

import os
from typing import Callable, Iterable

from daskd_agent import tree
from daskd_agent.loop import Loop
from daskd_agent.table import Launch

SWEEP_S = 0.1  # a replacement should not wait until the dead launch's leftovers are found


class Families:
    """`launches`: those that run. `on_swept`: the leftovers of others have been killed."""

    def __init__(self, loop: Loop, launches: Callable[[], Iterable[Launch]], on_swept: Callable[[], None]) -> None:
        self._loop = loop
        self._launches = launches
        self._on_swept = on_swept
        self._ended: list[Launch] = []  # what they left behind is not yet killed

    def signal(self, launch: Launch, number: int) -> None:
        tree.signal_all(self._roots(launch), number)

    def kill(self, launch: Launch) -> None:
        tree.kill_all(self._roots(launch))

    def kill_all(self) -> None:
        for launch in list(self._launches()):
            self.kill(launch)

    def ended(self, launch: Launch) -> None:
        """Its leftovers are killed soon."""
        if not self._ended:
            self.sweep_soon()
        self._ended.append(launch)

    def sweep_soon(self) -> None:
        self._loop.later(SWEEP_S, self.sweep)

    def sweep(self) -> None:
        for launch in self._ended:
            tree.kill_all(self._orphans(launch))
        self._ended.clear()
        self._on_swept()

    def _roots(self, launch: Launch) -> list[int]:
        own = [] if launch.is_adopted and not launch.is_alive() else [launch.pid]
        return own + self._orphans(launch)

    def _orphans(self, launch: Launch) -> list[int]:
        tracked = [other.pid for other in self._launches()]
        among = tree.everybody() if launch.is_adopted else tree.children(os.getpid())
        return tree.orphans_of(launch.pid, launch.marker, tracked, among)
