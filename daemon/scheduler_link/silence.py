"""Workers whose heartbeats have stopped."""

from __future__ import annotations

import asyncio
from typing import Any, Callable

from distributed import scheduler as scheduler_module
from distributed.metrics import time

MISSED_BEATS = 3


async def tell(scheduler: Any, after_s: float, send: Callable[[dict[str, Any]], None]) -> None:
    """For ever: `worker_silent`, again and again, for each worker that has been silent for `after_s`."""
    while True:
        await asyncio.sleep(after_s / 2)
        now = time()
        least_s = max(after_s, MISSED_BEATS * _beat_s(scheduler))
        for state in list(scheduler.workers.values()):
            silence_s = now - state.last_seen
            if silence_s >= least_s:
                silent = {"name": str(state.name), "address": state.address, "silence_s": round(silence_s, 3)}
                send({"event": "worker_silent", **silent})


def is_timed_out(scheduler: Any, state: Any) -> bool:
    """Whether Dask drops a worker for its silence when it drops it now."""
    ttl_s = scheduler.worker_ttl
    return bool(ttl_s) and time() - state.last_seen > ttl_s


def _beat_s(scheduler: Any) -> float:
    """How often workers are told to speak: the more there are, the more seldom."""
    return scheduler_module.heartbeat_interval(len(scheduler.workers))
