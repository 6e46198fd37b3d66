"""A small client of daskd's control socket."""

from __future__ import annotations

import json
import select
import socket
from pathlib import Path
from typing import Any

from observer import now

FLOOD_BATCH = 5000  # requests in the buffer that is sent again and again
FLOOD_AHEAD = 20_000  # unanswered requests at most: daskd closes a client that does not read


class Control:
    """One connection."""

    def __init__(self, directory: Path, timeout_s: float = 60) -> None:
        """`directory` is the session's."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout_s)
        self._socket.connect(str(directory / "run/control.sock"))
        self._lines = self._socket.makefile("rb", buffering=1 << 18)

    def __enter__(self) -> Control:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._socket.close()

    def call(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """The result of one request. RuntimeError for an error reply."""
        self._socket.sendall(_request(method, params or {}))
        reply = next(reply for reply in iter(self.next_message, None) if reply.get("id") == 1)
        if "error" in reply:
            raise RuntimeError(f"{method}: {reply['error']['message']}")
        return reply["result"]

    def next_message(self) -> dict[str, Any]:
        line = self._lines.readline()
        if not line:
            raise RuntimeError("daskd has closed the connection")
        return json.loads(line)

    def flood(self, method: str, seconds: float) -> float:
        """Requests answered per second, when many are under way at any time. The connection is of no use afterwards.

        The requests are made beforehand and replies only counted by their line ends, so that daskd is the bottleneck.
        """
        batch = memoryview(_request(method, {}) * FLOOD_BATCH)
        request_bytes = len(batch) // FLOOD_BATCH
        self._socket.setblocking(False)
        sent = answered = 0
        began, end = now(), now() + seconds
        while now() < end:
            may_send = sent // request_bytes - answered < FLOOD_AHEAD
            readable, writable, _ = select.select([self._socket], [self._socket] if may_send else [], [], 1)
            if readable:
                answered += self._socket.recv(1 << 20).count(b"\n")
            if writable:
                sent += self._socket.send(batch[sent % len(batch):])
        return answered / (now() - began)


def _request(method: str, params: dict[str, Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode() + b"\n"
