"""While no daskd is connected: start it again, and end when it is gone for good.

Nothing is ended early: as long as the scheduler has tasks that are processing, an orphan lives on. The scheduler link is
asked; on other hosts than the scheduler's, where that is not, the scheduler itself.
"""

from __future__ import annotations

import os
from typing import Any, Callable, Optional

from daskd_agent import interpreter
from daskd_agent.link_question import LinkQuestion
from daskd_agent.loop import Loop, Timer
from daskd_agent.scheduler_question import SchedulerQuestion

IDLE_S = 10.0  # without children and without daskd
ASK_S = 5.0
LONGEST_PAUSE_S = 60.0


class Orphanhood:
    """Calls `on_idle` when there is nothing to live for, `on_orphaned` when the children must go too.

    `scheduler` is that of the workers: its address, and Dask's settings to reach it.
    """

    def __init__(
        self,
        loop: Loop,
        owner: dict[str, Any],
        has_launches: Callable[[], bool],
        scheduler: Callable[[], Optional[tuple[str, dict[str, Any]]]],
        on_idle: Callable[[], None],
        on_orphaned: Callable[[], None],
        idle_s: float = IDLE_S,
    ) -> None:
        self._loop = loop
        self._owner = owner  # what the last daskd said of itself; {} before the first
        self._has_launches = has_launches
        self._scheduler = scheduler
        self._on_idle = on_idle
        self._on_orphaned = on_orphaned
        self._idle_s = idle_s
        self._timers: list[Timer] = []
        self._idle: Optional[Timer] = None
        self._daskd_pid: Optional[int] = None  # one that was started here and still lives
        self._is_alone = False

    def begin(self) -> None:
        """The daskd is gone (or has not come yet)."""
        self._is_alone = True
        if self._owner.get("revive") and not self._owner.get("goodbye"):
            self._revive(pause_s=1.0)
        timeout_s = self._owner.get("orphan_timeout_s")
        if timeout_s is not None:
            self._later(timeout_s, self._ask)
        self.check_idle()

    def end(self, hello: dict[str, Any]) -> None:
        """A daskd has said `hello`."""
        self._owner = {name: hello.get(name) for name in ("revive", "orphan_timeout_s", "scheduler_link")}
        self._is_alone = False
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def goodbye(self) -> None:
        self._owner["goodbye"] = True

    def check_idle(self) -> None:
        """Call when a launch has ended."""
        if self._is_alone and not self._has_launches() and self._idle is None:
            self._idle = self._loop.later(self._idle_s, self._end_if_idle)

    def reaped(self, pid: int) -> None:
        """A child that was no launch has ended."""
        if pid == self._daskd_pid:
            self._daskd_pid = None

    def to_state(self) -> dict[str, Any]:
        return self._owner

    def _later(self, delay_s: float, callback: Callable[[], None]) -> None:
        self._timers.append(self._loop.later(delay_s, callback))

    def _revive(self, pause_s: float) -> None:
        # One that is still starting would only lose the race for its lock to itself.
        if self._daskd_pid is None:
            try:
                self._daskd_pid = interpreter.spawn("become", self._owner["revive"], interpreter.ENVIRONMENT, "daskd")
            except OSError as error:
                print(f"daskd-agent: cannot start daskd again: {error}", flush=True)
        self._later(pause_s, lambda: self._revive(min(2 * pause_s, LONGEST_PAUSE_S)))

    def _ask(self) -> None:
        link = self._owner.get("scheduler_link")
        scheduler = None if link else self._scheduler()
        if link and os.path.exists(link):
            LinkQuestion(link, self._loop, self._decide)
        elif scheduler is not None:
            SchedulerQuestion(*scheduler, self._loop, self._decide)
        else:
            self._decide(0)

    def _decide(self, processing: int) -> None:
        if not self._is_alone:
            return
        if processing:
            self._later(ASK_S, self._ask)
        else:
            self._on_orphaned()

    def _end_if_idle(self) -> None:
        self._idle = None
        if self._is_alone and not self._has_launches():
            self._on_idle()
