"""Stamps on the way of a worker, from inside: a module for `warm:`, so the host agent imports it before it forks.

Each step that where.py shows is a function of the agent, of distributed or of the interpreter that gets wrapped here.
A stamp is one line of $BENCH_TRACE: time, pid, step, and with $BENCH_TRACE_PAGES the private memory in kB so far.
"""

from __future__ import annotations

import asyncio
import functools
import os
import time
from typing import Any, Callable

import distributed
from daskd_agent import child, rehearsal, standby_worker
from daskd_agent.agent import Agent

_PATH = os.environ["BENCH_TRACE"]
_WITH_PAGES = "BENCH_TRACE_PAGES" in os.environ
_is_rehearsing = False


def stamp(step: str) -> None:
    if _is_rehearsing:
        return
    private = _private_kb() if _WITH_PAGES else 0
    line = f"{time.clock_gettime(time.CLOCK_MONOTONIC):.6f} {os.getpid()} {step} {private}\n"
    # Opened each time: a forked child closes whatever it has inherited.
    descriptor = os.open(_PATH, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, line.encode())
    os.close(descriptor)


def _private_kb() -> int:
    with open("/proc/self/smaps_rollup") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("Private_"))


def _wrap(owner: Any, name: str, before: str = "", after: str = "") -> None:
    """Stamp when `owner.name` is entered or left; a coroutine function is left when it is done."""
    inner: Callable[..., Any] = getattr(owner, name)

    def enter() -> None:
        if before:
            stamp(before)

    def leave() -> None:
        if after:
            stamp(after)

    @functools.wraps(inner)
    def called(*args: Any, **kwargs: Any) -> Any:
        enter()
        result = inner(*args, **kwargs)
        leave()
        return result

    @functools.wraps(inner)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        enter()
        result = await inner(*args, **kwargs)
        leave()
        return result

    setattr(owner, name, awaited if asyncio.iscoroutinefunction(inner) else called)


def _rehearse(inner: Callable[[], bool] = rehearsal.rehearse) -> bool:
    """What it does is no worker's way; how long it takes is told."""
    global _is_rehearsing
    _is_rehearsing = True
    try:
        return inner()
    finally:
        _is_rehearsing = False
        stamp("rehearsed")


stamp("warmed")
rehearsal.rehearse = _rehearse
_wrap(Agent, "run", before="agent-runs")
_wrap(Agent, "_end", before="heard")
_wrap(Agent, "_spawn", before="spawn-received")
_wrap(os, "fork", before="forking")
_wrap(child, "run_forked", before="forked")
_wrap(child, "_run_dask", before="prepared")
_wrap(distributed.Worker, "__init__", before="worker-begins", after="worker-made")
_wrap(distributed.Worker, "start_unsafe", before="starting")
_wrap(standby_worker, "_read_assignment", before="waiting", after="named")
_wrap(distributed.Worker, "_register_with_scheduler", before="registering", after="answered")
_wrap(distributed.Scheduler, "__init__", before="scheduler-begins")
_wrap(distributed.Scheduler, "add_worker", before="scheduler-hears")
