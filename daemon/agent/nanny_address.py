"""Where a worker's nanny can be reached: an address of this host towards the scheduler, with a port of its own."""

from __future__ import annotations

import socket
from typing import Any, Optional

from daskd_agent import ports

SCHEMES = ("tcp", "tls")


def is_needed(order: dict[str, Any]) -> bool:
    """Whether what a `spawn` message starts is a worker without a nanny of its own."""
    said = [word for word in order["args"] if word in ("--nanny", "--no-nanny")]
    return order["role"] == "worker" and said[-1:] == ["--no-nanny"]


class Place:
    """An address that belongs to one worker's name. Its port is kept free until the nanny desk listens there."""

    def __init__(self, scheduler: str, address: str, keeper: Optional[socket.socket] = None) -> None:
        self.scheduler = scheduler
        self.address = address
        self._keeper = keeper

    def release(self) -> None:
        if self._keeper is not None:
            self._keeper.close()
            self._keeper = None


def chosen(scheduler: str) -> Optional[Place]:
    """A place that `scheduler` (tcp://HOST:PORT) can reach; None where there is none, or another kind of network.

    The kernel says which address of ours faces the scheduler, as for any worker of Dask's. Bound here, but without
    listening: with SO_REUSEADDR at both ends the desk can bind the same port, and nobody is given it by chance.
    """
    scheme, _, rest = scheduler.partition("://")
    host, _, port = rest.rpartition(":")
    if scheme not in SCHEMES:
        return None
    try:
        family, _, _, _, target = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(target)
            own = probe.getsockname()[0]
        keeper = socket.socket(family, socket.SOCK_STREAM)
    except (OSError, ValueError):
        return None
    try:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind((own, 0))
    except OSError:
        keeper.close()
        return None
    shown = f"[{own}]" if family == socket.AF_INET6 else own
    return Place(scheduler, f"{scheme}://{shown}:{keeper.getsockname()[1]}", keeper)


def chosen_among(scheduler: str, candidates: list[int], used: set[int]) -> Optional[Place]:
    """The same, where only these ports can be reached, and only on 127.0.0.1."""
    keeper, _ = ports.bound(candidates, used)
    scheme = scheduler.partition("://")[0]
    if keeper is None or scheme not in SCHEMES:
        return None
    return Place(scheduler, f"{scheme}://{ports.HERE}:{keeper.getsockname()[1]}", keeper)
