"""Ports that belong to one process in the whole cluster: where there are tunnels, each listens on one that daskd chose."""

from __future__ import annotations

import itertools
import socket
from typing import Iterable, Optional

HERE = "127.0.0.1"


def bound(candidates: Iterable[int], used: set[int]) -> tuple[Optional[socket.socket], list[int]]:
    """The first that is free, as a socket that has it and does not listen; and those before it that others have."""
    taken = []
    for port in candidates:
        if port in used:
            continue
        keeper = socket.socket()
        try:
            keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            keeper.bind((HERE, port))
            return keeper, taken
        except OSError:
            keeper.close()
            taken.append(port)
    return None, taken


def port_of(address: str) -> int:
    """At the end of tcp://127.0.0.1:9000."""
    return int(address.rpartition(":")[2])


class Turns:
    """The longest unused first: what others still know of a dead process is not taken for the next one."""

    def __init__(self) -> None:
        self._turns = itertools.count(1)
        self._last: dict[int, int] = {}  # when each port was given

    def next(self, candidates: Iterable[int], used: set[int]) -> tuple[Optional[int], list[int]]:
        """One that is free; and those that programs have that are not ours."""
        keeper, taken = bound(sorted(candidates, key=lambda port: self._last.get(port, 0)), used)
        if keeper is None:
            return None, taken
        with keeper:
            port: int = keeper.getsockname()[1]
        self._last[port] = next(self._turns)
        return port, taken
