"""Ports for those who must be told theirs."""

from __future__ import annotations

import contextlib
import random
import socket

# Below those that the kernel gives away, which beside other tests are soon somebody else's, and those of tunnels.
_ALL = range(10_000, 20_000)
_held: list[socket.socket] = []  # for as long as this process lives


def _reserve(port: int) -> bool:
    """From other tests: an abstract socket has the same scope as a port, and ends with its process."""
    mine = socket.socket(socket.AF_UNIX)
    try:
        mine.bind(f"\0daskd-test-port-{port}")
    except OSError:
        mine.close()
        return False
    _held.append(mine)
    return True


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on right now, and that no other test is given."""
    found: list[int] = []
    for port in random.sample(_ALL, len(_ALL)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            if _reserve(port):
                found.append(port)
        if len(found) == count:
            return found
    raise AssertionError(f"no {count} ports are free")
