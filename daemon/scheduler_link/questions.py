"""Answers to what a peer asks of the scheduler."""

from __future__ import annotations

import time
from typing import Any

from daskd_scheduler_link import views


async def answer(scheduler: Any, message: dict[str, Any]) -> dict[str, Any]:
    """The result for one question. Raises KeyError for a missing field, ValueError for an unknown `op`."""
    operation = message.get("op")
    if operation == "statistics":
        return views.statistics(scheduler)
    if operation == "demand":
        return _demand(scheduler, message["target_duration_s"])
    if operation == "would_lose":
        return _would_lose(scheduler, message["addresses"])
    if operation == "retire":
        return await _retire(scheduler, message["addresses"])
    if operation == "remove":
        return await _remove(scheduler, message["address"])
    raise ValueError(f"unknown op {operation!r}")


def _demand(scheduler: Any, target_duration_s: float) -> dict[str, Any]:
    target = scheduler.adaptive_target(target_duration=f"{target_duration_s} s")
    # Asked for all of them it gives its whole order: it may be that only some are ours to close.
    order = scheduler.workers_to_close(target=0, attribute="address")
    states = [scheduler.workers[address] for address in order]
    return {
        "target": int(target),
        "idle": [str(state.name) for state in states if not _is_busy(state)],
        "busy": [str(state.name) for state in states if _is_busy(state)],
    }


def _is_busy(state: Any) -> bool:
    return bool(state.processing or state.actors)


def _would_lose(scheduler: Any, addresses: list[str]) -> dict[str, Any]:
    remaining = [state for state in scheduler.running if state.address not in addresses]
    lost = {} if remaining else views.only_on(scheduler, addresses)
    return {
        "keys": len(lost),
        "bytes": sum(task.get_nbytes() for task in lost.values()),
        "sample": [str(key) for key in list(lost)[:views.SAMPLE]],
    }


async def _retire(scheduler: Any, addresses: list[str]) -> dict[str, Any]:
    # Removed at once: as long as the scheduler has a retired worker, the next retirement takes what it still
    # holds for a second copy.
    await scheduler.retire_workers(workers=addresses, close_workers=False, remove=True)
    # Dask says nothing about those that it gave up: look at what they still hold.
    holders = {state.address for task in views.only_on(scheduler, addresses).values() for state in task.who_has}
    return {
        "retired": [address for address in addresses if address not in holders],
        "kept": [address for address in addresses if address in holders],
    }


async def _remove(scheduler: Any, address: str) -> dict[str, Any]:
    is_known = address in scheduler.workers
    if is_known:
        await scheduler.remove_worker(address=address, stimulus_id=f"daskd-remove-{time.time()}")
    return {"removed": is_known}
