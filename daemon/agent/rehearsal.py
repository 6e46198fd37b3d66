"""One life of a scheduler and a worker inside the agent, before it forks.

Code that has run once is cheaper in every child: what Python notes while it runs (specialised instructions, the method
cache with its references to names, hashes of strings, caches of modules) then lies in pages that children share, where
each would otherwise write a copy of its own. It saves a tenth of a worker's private memory.

Nothing of it may stay: it runs under Dask's default configuration (no preloads, no plugins of the user's), within this
process, in a directory of its own, and its threads have ended when it returns.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import copy
import gc
import logging
import os
import sys
import tempfile
import time
import warnings
from typing import Any, Iterator

TIMEOUT_S = 5.0  # it takes 0.02 s
THREADS_END_WITHIN_S = 1.0
NAME = "(rehearsal)"  # among the modules that are not imported, where it leaves threads behind


def rehearse() -> bool:
    """Whether no thread is left of it. A rehearsal that fails costs nothing but its advantage."""
    gc.freeze()  # so that only its own remains are looked at below
    try:
        with _quietly(), _default_configuration(), _own_executor(), _own_path(), _directory() as directory:
            asyncio.run(asyncio.wait_for(_life(directory), TIMEOUT_S))
    except Exception as error:
        print(f"daskd-agent: workers start without a rehearsal: {type(error).__name__}: {error}", flush=True)
    gc.collect()
    return _threads_end()


async def _life(directory: str) -> None:
    from distributed import Scheduler, Worker

    # Within this process: who could connect to a port of theirs could have them run anything.
    async with Scheduler(protocol="inproc", dashboard_address="127.0.0.1:0") as scheduler:
        async with Worker(
            scheduler.address,
            dashboard_address="127.0.0.1:0",
            nthreads=1,
            memory_limit=0,
            local_directory=directory,
            name="rehearsal",
        ):
            pass


def _directory() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="daskd-rehearsal-")


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


@contextlib.contextmanager
def _default_configuration() -> Iterator[None]:
    import dask

    present = dict(dask.config.config)
    # Dask changes lists in it: they must not be those of its defaults.
    dask.config.refresh(defaults=copy.deepcopy(dask.config.defaults), paths=[], env={})
    try:
        yield
    finally:
        dask.config.config.clear()
        dask.config.config.update(present)


@contextlib.contextmanager
def _own_path() -> Iterator[None]:
    """A worker adds its directory."""
    present = list(sys.path)
    try:
        yield
    finally:
        sys.path[:] = present


@contextlib.contextmanager
def _own_executor() -> Iterator[None]:
    """Dask's executor for the whole process keeps its thread: this one's ends."""
    import distributed.utils

    utils: Any = distributed.utils
    present = getattr(utils, "_offload_executor", None)
    if present is None:
        yield
        return
    utils._offload_executor = concurrent.futures.ThreadPoolExecutor(1)
    try:
        yield
    finally:
        utils._offload_executor.shutdown()
        utils._offload_executor = present


def _threads_end() -> bool:
    until = time.monotonic() + THREADS_END_WITHIN_S
    while len(os.listdir("/proc/self/task")) > 1:
        if time.monotonic() > until:
            return False
        time.sleep(0.001)
    return True
