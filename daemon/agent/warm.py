"""Imports before forking: what every child would otherwise import again, and pay for in private memory.

A module that starts threads cannot be shared by fork. Python has no way to unload it, so the agent executes itself
anew without it (`ThreadsStarted`).
"""

from __future__ import annotations

import dataclasses
import gc
import importlib
import importlib.util
import os
import sys
from typing import Iterable, Optional

from daskd_agent import rehearsal, stamps

BASE = (
    "distributed",
    "distributed.cli.dask_worker",
    "distributed.cli.dask_scheduler",
    "daskd_agent.worker_preload",
)

# What a scheduler, a worker and the nanny desk import only once they run. Missing ones (another release, no bokeh, an
# agent in a job) do not matter.
REHEARSED = (
    "daskd_scheduler_link",
    "daskd_agent.desk_server",
    "dask.distributed",
    "distributed.actor",
    "distributed.counter",
    "distributed.diagnostics.progress_stream",
    "distributed.diagnostics.task_stream",
    "distributed.diagnostics.websocket",
    "distributed.http.health",
    "distributed.http.prometheus",
    "distributed.http.proxy",
    "distributed.http.scheduler.info",
    "distributed.http.scheduler.json",
    "distributed.http.scheduler.missing_bokeh",
    "distributed.http.scheduler.prometheus",
    "distributed.http.statics",
    "distributed.http.worker.prometheus",
    "tornado.platform.asyncio",
)
DASHBOARD = ("distributed.dashboard.scheduler", "distributed.dashboard.worker")


# How CPython's allocator keeps small objects: pools of one size class each. Wrong numbers would only waste a little.
_POOL, _POOL_HEADER = 16384 if sys.version_info >= (3, 10) else 4096, 48
_SMALLEST, _LARGEST, _STEP = 48, 512, 16
_BYTES_HEADER = sys.getsizeof(b"")
_MOST_FILLINGS = 50_000


class ThreadsStarted(Exception):
    """The import of `module` left threads running."""

    def __init__(self, module: str) -> None:
        super().__init__(module)
        self.module = module


@dataclasses.dataclass
class Warmth:
    """What the imports have come to."""

    skipped: dict[str, str]  # module: why
    imported: list[str] = dataclasses.field(default_factory=list)
    spawn_reason: Optional[str] = None  # why children cannot be forked
    failure: Optional[str] = None  # why there is no `distributed` at all
    stamps: stamps.Stamps = dataclasses.field(default_factory=dict)
    filling: list[object] = dataclasses.field(default_factory=list)  # see _fill_holes

    @property
    def spawn(self) -> str:
        return "exec" if self.spawn_reason else "fork"


def warm(modules: Iterable[str], skipped: dict[str, str]) -> Warmth:
    """Import Dask, then those of `modules` that exist and are not in `skipped`, and freeze what came of it.

    Raises ThreadsStarted; a Dask that cannot be imported or that starts threads is told in the result.
    """
    warmth = Warmth(skipped)
    gc.disable()
    try:
        try:
            for module in BASE:
                importlib.import_module(module)
        except Exception as error:
            warmth.failure = f"{type(error).__name__}: {error}"
        else:
            _warm_with_dask(modules, warmth)
        warmth.stamps = stamps.taken(warmth.imported)
        warmth.filling = _fill_holes()
        gc.freeze()  # without collecting: that takes 25 ms, and imports leave next to nothing
    finally:
        gc.enable()
    return warmth


def thread_count() -> int:
    return len(os.listdir("/proc/self/task"))


def has_dashboard() -> bool:
    return importlib.util.find_spec("bokeh") is not None


def _warm_with_dask(modules: Iterable[str], warmth: Warmth) -> None:
    for module in REHEARSED + (DASHBOARD if has_dashboard() else ()):
        try:
            importlib.import_module(module)
        except Exception:
            pass
    _rehearse()
    if thread_count() > 1:
        warmth.spawn_reason = (
            f"importing distributed started {thread_count() - 1} threads; "
            "with OMP_NUM_THREADS=1 and OPENBLAS_NUM_THREADS=1 in the environment it usually does not"
        )
    for module in modules:
        if module not in warmth.skipped:
            _warm_one(module, warmth)
    if warmth.spawn == "fork" and rehearsal.NAME not in warmth.skipped and not rehearsal.rehearse():
        raise ThreadsStarted(rehearsal.NAME)


def _rehearse() -> None:
    """Do once what each process would do for the first time, where Python remembers the outcome.

    The versions that a worker registers with: asking for the processor's name runs a program (`uname -p`), which takes
    longer than the rest of the registration.
    """
    try:
        from distributed.versions import get_versions

        get_versions()
    except Exception:
        pass  # the worker will tell


def _fill_holes() -> list[object]:
    """Take the free places between the objects that the imports have left behind.

    A child would put its own objects there, and each of them would make a shared page private: a third of a megabyte
    a worker. A size is done when places come one after the other, from a pool that was empty.
    """
    filling: list[object] = []
    for size in range(_SMALLEST, _LARGEST + 1, _STEP):
        pool, in_row, most = None, 0, (_POOL - _POOL_HEADER) // size
        while in_row < most - 1:
            filling.append(bytes(size - _BYTES_HEADER))
            place = id(filling[-1]) // _POOL
            pool, in_row = place, in_row + 1 if place == pool else 1
            if len(filling) > _MOST_FILLINGS:  # another allocator: nothing to be had
                return []
    return filling


def _warm_one(module: str, warmth: Warmth) -> None:
    before = thread_count()
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        warmth.skipped[module] = "not installed" if error.name == module else str(error)
    except (Exception, SystemExit) as error:
        warmth.skipped[module] = f"{type(error).__name__}: {error}"
    else:
        warmth.imported.append(module)
    if thread_count() > before and warmth.spawn_reason is None:
        raise ThreadsStarted(module)
