"""The process itself: from its client of the scheduler to its end.

It lives as long as its connection to the scheduler. Without it what Dask holds for us is lost, and the next job runner
begins with what is on the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import pkgutil
import signal
import socket
import sys
from typing import Any, NoReturn

from daskd_job_runner.jobs import Jobs
from daskd_job_runner.operations import Operations
from daskd_job_runner.data import DataStore
from daskd_job_runner.server import Server
from daskd_job_runner.submission import Code

# Read now: later the zip application is no longer on the path.
_CODE = (pkgutil.get_data("daskd_job_runner", "calls.py") or b"").decode()

LOOK_S = 1.0
CLOSING_S = 1.0
LOST = 3  # exit code


def run(scheduler: str, directory: str, path: str, listener: socket.socket) -> NoReturn:
    """Serves until it is told to end, or has lost its scheduler. Does not return."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    code = loop.run_until_complete(_run(scheduler, directory, path, listener))
    sys.stderr.flush()
    # Dask's tasks and threads may take long to end, and what is under way is on the disk, or will be done again.
    os._exit(code)


async def _run(scheduler: str, directory: str, path: str, listener: socket.socket) -> int:
    from distributed import Client

    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    server = Server(path, listener)
    client = await Client(scheduler, asynchronous=True, set_as_default=False, name="daskd-jobs")
    try:
        code = Code("daskd_calls_" + hashlib.sha256(_CODE.encode()).hexdigest()[:12], _CODE)
        data = DataStore(client, os.path.join(directory, ".data"))
        operations = Operations(client, Jobs(directory), data, code, server.tell)
        operations.resume()
        await server.serve(operations)
        print(f"daskd job runner: serves the jobs in {directory}", file=sys.stderr)
        return await _until_end(client, end)
    finally:
        server.close()
        if client.status == "running":
            with contextlib.suppress(asyncio.TimeoutError, OSError):
                await asyncio.wait_for(client.close(), CLOSING_S)


async def _until_end(client: Any, end: asyncio.Event) -> int:
    while client.status == "running":
        try:
            await asyncio.wait_for(end.wait(), LOOK_S)
        except asyncio.TimeoutError:
            continue
        return 0
    print("daskd job runner: the connection to the scheduler is lost", file=sys.stderr)
    return LOST
