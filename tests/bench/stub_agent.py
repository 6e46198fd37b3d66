"""A host agent without Dask: its scheduler and workers are entries in a table, started and killed in no time.

Speaks daemon/agent/PROTOCOL.md with daskd on the listening socket that it gets as standard input, and
daemon/scheduler_link/PROTOCOL.md where daskd expects the scheduler. So daskd cannot tell, and is measured alone.
A third socket, $BENCH_STUB, takes lines of the benchmark: {"kill": COUNT} ends that many workers at once.
"""

from __future__ import annotations

import itertools
import json
import os
import selectors
import signal
import socket
import sys
import time
from typing import Any, Callable

Message = dict[str, Any]

FIRST_PID = 10_000_000  # beyond any kernel's limit: no signal can ever reach a real process
SCHEDULER_ADDRESS = "tcp://127.0.0.1:8786"
AT = "2026-01-01T00:00:00.000Z"
NO_TASKS = {"waiting": 0, "processing": 0, "memory": 0, "erred": 0}
LOAD = {"memory_bytes": 64 << 20, "cpu_percent": 2.0, "executing": 0}


class Line:
    """One connection of JSON lines, output kept until it can be written."""

    def __init__(self, peer: socket.socket, selector: selectors.BaseSelector, on_message: Callable[[Message], None],
                 on_end: Callable[[], None]) -> None:
        peer.setblocking(False)
        self._peer, self._selector = peer, selector
        self._on_message, self._on_end = on_message, on_end
        self._received, self._unsent = b"", bytearray()
        selector.register(peer, selectors.EVENT_READ, self._on_ready)

    def send(self, message: Message | bytes) -> None:
        self._unsent += (message if isinstance(message, bytes) else json.dumps(message).encode()) + b"\n"

    def flush(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: self._peer.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self._unsent.clear()  # reading will tell the end
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent else 0)
        self._selector.modify(self._peer, events, self._on_ready)

    def _on_ready(self, events: int) -> None:
        if not events & selectors.EVENT_READ:
            return
        try:
            chunk = self._peer.recv(1 << 20)
        except OSError:
            chunk = b""
        if not chunk:
            self._selector.unregister(self._peer)
            self._peer.close()
            self._on_end()
            return
        *lines, self._received = (self._received + chunk).split(b"\n")
        for line in lines:
            self._on_message(json.loads(line))


class StubAgent:
    def __init__(self, listener: socket.socket) -> None:
        self._selector = selectors.DefaultSelector()
        self._lines: list[Line] = []
        self._daskd: Line | None = None
        self._links: list[Line] = []
        self._pids, self._seq = itertools.count(FIRST_PID), itertools.count(1)
        self._scheduler: Message | None = None
        self._workers: dict[str, Message] = {}  # name: the spawn message and its pid
        self._statistics: bytes | None = None
        self._listen(listener, self._accept_daskd)
        self._listen(_listening(os.environ["BENCH_STUB"]), lambda peer: self._line(peer, self._on_order))

    def run(self) -> None:
        while True:
            for key, events in self._selector.select():
                key.data(events)
            for line in self._lines:
                line.flush()

    # Connections

    def _listen(self, listener: socket.socket, on_peer: Callable[[socket.socket], None]) -> None:
        self._selector.register(listener, selectors.EVENT_READ, lambda _: on_peer(listener.accept()[0]))

    def _line(self, peer: socket.socket, on_message: Callable[[Line, Message], None]) -> Line:
        line = Line(peer, self._selector, lambda message: on_message(line, message), lambda: self._forget(line))
        self._lines.append(line)
        return line

    def _forget(self, line: Line) -> None:
        self._lines.remove(line)
        if line in self._links:
            self._links.remove(line)
        if line is self._daskd:
            sys.exit(0)  # nothing of ours outlives daskd

    def _accept_daskd(self, peer: socket.socket) -> None:
        self._daskd = self._line(peer, self._on_operation)

    def _accept_link(self, peer: socket.socket) -> None:
        link = self._line(peer, self._on_question)
        assert self._scheduler is not None
        link.send({"event": "snapshot", "protocol": 1, "pid": self._scheduler["pid"], "address": SCHEDULER_ADDRESS,
                   "dashboard": None, "id": "stub", "started": time.time(), "python": "3", "distributed": "stub",
                   "identity": {}, "workers": [_registration(worker) for worker in self._workers.values()]})
        self._links.append(link)

    # daskd's operations

    def _on_operation(self, line: Line, message: Message) -> None:
        operation = message["op"]
        if operation == "hello":
            line.send({"event": "hello", "protocol": 1, "pid": os.getpid(), "start_time": 0, "boot_id": "", "host": "stub",
                       "python": "3", "executable": "", "dask": "stub", "distributed": "stub", "cores": 1,
                       "memory_bytes": 1 << 30, "spawn": "fork", "spawn_reason": None, "warm": [], "skipped": {},
                       "threads": 1, "has_dashboard": False, "processes": [], "exits": []})
        elif operation == "spawn":
            self._spawn(line, message)
        elif operation == "signal":
            self._signal(message)
        elif operation == "ping":
            line.send({"event": "pong"})
        elif operation == "shutdown":
            sys.exit(0)

    def _spawn(self, line: Line, message: Message) -> None:
        started = {**message, "pid": next(self._pids)}
        line.send({"event": "spawned", "name": message["name"], "incarnation": message["incarnation"],
                   "pid": started["pid"], "start_time": 0, "started_at": AT, "mode": "fork"})
        if message["role"] == "scheduler":
            self._scheduler = started
            self._listen(_listening(message["scheduler_link"]), self._accept_link)
        else:
            self._workers[message["name"]] = started
            self._tell_links({"event": "worker_added", **_registration(started)})

    def _signal(self, message: Message) -> None:
        number = message["signal"]
        if number not in (signal.SIGTERM, signal.SIGKILL):
            return
        worker = self._workers.get(message["name"])
        if worker and worker["incarnation"] == message["incarnation"]:
            self._end(worker, number)
        elif self._scheduler and self._scheduler["name"] == message["name"]:
            self._tell_exit(self._scheduler, number)
            self._scheduler = None

    # Ends of workers

    def _on_order(self, _line: Line, message: Message) -> None:
        for worker in list(self._workers.values())[: message["kill"]]:
            self._end(worker, signal.SIGKILL)

    def _end(self, worker: Message, number: int) -> None:
        del self._workers[worker["name"]]
        self._tell_links({"event": "worker_removed", "name": worker["name"], "address": _address(worker), "lost_tasks": 0})
        self._tell_exit(worker, number)

    def _tell_exit(self, process: Message, number: int) -> None:
        assert self._daskd is not None
        self._daskd.send({"event": "exited", "seq": next(self._seq), "name": process["name"],
                          "incarnation": process["incarnation"], "pid": process["pid"], "code": None,
                          "signal": signal.Signals(number).name, "core": False, "started_at": AT, "at": AT, "user_s": 0,
                          "system_s": 0, "max_rss_bytes": 0, "log_tail": []})

    # The scheduler link

    def _on_question(self, line: Line, message: Message) -> None:
        if message["op"] == "statistics":
            if self._statistics is None:
                loads = {_address(worker): LOAD for worker in self._workers.values()}
                self._statistics = json.dumps({"tasks": NO_TASKS, "workers": loads}).encode()
            line.send(b'{"event":"reply","id":%d,"result":%s}' % (message["id"], self._statistics))
        elif message["op"] == "remove":
            line.send({"event": "reply", "id": message["id"], "result": {"removed": False}})

    def _tell_links(self, event: Message) -> None:
        self._statistics = None
        for link in self._links:
            link.send(event)


def _address(worker: Message) -> str:
    return f"tcp://127.0.0.1:{worker['pid']}"


def _registration(worker: Message) -> Message:
    return {"name": worker["name"], "address": _address(worker), "pid": worker["pid"], "threads": 1,
            "memory_limit_bytes": 0}


def _listening(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(16)
    return listener


if __name__ == "__main__":
    StubAgent(socket.socket(fileno=0)).run()
