"""Hooks into the scheduler: workers that come and go, and why it ends.

By Dask's public plugin API; what differs between releases is found by looking, not by version.
"""

from __future__ import annotations

import asyncio
import functools
import signal
import time
from typing import Any

from distributed.diagnostics.plugin import SchedulerPlugin

from daskd_scheduler_link import silence, views
from daskd_scheduler_link.server import LinkServer

FIRST_COUNT_S = 0.1
COUNT_S = 1.0
PATIENCE_S = 1.0  # with a worker whose name is taken
ENDED_ON_PURPOSE = ("client", "idle")  # the cluster stays down, also when no daskd is there to hear it
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Watcher(SchedulerPlugin):
    """Turns what happens in `scheduler` into events for the peers of `server`; ends the server with it."""

    name = "daskd"

    def __init__(self, scheduler: Any, server: LinkServer) -> None:
        self._scheduler = scheduler
        self._server = server
        self._workers: dict[str, Any] = dict(scheduler.workers)
        self._last_words: dict[str, dict[str, Any]] = {}
        self._counter = TaskCounter(scheduler, server)
        self._removal = asyncio.Event()  # the next one
        self._is_ended_by_client = False
        self._handlers = _signal_handlers()
        scheduler.handlers["terminate"] = self._noticing(scheduler.handlers["terminate"])
        scheduler.handlers["register-worker"] = self._patiently(scheduler.handlers["register-worker"])

    def add_worker(self, scheduler: Any, worker: str, **_: Any) -> None:
        state = scheduler.workers[worker]
        self._workers[worker] = state
        self._server.broadcast({"event": "worker_added", **views.worker(state)})

    def remove_worker(self, scheduler: Any, worker: str, **_: Any) -> None:
        state = self._workers.pop(worker, None)
        removed = {"name": str(state.name) if state else "", "address": worker}
        self._server.broadcast({"event": "worker_removed", **removed, **self._last_words.pop(worker, {})})
        self._removal.set()
        self._removal = asyncio.Event()

    def log_event(self, topic: str, msg: Any) -> None:
        """The one moment when what a leaving worker held is still known."""
        if topic == "all" and isinstance(msg, dict) and msg.get("action") == "remove-worker":
            worker = msg["worker"]
            if "lost-computed-tasks" in msg:  # newer releases count themselves, and have forgotten it by now
                lost = len(msg["lost-computed-tasks"]) + len(msg.get("lost-scattered-tasks", ()))
            else:
                lost = len(views.only_on(self._scheduler, [worker]))
            words: dict[str, Any] = {"lost_tasks": lost}
            state = self._workers.get(worker)
            if state is not None:
                words["tasks"] = views.working_on(state, msg.get("processing-tasks", ()))
                words["timed_out"] = silence.is_timed_out(self._scheduler, state)
            self._last_words[worker] = words

    def update_graph(self, scheduler: Any, *_: Any, **__: Any) -> None:
        self._counter.wake()

    def restart(self, scheduler: Any) -> None:
        self._server.broadcast({"event": "client_restart"})

    async def before_close(self) -> None:
        by = self._who_ends_it()
        closing = {"event": "closing", "by": by, "idle_s": self._scheduler.idle_timeout if by == "idle" else None}
        if by in ENDED_ON_PURPOSE:
            self._server.leave(closing)
        self._server.broadcast(closing)

    async def close(self) -> None:
        await self._server.stop()

    def _noticing(self, terminate: Any) -> Any:
        """`Client.shutdown` calls the handler `terminate`; nothing else tells it from other ends."""

        @functools.wraps(terminate)
        async def noticed(*args: Any, **kwargs: Any) -> Any:
            self._is_ended_by_client = True
            return await terminate(*args, **kwargs)

        return noticed

    def _patiently(self, register: Any) -> Any:
        """A replacement can be faster than daskd's word that its predecessor is dead, and would find its name taken."""

        @functools.wraps(register)
        async def registered(*args: Any, **kwargs: Any) -> Any:
            if self._is_held(kwargs.get("name"), kwargs.get("address")):
                try:
                    await asyncio.wait_for(self._release_of(kwargs["name"], kwargs["address"]), PATIENCE_S)
                except asyncio.TimeoutError:
                    pass  # the predecessor lives: Dask says so
            return await register(*args, **kwargs)

        return registered

    async def _release_of(self, name: Any, address: Any) -> None:
        while self._is_held(name, address):
            await self._removal.wait()

    def _is_held(self, name: Any, address: Any) -> bool:
        """By another worker: the successor may have the same address, if its ports are counted."""
        return name is not None and (name in self._scheduler.aliases or address in self._scheduler.workers)

    def _who_ends_it(self) -> str:
        if self._is_ended_by_client:
            return "client"
        # Dask installs its handlers before the scheduler starts and takes one away when its signal comes.
        if _signal_handlers() != self._handlers:
            return "signal"
        idle_since = getattr(self._scheduler, "idle_since", None)
        idle_timeout = getattr(self._scheduler, "idle_timeout", None)
        if idle_since and idle_timeout and time.time() > idle_since + idle_timeout:
            return "idle"
        return "unknown"


class TaskCounter:
    """Tells the task counts while they change, so that what a dead scheduler had is known. Idle, it does nothing."""

    def __init__(self, scheduler: Any, server: LinkServer) -> None:
        self._scheduler = scheduler
        self._server = server
        self._told: dict[str, int] = {}
        self._is_awake = False

    def wake(self, delay_s: float = FIRST_COUNT_S) -> None:
        """There is new work."""
        if not self._is_awake:
            self._is_awake = True
            asyncio.get_running_loop().call_later(delay_s, self._look)

    def _look(self) -> None:
        tasks = views.tasks(self._scheduler)
        has_changed = tasks != self._told
        if has_changed:
            self._told = tasks
            self._server.broadcast({"event": "tasks", "tasks": tasks})
        self._is_awake = False
        if has_changed or tasks["processing"]:
            self.wake(COUNT_S)


def _signal_handlers() -> list[Any]:
    return [signal.getsignal(number) for number in ENDING_SIGNALS]
