"""The nanny desk, from the agent's side: whom it answers for, where, and that it lives (its own: desk_server.py).

A nanny's address belongs to the worker's name and outlives restarts: Dask's plugins remember a nanny by its address.
The agent chooses it, so that no worker waits for the desk, which is started when the workers have been.
"""

from __future__ import annotations

import importlib
import os
import signal
import socket
import time
from typing import Any, Callable, Iterable, Optional

from daskd_agent import facts, interpreter, nanny_address, ports, spawn
from daskd_agent.loop import Loop, Timer
from daskd_agent.nanny_address import Place
from daskd_agent.table import Launch
from daskd_agent.wire import Connection, Message

QUIET_S = 0.3  # workers that are being started come first
PAUSE_S = 1.0  # before the next desk, if this one has not lived as long
FORGET_S = 60.0  # a name of which no worker runs any more
DEATH_S = 1.0  # of a desk that is killed

TITLE = "daskd nanny desk"


class Desk:
    """Owns the desk's process and the addresses. `launches` are those that run; `kill_tree` ends one at once.

    `note` keeps for the next agent what that must know if this one is killed. With `report`, in a job, the process is
    the agent's reporter too (reporter.py), and is there from the beginning: its order, and Dask's settings `dask_config`.
    """

    def __init__(
        self,
        loop: Loop,
        can_fork: bool,
        state: dict[str, Any],
        launches: Callable[[], Iterable[Launch]],
        kill_tree: Callable[[Launch], None],
        note: Callable[[Message], None],
        report: Optional[Message] = None,
    ) -> None:
        self._loop = loop
        self._can_fork = can_fork
        self._launches = launches
        self._kill_tree = kill_tree
        self._note = note
        self._report = report
        # Dask's: the desk's security comes from there.
        self._settings: Message = state.get("settings") or (report["dask_config"] if report else {})
        self._places = {name: Place(*place) for name, place in state.get("places", {}).items()}
        self._pid: Optional[int] = state.get("pid")
        self._former: Optional[list[int]] = state.get("former")  # pid and start time of a dead agent's desk
        self._started_at = 0.0
        self._connection: Optional[Connection] = None
        self._start_timer: Optional[Timer] = None
        self._forget_timer: Optional[Timer] = None
        if state.get("connection"):
            saved = state["connection"]
            peer = socket.socket(fileno=saved["descriptor"])
            peer.set_inheritable(False)
            self._connect(peer, saved["received"].encode("latin-1"), saved["unsent"].encode("latin-1"))
        elif self._places or report:
            self._start_later(0)
        for launch in launches():
            if launch.kill_at is not None:
                self._kill_later(launch)

    def address_for(self, message: Message) -> Optional[str]:
        """The nanny's address of the worker that a `spawn` message wants; None: it has none, or brings its own."""
        if not nanny_address.is_needed(message):
            return None
        self._use_settings(message.get("dask_config") or {})
        name, scheduler = message["name"], message["args"][0]
        place = self._places.get(name)
        if place is None or place.scheduler != scheduler:
            self._forget(name)
            place = self._chosen(scheduler, message.get("ports"))
            if place is None:
                return None
            self._places[name] = place
            if self._connection is None:
                self._start_later(QUIET_S)
            else:
                self._send_listen(name, place)
        return place.address

    def _chosen(self, scheduler: str, lists: Optional[dict[str, list[int]]]) -> Optional[Place]:
        if not lists:
            return nanny_address.chosen(scheduler)
        used = {ports.port_of(place.address) for place in self._places.values()}
        return nanny_address.chosen_among(scheduler, lists["nanny"], used)

    def scheduler(self) -> Optional[tuple[str, Message]]:
        """That of the workers, as far as they have nannies: its address, and Dask's settings to reach it."""
        place = next(iter(self._places.values()), None)
        if place is None and self._report is not None:
            return self._report["scheduler"], self._settings
        return None if place is None else (place.scheduler, self._settings)

    def started(self, launch: Launch) -> None:
        if self._connection is not None and launch.name in self._places:
            self._send_started(launch)

    def ended(self, name: str) -> None:
        """The launch of this name is no more."""
        if name in self._places:
            self._send({"op": "ended", "name": name})
            if self._forget_timer is None:
                self._forget_timer = self._loop.later(FORGET_S, self._forget_unused)

    def hear(self) -> None:
        """Read what the desk has said by now: why a worker ended must be known when its end is told."""
        if self._connection is not None:
            self._connection.read()

    def reaped(self, pid: int) -> None:
        """A child that was no launch has ended; if it was the desk, there is soon another, at the same addresses."""
        if pid != self._pid:
            return
        self._pid = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._places or self._report:
            has_lived = time.monotonic() - self._started_at > PAUSE_S
            self._start_later(0 if has_lived else PAUSE_S)

    def close(self) -> None:
        """End it: nobody is left to answer for."""
        self._report = None
        if self._start_timer is not None:
            self._start_timer.cancel()
        for name in list(self._places):
            self._places.pop(name).release()
        self._end_former()
        if self._pid is not None:
            os.kill(self._pid, signal.SIGKILL)

    def to_state(self) -> dict[str, Any]:
        """For the agent that continues this one; the desk goes on meanwhile."""
        places = {name: [place.scheduler, place.address] for name, place in self._places.items()}
        connection = None if self._connection is None else self._connection.to_state()
        state = {"pid": self._pid, "settings": self._settings, "places": places, "connection": connection}
        return {**state, "former": self._former}

    def entry(self) -> Message:
        """For the ledger; the addresses stand with the launches."""
        pid = self._pid or 0
        return {"entry": "desk", "pid": pid, "start_time": facts.start_time(pid), "settings": self._settings}

    def _use_settings(self, settings: Message) -> None:
        if settings != self._settings:
            self._settings = settings
            self._note(self.entry())
            if self._pid is not None:
                os.kill(self._pid, signal.SIGKILL)

    # Its life

    def _start_later(self, delay_s: float) -> None:
        if self._start_timer is not None:
            self._start_timer.cancel()
        self._start_timer = self._loop.later(delay_s, self._start)

    def _start(self) -> None:
        self._start_timer = None
        self._end_former()
        ours, its = socket.socketpair()
        order = {"dask_config": self._settings, "report": self._report, "agent": os.getpid()}
        try:
            with its:
                self._pid = self._forked(order, its) if self._can_fork else self._executed(order, its)
        except OSError as error:
            ours.close()
            print(f"daskd-agent: cannot start the nanny desk: {error}", flush=True)
            self._start_later(PAUSE_S)
            return
        self._started_at = time.monotonic()
        self._note(self.entry())
        self._connect(ours)
        for name, place in self._places.items():
            self._send_listen(name, place)
        for launch in self._launches():
            self.started(launch)

    def _end_former(self) -> None:
        """The desk of a dead agent has answered until now; this one needs its addresses."""
        if self._former is None:
            return
        pid, start_time = self._former
        self._former = None
        if facts.is_alive(pid, start_time):
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + DEATH_S
        while facts.is_alive(pid, start_time) and time.monotonic() < deadline:
            time.sleep(0.001)

    @staticmethod
    def _forked(order: Message, control: socket.socket) -> int:
        def be_the_desk() -> None:
            server = importlib.import_module("daskd_agent.desk_server")  # only here: it imports distributed
            server.run(order, control.fileno(), is_forked=True)

        return spawn.forked(be_the_desk)

    @staticmethod
    def _executed(order: Message, control: socket.socket) -> int:
        return interpreter.spawn("desk", order, interpreter.ENVIRONMENT, TITLE, also=control.fileno())

    def _connect(self, peer: socket.socket, received: bytes = b"", unsent: bytes = b"") -> None:
        self._connection = Connection(peer, self._loop, self._on_message, self._on_end, received, unsent)

    def _on_end(self, _connection: Connection) -> None:
        """It is dying, and will be reaped; or it does not read, and is of no use."""
        self._connection = None
        if self._pid is not None:
            os.kill(self._pid, signal.SIGKILL)

    # What is said

    def _send(self, message: Message) -> None:
        if self._connection is not None:
            self._connection.send(message)

    def _send_listen(self, name: str, place: Place) -> None:
        self._send({"op": "listen", "name": name, "address": place.address, "scheduler": place.scheduler})

    def _send_started(self, launch: Launch) -> None:
        self._send({"op": "started", "name": launch.name, "pid": launch.pid, "start_time": launch.start_time})

    def _on_message(self, _connection: Connection, message: Message) -> None:
        name = message["name"]
        if message["event"] == "listening":
            if name in self._places:
                self._places[name].release()
        elif message["event"] == "not_listening":
            print(f"daskd-agent: no nanny for {name}: {message['text']}", flush=True)
            self._forget(name)  # its next launch gets another address
        elif message["event"] == "asked":
            self._on_asked(message)

    def _on_asked(self, message: Message) -> None:
        """Somebody wants a worker to end, or it ends by itself: the first to say why is right."""
        launch = next((launch for launch in self._launches() if launch.name == message["name"]), None)
        if launch is None:
            self.ended(message["name"])
            return
        if launch.told is None:
            launch.told = {"asked": message["asked"], "reason": message["reason"]}
        grace_s = message.get("kill_after_s")
        if grace_s is not None:
            launch.send_signal(signal.SIGTERM)
            launch.send_signal(signal.SIGCONT)
            launch.kill_at = time.monotonic() + grace_s
            self._kill_later(launch)

    def _kill_later(self, launch: Launch) -> None:
        assert launch.kill_at is not None
        self._loop.later(max(0.0, launch.kill_at - time.monotonic()), lambda: self._kill_if_alive(launch))

    def _kill_if_alive(self, launch: Launch) -> None:
        if any(launch is other for other in self._launches()):
            self._kill_tree(launch)

    def _forget(self, name: str) -> None:
        place = self._places.pop(name, None)
        if place is not None:
            place.release()
            self._send({"op": "forget", "name": name})

    def _forget_unused(self) -> None:
        self._forget_timer = None
        used = {launch.name for launch in self._launches()}
        for name in set(self._places) - used:
            self._forget(name)
