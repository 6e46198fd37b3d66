"""The benchmark's end of the stamps: who has registered with the scheduler, and when."""

from __future__ import annotations

import dataclasses
import json
import socket
import time
from typing import Any


def now() -> float:
    """Seconds on the clock of every stamp."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


@dataclasses.dataclass(frozen=True)
class Registration:
    at: float
    name: str
    pid: int


class Observer:
    """Listens at `path` for one scheduler's stamp_preload.py. Waits in recv, so it costs nothing while it waits."""

    def __init__(self, path: str) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen()
        self._peer: socket.socket | None = None
        self._received = b""
        self.scheduler_address = ""
        self.scheduler_pid = 0
        self.scheduler_at = 0.0

    def next_registrations(self, count: int, timeout_s: float) -> list[Registration]:
        """The next `count` registrations that nobody has asked for yet. TimeoutError says how many there were."""
        deadline = now() + timeout_s
        found: list[Registration] = []
        while len(found) < count:
            message = self._next_message(deadline)
            if message is None:
                raise TimeoutError(f"{len(found)} of {count} registrations within {timeout_s:.0f} s")
            if "worker" in message:
                found.append(Registration(message["at"], message["name"], message["pid"]))
            else:
                self.scheduler_address, self.scheduler_pid = message["address"], message["pid"]
                self.scheduler_at = message["at"]
        return found

    def close(self) -> None:
        self._listener.close()
        if self._peer is not None:
            self._peer.close()

    def _next_message(self, deadline: float) -> dict[str, Any] | None:
        try:
            while b"\n" not in self._received:
                if self._peer is None:
                    self._listener.settimeout(max(0.001, deadline - now()))
                    self._peer, _ = self._listener.accept()
                self._peer.settimeout(max(0.001, deadline - now()))
                chunk = self._peer.recv(1 << 16)
                if not chunk:
                    raise RuntimeError("the scheduler has ended")
                self._received += chunk
        except TimeoutError:
            return None
        line, _, self._received = self._received.partition(b"\n")
        return json.loads(line)
