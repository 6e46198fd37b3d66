"""Ask the scheduler link how many tasks are processing, without waiting for it."""

from __future__ import annotations

import json
import selectors
import socket
from typing import Callable

from daskd_agent.loop import Loop

PATIENCE_S = 30.0  # a scheduler may hold the interpreter's lock for a while


class LinkQuestion:
    """Asks once; `answer(processing)` is called once, with 0 when nobody answers."""

    def __init__(self, path: str, loop: Loop, answer: Callable[[int], None]) -> None:
        self._loop = loop
        self._answer = answer
        self._received = b""
        self._link = socket.socket(socket.AF_UNIX)
        self._link.setblocking(False)
        self._patience = loop.later(PATIENCE_S, lambda: self._end(0))
        loop.watch(self._link, selectors.EVENT_READ, self._read)
        try:
            self._link.connect(path)
            self._link.sendall(b'{"op":"statistics","id":1}\n')
        except OSError:
            self._loop.later(0, lambda: self._end(0))

    def _read(self, _events: int) -> None:
        try:
            data = self._link.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end(0)
            return
        *lines, self._received = (self._received + data).split(b"\n")
        for message in map(json.loads, lines):
            if message.get("event") == "reply":
                self._end(message.get("result", {}).get("tasks", {}).get("processing", 0))
                return

    def _end(self, processing: int) -> None:
        if self._link.fileno() >= 0:
            self._patience.cancel()
            self._loop.forget(self._link)
            self._link.close()
            self._answer(processing)
