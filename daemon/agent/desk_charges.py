"""Whom the nanny desk answers for, and how their processes are ended: by the agent, or alone once that is gone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import time
from typing import Any, Awaitable, Callable, Coroutine, Optional

from daskd_agent import facts

LOOK_S = 0.05  # whether an orphan has ended
LOOK_FOR_ANY_S = 2.0  # whether any orphan is left
ORPHAN_GRACE_S = 2.0
LOG_LINES = 1000  # of one worker

Listen = Callable[["Charge"], Awaitable[Any]]


class Charge:
    """One worker that the desk answers for; its process may be replaced by another."""

    def __init__(self, name: str, address: str, scheduler: str) -> None:
        self.name = name
        self.address = address
        self.scheduler = scheduler
        self.listener: Any = None
        self.log: list[tuple[float, str, str]] = []  # time, level, text
        self._process: Optional[tuple[int, int]] = None  # pid and start time
        self._waiting: list[asyncio.Future] = []  # for its end

    def note(self, text: str, level: str = "INFO") -> None:
        del self.log[: -LOG_LINES + 1]
        self.log.append((time.time(), level, text))

    def has_started(self, pid: int, start_time: int) -> None:
        self._process = (pid, start_time)
        self.note(f"Worker process {pid} started")

    def has_ended(self) -> None:
        self.note("Worker process ended")
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    def end(self) -> asyncio.Future:
        """To be awaited for `has_ended`."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        return waiting

    @property
    def is_awaited(self) -> bool:
        return bool(self._waiting)

    def is_alive(self) -> bool:
        """As /proc shows it."""
        return self._process is not None and facts.is_alive(*self._process)

    def kill(self, number: int) -> None:
        if self._process is not None and self.is_alive():
            os.kill(self._process[0], number)


class Charges:
    """Owns the socket to the agent, and obeys what comes from there (desk.py). `listen` makes a charge's listener."""

    def __init__(self, control: socket.socket, listen: Listen) -> None:
        self._control: Optional[socket.socket] = control
        self._listen = listen
        self._received = b""
        self._by_name: dict[str, Charge] = {}
        self._by_address: dict[str, Charge] = {}
        self._tasks: set[asyncio.Task] = set()
        asyncio.get_running_loop().add_reader(control, self._read)

    def at(self, address: str) -> Charge:
        return self._by_address[address]

    def note_end(self, charge: Charge, asked: str, reason: str) -> None:
        """It ends, for a reason that daskd should know."""
        self._tell({"event": "asked", "name": charge.name, "asked": asked, "reason": reason})

    async def end(self, charge: Charge, asked: str, reason: str, grace_s: float) -> None:
        """Have its process ended; returns when it has. It is killed if it is still there after `grace_s`."""
        if self._control is None:
            await _end_orphan(charge, grace_s)
            return
        ended = charge.end()
        message = {"event": "asked", "name": charge.name, "asked": asked, "reason": reason}
        self._tell({**message, "kill_after_s": grace_s})
        await ended

    def _tell(self, message: dict[str, Any]) -> None:
        if self._control is not None:
            try:
                self._control.sendall(json.dumps(message).encode() + b"\n")
            except OSError:
                pass  # the agent's end is read in a moment

    def _read(self) -> None:
        assert self._control is not None
        try:
            data = self._control.recv(1 << 16, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._control)
            self._control.close()
            self._control = None
            self._begin(self._outlive_the_agent())
            return
        *lines, self._received = (self._received + data).split(b"\n")
        for message in map(json.loads, lines):
            self._obey(message)

    def _obey(self, message: dict[str, Any]) -> None:
        name = message["name"]
        if message["op"] == "listen":
            charge = Charge(name, message["address"], message["scheduler"])
            self._by_name[name] = self._by_address[charge.address] = charge
            self._begin(self._start(charge))
        elif name not in self._by_name:
            pass  # it could not listen
        elif message["op"] == "started":
            self._by_name[name].has_started(message["pid"], message["start_time"])
        elif message["op"] == "ended":
            self._by_name[name].has_ended()
        elif message["op"] == "forget":
            self._forget(self._by_name[name])

    async def _start(self, charge: Charge) -> None:
        try:
            charge.listener = await self._listen(charge)
        except Exception as error:
            text = f"cannot listen on {charge.address}: {type(error).__name__}: {error}"
            self._tell({"event": "not_listening", "name": charge.name, "text": text})
            self._forget(charge)
            return
        if self._by_name.get(charge.name) is not charge:  # forgotten meanwhile
            charge.listener.stop()
            return
        charge.note(f"        Start Nanny at: {charge.address!r}")
        self._tell({"event": "listening", "name": charge.name})

    def _forget(self, charge: Charge) -> None:
        self._by_name.pop(charge.name, None)
        self._by_address.pop(charge.address, None)
        charge.has_ended()
        if charge.listener is not None:
            charge.listener.stop()

    async def _outlive_the_agent(self) -> None:
        """Its workers live on, and should have somebody who answers; nobody tells of their ends any more."""
        charges = list(self._by_name.values())
        for charge in charges:
            if charge.is_awaited:
                self._begin(_end_orphan(charge, ORPHAN_GRACE_S))
        while any(charge.is_alive() for charge in charges):
            await asyncio.sleep(LOOK_FOR_ANY_S)
        os._exit(0)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)  # the loop itself holds it only weakly
        task.add_done_callback(self._tasks.discard)


async def _end_orphan(charge: Charge, grace_s: float) -> None:
    until = time.monotonic() + grace_s
    charge.kill(signal.SIGTERM)
    while charge.is_alive():
        if time.monotonic() > until:
            charge.kill(signal.SIGKILL)
        await asyncio.sleep(LOOK_S)
    charge.has_ended()
