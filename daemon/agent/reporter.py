"""The way from daskd to the agent of a job: this end of it, in the nanny desk's process.

It joins the scheduler, over Dask's own port and with Dask's own security, and connects to the agent's socket when daskd
wants to speak to it (daskd_scheduler_link/relays.py). Lost connections are made again for as long as the job lives.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import Any, AsyncIterator, Optional

from distributed.comm import connect
from distributed.security import Security

REPORT = "daskd-report"
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
PATIENCE_S = 10.0  # with one connection attempt
LINE_BYTES = 4 << 20


async def report(order: dict[str, Any]) -> None:
    """For ever. `order`: `scheduler` (its address), `job` (its name), `socket` (the agent's)."""
    connection_args = Security().get_connection_args("worker")
    told = ""
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            comm = await connect(order["scheduler"], timeout=PATIENCE_S, **connection_args)
            await comm.write({"op": REPORT, "job": order["job"], "reply": False})
            told, pause_s = "", FIRST_PAUSE_S
            await Reporter(comm, order["socket"]).serve()
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            if text != told:  # this is the job's output, which should not fill up
                print(f"daskd: no connection to the scheduler at {order['scheduler']}: {text}", file=sys.stderr)
                told = text
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


class Reporter:
    """One connection to the scheduler, and within it, one after the other, those to the agent."""

    def __init__(self, comm: Any, socket: str) -> None:
        self._comm = comm
        self._socket = socket
        self._agent: Optional[asyncio.StreamWriter] = None
        self._reading: Optional[asyncio.Task] = None
        self._unsent: asyncio.Queue = asyncio.Queue()

    async def serve(self) -> None:
        """Until the scheduler is gone. Raises OSError."""
        async with self._writing():
            while True:
                message = await self._comm.read()
                if message.get("open"):
                    await self._open()
                elif message.get("open") is False:
                    self._close()
                elif self._agent is not None:
                    self._agent.write(message["line"].encode() + b"\n")

    @contextlib.asynccontextmanager
    async def _writing(self) -> AsyncIterator[None]:
        task = asyncio.ensure_future(self._write())
        try:
            yield
        finally:
            task.cancel()
            self._close()
            self._comm.abort()

    async def _write(self) -> None:
        try:
            while True:
                await self._comm.write(await self._unsent.get())
        except OSError:
            pass  # its end is read as well

    async def _open(self) -> None:
        self._close()
        try:
            reader, self._agent = await asyncio.open_unix_connection(self._socket, limit=LINE_BYTES)
        except OSError:
            self._unsent.put_nowait({"open": False})
            return
        self._reading = asyncio.ensure_future(self._hand_on(reader))

    async def _hand_on(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                self._unsent.put_nowait({"line": line.decode()})
        except (OSError, ValueError):
            pass
        self._unsent.put_nowait({"open": False})

    def _close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        if self._agent is not None:
            self._agent.close()
            self._agent = None
