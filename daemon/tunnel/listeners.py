"""The ports on which a mouth listens for what is at home elsewhere."""

from __future__ import annotations

import os
import socket
import time
from typing import Callable, Dict, Iterable, Optional

from daskd_agent import acceptor
from daskd_agent.loop import Loop, Timer

HERE = "127.0.0.1"
QUEUE = 128
# How long another mouth on this host may take to give a port back.
TAKEN_AFTER_S = 5.0
TRY_AGAIN_S = 0.1

Failed = Dict[int, str]  # port -> why it cannot be had
OnSettled = Callable[[Failed], None]


class Listeners:
    """Owns the listening sockets. `on_peer` is given each connection and its port, and owns the connection."""

    def __init__(self, loop: Loop, on_peer: Callable[[socket.socket, int], None]) -> None:
        self._loop = loop
        self._on_peer = on_peer
        self._sockets: dict[int, socket.socket] = {}
        self._trying: Optional[Timer] = None

    def listen(self, ports: Iterable[int], may_come_free: bool, on_settled: OnSettled) -> None:
        """On these and no others. Then tells which cannot be had, and why; not if it is called again before that."""
        wanted = set(ports)
        self._close_all_but(wanted)
        self._try(wanted, time.monotonic() + (TAKEN_AFTER_S if may_come_free else 0.0), on_settled)

    def close(self) -> None:
        self._close_all_but(set())

    def _close_all_but(self, wanted: set[int]) -> None:
        if self._trying is not None:
            self._trying.cancel()
            self._trying = None
        for port in set(self._sockets) - wanted:
            acceptor.close(self._loop, self._sockets.pop(port))

    def _try(self, wanted: set[int], patient_until: float, on_settled: OnSettled) -> None:
        failed: Failed = {}
        for port in sorted(wanted - set(self._sockets)):
            try:
                self._open(port)
            except OSError as error:
                failed[port] = os.strerror(error.errno or 0)
        if failed and time.monotonic() < patient_until:
            self._trying = self._loop.later(TRY_AGAIN_S, lambda: self._try(wanted, patient_until, on_settled))
        else:
            on_settled(failed)

    def _open(self, port: int) -> None:
        listener = socket.socket()
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HERE, port))
            listener.listen(QUEUE)
            listener.setblocking(False)
        except OSError:
            listener.close()
            raise
        self._sockets[port] = listener
        acceptor.accept(self._loop, listener, lambda peer: self._on_peer(peer, port))
