"""How a standby waits for its name, in its own process: called by the preload, so before the worker registers."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from typing import Any, Optional

from daskd_agent import child

# Where the agent's word comes from; None: this worker is no standby.
control: Optional[socket.socket] = None
order: dict[str, Any] = {}


async def named(worker: Any) -> dict[str, Any]:
    """Become the launch that the agent names; what it said."""
    assert control is not None
    await _rehearse(worker)
    assignment = await _read_assignment(control)
    if assignment is None:
        os._exit(0)  # the agent is gone, and nobody else knows of us
    control.close()
    child.become(order, assignment)
    worker.name = assignment["name"]
    return assignment


async def _rehearse(worker: Any) -> None:
    """Do now what the registration will need: its connection, and the figures that it tells.

    What is done for the first time in a process costs twice the second: memory is shared until it is touched.
    """
    try:
        await worker.get_metrics()
        await worker.get_startup_information()
        await _connect_early(worker)
    except Exception:
        pass  # the registration will tell


async def _connect_early(worker: Any) -> None:
    """Connect to the scheduler, and let the worker's next connection to it be this one."""
    from distributed import worker as module

    connect, scheduler = module.connect, worker.scheduler.address
    ready = await connect(scheduler, **worker.connection_args)

    async def connect_once(address: str, *args: Any, **kwargs: Any) -> Any:
        module.connect = connect
        if address == scheduler and not ready.closed():
            return ready
        ready.abort()
        return await connect(address, *args, **kwargs)

    module.connect = connect_once


async def _read_assignment(peer: socket.socket) -> Optional[dict[str, Any]]:
    loop = asyncio.get_running_loop()
    received = b""
    while not received.endswith(b"\n"):
        chunk = await loop.sock_recv(peer, 65536)
        if not chunk:
            return None
        received += chunk
    return json.loads(received)
