"""The end of a worker's lifetime: Dask's own, with a chance for what the worker computes at the time.

When the time has come Dask moves the worker's results away and closes it: connections first, and then its threads have
30 s for tasks whose results nobody can get any more. Here they have these 30 s before. Tasks that are still queued
go elsewhere without being called suspicious, and the last worker that runs waits until another one does.
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

LONGEST_S = 30.0  # as Dask's `close` waits for threads
LOOK_S = 0.1
TRY_AGAIN_S = (0.2, 0.6)  # at random: two workers that wait for each other must not go on doing so
REASON = "worker-lifetime-reached"  # Dask's own


def watch(worker: Any) -> None:
    """Call when the worker starts."""
    if not worker.lifetime:
        return
    close = worker.close

    async def close_when_drained(*args: Any, **options: Any) -> Any:
        if options.get("reason") == REASON:
            await _drain(worker, time.monotonic() + LONGEST_S)
            options = {**options, "nanny": True, "executor_wait": not _is_computing(worker)}
        return await close(*args, **options)

    worker.close = close_when_drained


async def _drain(worker: Any, until: float) -> None:
    """Dask has retired the worker: it takes no more tasks. Whatever fails here, it is closed all the same."""
    try:
        await _wait_for_another(worker, until)
        while _is_computing(worker) and time.monotonic() < until:
            await asyncio.sleep(LOOK_S)
        await _tell_nanny(worker)
        # Results that have come since. None retired means that nobody can take them.
        while not await _retire(worker, remove=True) and await _others(worker) and time.monotonic() < until:
            await asyncio.sleep(random.uniform(*TRY_AGAIN_S))
    except OSError:
        pass  # the scheduler is gone


async def _wait_for_another(worker: Any, until: float) -> None:
    from distributed.core import Status

    while (others := await _others(worker)) and "running" not in others and time.monotonic() < until:
        worker.status = Status.running  # as if nothing had been: the others' successors are on their way
        await asyncio.sleep(random.uniform(*TRY_AGAIN_S))
        await _retire(worker, remove=False)


async def _others(worker: Any) -> list[str]:
    """The states of the other workers, as the scheduler has them."""
    workers = (await worker.scheduler.identity())["workers"]
    return [str(other.get("status")) for address, other in workers.items() if address != worker.address]


async def _retire(worker: Any, remove: bool) -> Any:
    return await worker.scheduler.retire_workers(
        workers=[worker.address],
        close_workers=False,
        remove=remove,
        stimulus_id=f"worker-close-gracefully-{time.time()}",
    )


async def _tell_nanny(worker: Any) -> None:
    """Now: once the scheduler has removed the worker, other reasons for its end come up."""
    if worker.nanny:
        try:
            await asyncio.wait_for(worker.rpc(worker.nanny).close_gracefully(reason=REASON), 1.0)
        except Exception:
            pass


def _is_computing(worker: Any) -> bool:
    return bool(worker.state.executing or worker.state.long_running)
