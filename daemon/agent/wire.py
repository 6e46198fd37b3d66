"""One connection of a daskd: JSON lines in both directions, never blocking."""

from __future__ import annotations

import json
import selectors
import socket
from typing import Any, Callable

from daskd_agent.loop import Loop

LIMIT_BYTES = 4 << 20  # more unread output, or one longer line of input, ends the connection
CLOGGED_BYTES = 1 << 18
READ_BYTES = 1 << 16

Message = dict  # one JSON object


class Connection:
    """Calls `on_message(connection, message)` for each line and `on_end(connection)` once, when the peer is gone.

    Owns the socket. What was sent before the end may be lost: whoever needs it keeps it elsewhere.
    """

    def __init__(
        self,
        peer: socket.socket,
        loop: Loop,
        on_message: Callable[[Connection, Message], None],
        on_end: Callable[[Connection], None],
        received: bytes = b"",
        unsent: bytes = b"",
    ) -> None:
        self._peer = peer
        self._loop = loop
        self._on_message = on_message
        self._on_end = on_end
        self._received = bytearray(received)
        self._unsent = bytearray(unsent)
        self._is_open = True
        peer.setblocking(False)
        self._watch()

    @property
    def is_open(self) -> bool:
        return self._is_open

    @property
    def is_clogged(self) -> bool:
        """The peer does not read as fast: what can wait should."""
        return len(self._unsent) > CLOGGED_BYTES

    def send(self, message: Message) -> None:
        if not self._is_open:
            return
        self._unsent += json.dumps(message, separators=(",", ":")).encode() + b"\n"
        self._write()
        if len(self._unsent) > LIMIT_BYTES:
            self.close()

    def unread(self, message: Message) -> None:
        """Put `message` back, to be read again first: by the agent that continues this one."""
        self._received[:0] = json.dumps(message).encode() + b"\n"

    def handle_received(self) -> None:
        """Act on the whole lines that have arrived."""
        while self._is_open and (end := self._received.find(b"\n")) >= 0:
            line = bytes(self._received[:end])
            del self._received[: end + 1]
            self._handle(line)
        if len(self._received) > LIMIT_BYTES:
            self.close()

    def read(self) -> None:
        """Act on what has arrived by now."""
        try:
            data = self._peer.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        self._received += data
        self.handle_received()

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._loop.forget(self._peer)
            self._peer.close()
            self._on_end(self)

    def to_state(self) -> dict[str, Any]:
        """What `from_state` needs in the next program of this process; the descriptor becomes inheritable."""
        self._peer.set_inheritable(True)
        return {
            "descriptor": self._peer.fileno(),
            "received": self._received.decode("latin-1"),
            "unsent": self._unsent.decode("latin-1"),
        }

    def _handle(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError as error:
            self.send({"event": "error", "text": f"not a line of JSON: {error}"})
            return
        if isinstance(message, dict):
            self._on_message(self, message)
        else:
            self.send({"event": "error", "text": "not a JSON object"})

    def _watch(self) -> None:
        writing = selectors.EVENT_WRITE if self._unsent else 0
        self._loop.watch(self._peer, selectors.EVENT_READ | writing, self._on_ready)

    def _on_ready(self, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self._write()
        if self._is_open and events & selectors.EVENT_READ:
            self.read()

    def _write(self) -> None:
        try:
            if self._unsent:
                del self._unsent[: self._peer.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        self._watch()
