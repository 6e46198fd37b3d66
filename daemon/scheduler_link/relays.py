"""The way between daskd and host agents in jobs: their reporters join the scheduler over Dask's own port.

A reporter (daskd_agent/reporter.py) calls the handler REPORT and keeps that connection for as long as its job lives. A
peer of the link opens the relay of a job, and is handed what the agent says until one of both closes it. What is said
is not read here.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, Callable, Optional

REPORT = "daskd-report"  # of the scheduler's remote calls

Message = dict  # one JSON object


class Relays:
    """`broadcast` tells all peers of the link."""

    def __init__(self, broadcast: Callable[[Message], None]) -> None:
        self._broadcast = broadcast
        self._reporters: dict[str, Reporter] = {}

    async def report(self, comm: Any, job: str) -> None:
        """Handler: returns when the reporter has gone, or another one of its job has come."""
        former = self._reporters.pop(job, None)
        if former is not None:
            former.end()
            self._broadcast({"event": "reporter", "job": job, "is_there": False})
        reporter = self._reporters[job] = Reporter(comm, job)
        self._broadcast({"event": "reporter", "job": job, "is_there": True})
        try:
            await reporter.serve()
        except (OSError, ValueError):
            pass  # its node, or its job
        finally:
            reporter.end()
            if self._reporters.get(job) is reporter:
                del self._reporters[job]
                self._broadcast({"event": "reporter", "job": job, "is_there": False})

    def present(self) -> list[Message]:
        """What a new peer is told."""
        return [{"event": "reporter", "job": job, "is_there": True} for job in self._reporters]

    def obey(self, peer: Any, message: Message) -> None:
        """`relay_open`, `relay` or `relay_close` by a peer."""
        reporter = self._reporters.get(message["job"])
        if reporter is None:
            return
        if message["op"] == "relay_open":
            reporter.open(peer)
        elif reporter.peer is peer and message["op"] == "relay":
            reporter.say({"line": json.dumps(message["message"])})
        elif reporter.peer is peer:
            reporter.close()

    def left(self, peer: Any) -> None:
        """A peer is gone."""
        for reporter in self._reporters.values():
            if reporter.peer is peer:
                reporter.close()


class Reporter:
    """One reporter's connection, and the peer of the link that has opened it."""

    def __init__(self, comm: Any, job: str) -> None:
        self._comm = comm
        self._job = job
        self._unsent: asyncio.Queue = asyncio.Queue()
        self._writing = asyncio.ensure_future(self._write())
        self.peer: Optional[Any] = None

    def open(self, peer: Any) -> None:
        self.peer = peer
        self.say({"open": True})

    def close(self) -> None:
        self.peer = None
        self.say({"open": False})

    def say(self, message: Message) -> None:
        self._unsent.put_nowait(message)

    async def serve(self) -> None:
        while True:
            message = await self._comm.read()
            if self.peer is None:
                continue
            if "line" in message:
                self.peer.send({"event": "relayed", "job": self._job, "message": json.loads(message["line"])})
            elif message.get("open") is False:
                self.peer.send({"event": "relay_closed", "job": self._job})

    def end(self) -> None:
        self._writing.cancel()
        self._comm.abort()

    async def _write(self) -> None:
        try:
            while True:
                await self._comm.write(await self._unsent.get())
        except OSError:
            pass  # its end is read as well
