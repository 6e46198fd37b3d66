"""Ask the scheduler itself how many tasks are processing: on hosts where its link's socket is not.

Asked by a process of its own, since the agent imports much and runs no event loop of asyncio's.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
from typing import Any, Callable, NoReturn

from daskd_agent import interpreter
from daskd_agent.loop import Loop

PATIENCE_S = 60.0  # a fresh interpreter has to import distributed; a scheduler may be busy
TITLE = "daskd question"


class SchedulerQuestion:
    """Asks once; `answer(processing)` is called once, with 0 when nobody answers."""

    def __init__(self, address: str, settings: dict[str, Any], loop: Loop, answer: Callable[[int], None]) -> None:
        self._loop = loop
        self._answer = answer
        self._received = b""
        self._end, its = socket.socketpair()
        self._end.setblocking(False)
        order = {"address": address, "dask_config": settings}
        with its:
            self._pid = interpreter.spawn("ask", order, interpreter.ENVIRONMENT, TITLE, also=its.fileno())
        self._patience = loop.later(PATIENCE_S, lambda: os.kill(self._pid, signal.SIGKILL))
        loop.watch(self._end, selectors.EVENT_READ, self._read)

    def _read(self, _events: int) -> None:
        try:
            data = self._end.recv(64)
        except BlockingIOError:
            return
        self._received += data
        if not data:
            self._patience.cancel()
            self._loop.forget(self._end)
            self._end.close()
            self._answer(int(self._received or 0))


def run_from_descriptor(descriptor: int) -> NoReturn:
    """In the process that asks."""
    import asyncio

    from daskd_agent import dask_settings

    order = interpreter.received(descriptor)
    dask_settings.apply(order["dask_config"], dask_settings.are_stale({}))
    processing = asyncio.run(_processing(order["address"]))
    os.write(interpreter.ALSO_INHERITED, str(processing).encode())
    os._exit(0)


async def _processing(address: str) -> int:
    from distributed.core import rpc
    from distributed.security import Security

    arguments = Security().get_connection_args("worker")
    async with rpc(address, connection_args=arguments, timeout=10) as scheduler:
        return sum(len(keys) for keys in (await scheduler.processing(workers=None)).values())
