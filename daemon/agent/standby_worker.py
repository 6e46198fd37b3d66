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


async def named(worker: Any) -> dict[str, Any]:
    """Become the launch that the agent names; what it said."""
    assert control is not None
    await _rehearse(worker)
    assignment = await _read_assignment(control)
    if assignment is None:
        os._exit(0)  # the agent is gone, and nobody else knows of us
    control.close()
    child.become(assignment)
    worker.name = assignment["name"]
    return assignment


async def _rehearse(worker: Any) -> None:
    """Connect to the scheduler once, as the registration will: the first time in a process costs twice the second."""
    from distributed.comm import connect

    try:
        comm = await connect(worker.scheduler.address, **worker.connection_args)
        await comm.close()
    except Exception:
        pass  # the registration will tell


async def _read_assignment(peer: socket.socket) -> Optional[dict[str, Any]]:
    loop = asyncio.get_running_loop()
    received = b""
    while not received.endswith(b"\n"):
        chunk = await loop.sock_recv(peer, 65536)
        if not chunk:
            return None
        received += chunk
    return json.loads(received)
