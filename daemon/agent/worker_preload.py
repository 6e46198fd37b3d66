"""The preload of every worker: it claims its scratch directory, and a standby waits for its name.

Dask awaits it before the worker registers (public API).
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from typing import Any, Optional

from daskd_agent import child, scratch

# Where claims are kept; None: this is no worker of an agent's.
scratch_entries: Optional[str] = None
# Where the agent's word comes from; None: this worker is no standby.
control: Optional[socket.socket] = None


async def dask_setup(worker: Any) -> None:
    if scratch_entries is not None:
        try:
            scratch.claim(scratch_entries, worker.local_directory)
        except OSError as error:
            print(f"daskd: {worker.local_directory} will be left behind if this worker is killed: {error}")
    if control is None:
        return
    await _rehearse(worker)
    assignment = await _read_assignment(control)
    if assignment is None:
        os._exit(0)  # the agent is gone, and nobody else knows of us
    control.close()
    child.become(assignment)
    worker.name = assignment["name"]


async def _rehearse(worker: Any) -> None:
    """Connect to the scheduler once, as the registration will: the first time in a process costs twice the second."""
    from distributed.comm import connect

    try:
        comm = await connect(worker.scheduler.address, **worker.connection_args)
        await comm.close()
    except Exception:
        pass  # the registration will tell


async def _read_assignment(peer: socket.socket) -> Optional[dict[str, str]]:
    loop = asyncio.get_running_loop()
    received = b""
    while not received.endswith(b"\n"):
        chunk = await loop.sock_recv(peer, 65536)
        if not chunk:
            return None
        received += chunk
    return json.loads(received)
