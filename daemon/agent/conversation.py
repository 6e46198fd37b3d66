"""Who speaks with the agent: one daskd, the last that has said hello. Whoever only looks whether it lives says nothing."""

from __future__ import annotations

import socket
from typing import Any, Callable, Optional

from daskd_agent.loop import Loop
from daskd_agent.wire import Connection, Message

LOWEST_PROTOCOL, HIGHEST_PROTOCOL = 1, 1  # that this agent speaks


class Conversation:
    """Owns the connections. `operations` by name are daskd's, after its hello, with which `on_greeted` is called; `on_left`
    when it is gone. `protocol` was agreed by the agent before this one; None: there was none."""

    def __init__(
        self,
        loop: Loop,
        operations: dict[Any, Callable[[Connection, Message], None]],
        on_greeted: Callable[[Message], None],
        on_left: Callable[[], None],
        protocol: Optional[int],
    ) -> None:
        self._loop = loop
        self._operations = operations
        self._on_greeted = on_greeted
        self._on_left = on_left
        self.protocol = protocol or HIGHEST_PROTOCOL
        self._connections: list[Connection] = []
        self._daskd: Optional[Connection] = None

    @property
    def is_going_on(self) -> bool:
        return self._daskd is not None

    @property
    def has_room(self) -> bool:
        """For what can wait."""
        return self._daskd is not None and not self._daskd.is_clogged

    def tell(self, event: Message) -> None:
        """Lost if daskd is not there: it is told at its next hello what it must know."""
        if self._daskd is not None:
            self._daskd.send(event)

    def connect(self, peer: socket.socket, received: bytes = b"", unsent: bytes = b"") -> Connection:
        connection = Connection(peer, self._loop, self._on_message, self._on_end, received, unsent)
        self._connections.append(connection)
        return connection

    def resume(self, saved: list[dict[str, Any]]) -> None:
        """With the connections that `to_state` has left."""
        for each in saved:
            peer = socket.socket(fileno=each["descriptor"])
            peer.set_inheritable(False)
            connection = self.connect(peer, each["received"].encode("latin-1"), each["unsent"].encode("latin-1"))
            if each["is_daskd"]:
                self._daskd = connection

    def handle_received(self) -> None:
        """Act on what had come for the agent before this one."""
        for connection in list(self._connections):
            connection.handle_received()

    def to_state(self) -> list[dict[str, Any]]:
        return [{**each.to_state(), "is_daskd": each is self._daskd} for each in self._connections]

    def _on_end(self, connection: Connection) -> None:
        self._connections.remove(connection)
        if connection is self._daskd:
            self._daskd = None
            self._on_left()

    def _on_message(self, connection: Connection, message: Message) -> None:
        operation = message.get("op")
        try:
            if operation == "hello":
                self._greet(connection, message)
            elif operation not in self._operations:
                connection.send({"event": "error", "text": f"unknown op {operation!r}"})
            elif connection is not self._daskd:
                connection.send({"event": "error", "text": f"{operation}: say hello first"})
            else:
                self._operations[operation](connection, message)
        except Exception as error:  # whatever daskd asks for, the agent lives: it has children
            connection.send({"event": "error", "text": f"{operation}: {type(error).__name__}: {error}"})

    def _greet(self, connection: Connection, message: Message) -> None:
        lowest, highest = message["protocol"]
        self.protocol = min(highest, HIGHEST_PROTOCOL)
        if self.protocol < max(lowest, LOWEST_PROTOCOL):
            connection.send({"event": "refused", "protocol": [LOWEST_PROTOCOL, HIGHEST_PROTOCOL]})
            connection.close()
            return
        before, self._daskd = self._daskd, connection
        if before is not None and before is not connection:
            before.close()
        self._on_greeted(message)
