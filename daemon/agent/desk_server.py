"""The nanny desk's own process: it answers, for the workers of one agent, what Dask asks of nannies.

One server of distributed's with a listener for each worker: where a question arrives says whose nanny is meant. It
decides nothing: the agent, its parent, ends workers, and daskd starts their successors.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import os
import socket
import sys
import time
import traceback
from typing import Any, NoReturn, Optional

import dask.config
from distributed.comm import listen
from distributed.core import Server, Status, error_message, rpc
from distributed.security import Security

from daskd_agent import bond, dask_settings, desk, fork_safety, interpreter, reporter, title
from daskd_agent.desk_charges import Charge, Charges

LONGEST_GRACE_S = 2.0  # of a worker that a client restarts: nobody waits for what its tasks compute
ASK_AGAIN_S = 0.05  # whether the successor is registered

NO_CODE_HERE = (
    "daskd looks after its workers itself, and has no nanny process that runs code of yours. Run it on the workers "
    "(client.run, or a WorkerPlugin); variables of their environment belong to `env:` of their pool"
)


def run(order: dict[str, Any], control: int, is_forked: bool) -> NoReturn:
    """Be the desk. `control` is a socket to the agent."""
    code = 1
    try:
        if order.get("report"):
            bond.tie_to(order["agent"])
        else:
            os.setsid()
        if is_forked:
            fork_safety.restore_signals()
            fork_safety.close_descriptors(kept={control})
            fork_safety.collect_garbage_again()
        title.show(desk.TITLE, "(desk)")
        dask_settings.apply(order["dask_config"], dask_settings.are_stale({}))
        dask.config.set({"distributed.worker.profile.enabled": False})  # a thread that never rests
        asyncio.run(_serve(socket.socket(fileno=control), order.get("report")))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def run_from_descriptor(descriptor: int) -> NoReturn:
    """In a fresh interpreter."""
    run(interpreter.received(descriptor), interpreter.ALSO_INHERITED, is_forked=False)


async def _serve(control: socket.socket, report: Optional[dict[str, Any]]) -> None:
    server = Nanny(control)
    await server
    if report is not None:
        await reporter.report(report)
    await server.finished()


class Nanny(Server):
    """Named as Dask's, whose remote calls it answers. Methods that take a `comm` are told which listener it came to."""

    def __init__(self, control: socket.socket) -> None:
        security = Security()
        self._connection_args = security.get_connection_args("worker")
        self._listen_args = security.get_listen_args("worker")
        handlers = {
            "kill": self.kill,
            "restart": self.restart,
            "instantiate": self.instantiate,
            "terminate": self.terminate,
            "close_gracefully": self.close_gracefully,
            "get_logs": self.get_logs,
            "dump_state": self.dump_state,
            "run": self.run,
            "plugin_add": self.plugin_add,
            "plugin_remove": self.plugin_remove,
        }
        newer = {"needs_workdir": False} if "needs_workdir" in inspect.signature(Server).parameters else {}
        super().__init__(handlers, connection_args=self._connection_args, **newer)
        self.counters = None  # once used, they wake the process up for ever
        self._charges = Charges(control, self._listen)

    async def kill(self, comm: Any, timeout: Optional[float] = 2, reason: str = "nanny-kill", **_: Any) -> None:
        """Answers when the process is dead. Dask takes nil alone as success."""
        await asyncio.wait_for(self._end(comm, "kill", reason, timeout), timeout)

    async def restart(
        self, comm: Any, timeout: Optional[float] = 30, reason: str = "nanny-restart", **_: Any
    ) -> str:
        """Answers when the successor is registered."""
        try:
            await asyncio.wait_for(self._restart(comm, reason, timeout), timeout)
        except asyncio.TimeoutError:
            self._meant(comm).note(f"Restart timed out after {timeout}s", "ERROR")
            return "timed out"
        return "OK"

    async def instantiate(self, comm: Any, **_: Any) -> Status:
        await self._is_registered(self._meant(comm), before=None)
        return Status.running

    async def terminate(self, comm: Any, timeout: Optional[float] = 5, reason: str = "nanny-close", **_: Any) -> str:
        await self._end(comm, "terminate", reason, timeout)
        return "OK"

    async def close_gracefully(self, comm: Any, reason: str = "nanny-close-gracefully", **_: Any) -> None:
        """A worker says that it is about to end, and why."""
        charge = self._meant(comm)
        charge.note(f"Closing Nanny gracefully. Reason: {reason}")
        self._charges.note_end(charge, "close_gracefully", reason)

    async def get_logs(
        self, comm: Any, start: float = 0, n: Optional[int] = None, timestamps: bool = False, **_: Any
    ) -> list[Any]:
        lines = [line for line in self._meant(comm).log if line[0] >= start][: n or None]
        return [
            (*((at,) if timestamps else ()), level, f"{_clock(at)} - daskd.nanny - {level} - {text}")
            for at, level, text in lines
        ]

    async def dump_state(self, comm: Any, exclude: Any = (), **_: Any) -> dict[str, Any]:
        charge = self._meant(comm)
        state = {**self.identity(), "address": charge.address, "status": self.status.name, "worker": charge.name}
        return {name: value for name, value in state.items() if name not in exclude}

    async def run(self, comm: Any, **_: Any) -> Any:
        return _refusal("client.run(…, nanny=True) is not possible")

    async def plugin_add(self, comm: Any, **_: Any) -> Any:
        return _refusal("nanny plugins are not possible")

    async def plugin_remove(self, comm: Any, **_: Any) -> Any:
        return _refusal("there are no nanny plugins")

    def _meant(self, comm: Any) -> Charge:
        return self._charges.at(comm.local_address)

    async def _listen(self, charge: Charge) -> Any:
        return await listen(charge.address, self.handle_comm, deserialize=self.deserialize, **self._listen_args)

    async def _end(self, comm: Any, asked: str, reason: str, timeout: Optional[float]) -> None:
        charge = self._meant(comm)
        charge.note(f"Nanny asking worker to close. Reason: {reason}")
        grace_s = LONGEST_GRACE_S if timeout is None else min(0.8 * timeout, LONGEST_GRACE_S)
        await self._charges.end(charge, asked, reason, grace_s)

    async def _restart(self, comm: Any, reason: str, timeout: Optional[float]) -> None:
        charge = self._meant(comm)
        until = math.inf if timeout is None else time.monotonic() + timeout
        before = await self._worker_of(charge)
        await self._end(comm, "restart", reason, timeout)
        await self._is_registered(charge, before, until)

    async def _is_registered(self, charge: Charge, before: Optional[str], until: float = math.inf) -> None:
        """Return when the scheduler has a worker for this name, another one than `before`."""
        while await self._worker_of(charge) in (None, before):
            # Python 3.11's wait_for, which is in each connect, can lose the cancellation that ends this.
            if time.monotonic() > until:
                raise asyncio.TimeoutError
            await asyncio.sleep(ASK_AGAIN_S)

    async def _worker_of(self, charge: Charge) -> Optional[str]:
        """Which worker it is whose nanny this is, as the scheduler knows it; None: it has none.

        Told by its scratch directory: its address may be that of the one before.
        """
        async with rpc(charge.scheduler, connection_args=self._connection_args) as scheduler:
            workers = (await scheduler.identity())["workers"]
        charges = (worker for worker in workers.values() if worker.get("nanny") == charge.address)
        return next((worker["local_directory"] for worker in charges), None)


def _refusal(what: str) -> Any:
    """What a client raises as an exception."""
    try:
        raise RuntimeError(f"{what}: {NO_CODE_HERE}")
    except RuntimeError as error:
        return error_message(error)


def _clock(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at)) + f",{int(at % 1 * 1000):03d}"
