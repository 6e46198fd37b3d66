"""Listening sockets on the event loop."""

from __future__ import annotations

import selectors
import socket
from typing import Callable

from daskd_agent.loop import Loop

PAUSE_S = 1.0  # out of descriptors, the next accept would fail at once


def accept(loop: Loop, listener: socket.socket, on_peer: Callable[[socket.socket], None]) -> None:
    """Gives `on_peer` whoever comes, until `close`. Does not own `listener`."""

    def take(_: int) -> None:
        try:
            peer, _address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError:
            loop.forget(listener)
            loop.later(PAUSE_S, lambda: accept(loop, listener, on_peer))
            return
        on_peer(peer)

    if listener.fileno() >= 0:
        loop.watch(listener, selectors.EVENT_READ, take)


def close(loop: Loop, listener: socket.socket) -> None:
    try:
        loop.forget(listener)
    except KeyError:
        pass  # it pauses
    listener.close()
