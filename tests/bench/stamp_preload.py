"""A scheduler preload, the same for every rival: tells the benchmark of each registration, with its time.

    dask scheduler --preload stamp_preload.py

The time is taken in the scheduler, when it has just taken the worker in, on the clock that the benchmark reads too.
"""

from __future__ import annotations

import json
import os
import socket
import time
from typing import Any

from distributed.diagnostics.plugin import SchedulerPlugin


class Stamps(SchedulerPlugin):
    name = "bench-stamps"

    def __init__(self, path: str) -> None:
        self._observer = socket.socket(socket.AF_UNIX)
        self._observer.connect(path)

    def start_telling(self, scheduler: Any) -> None:
        self._tell({"at": time.clock_gettime(time.CLOCK_MONOTONIC), "address": scheduler.address, "pid": os.getpid()})

    def add_worker(self, scheduler: Any, worker: str, **_: Any) -> None:
        at = time.clock_gettime(time.CLOCK_MONOTONIC)
        state = scheduler.workers[worker]
        self._tell({"at": at, "worker": worker, "name": str(state.name), "pid": state.pid})

    def _tell(self, message: dict[str, Any]) -> None:
        self._observer.sendall(json.dumps(message).encode() + b"\n")


async def dask_setup(scheduler: Any) -> None:
    stamps = Stamps(os.environ["BENCH_STAMPS"])
    stamps.start_telling(scheduler)
    scheduler.add_plugin(stamps)
