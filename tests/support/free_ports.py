"""Ports for those who must be told theirs."""

from __future__ import annotations

import contextlib
import random
import socket

# Below those that the kernel gives away, which beside other tests are soon somebody else's, and those of tunnels.
_ALL = range(10_000, 20_000)


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on right now."""
    found: list[int] = []
    for port in random.sample(_ALL, len(_ALL)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise AssertionError(f"no {count} ports are free")
