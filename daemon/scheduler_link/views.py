"""What the link shows of a scheduler. Cost: a step for each worker and task group, never for each task."""

from __future__ import annotations

import collections
import os
import platform
from typing import Any, Iterable, Optional

PROTOCOL = 1
SAMPLE = 5  # of keys, for people

# Our word: Dask's states of a task.
STATES = {
    "waiting": ("waiting", "queued", "no-worker"),
    "processing": ("processing",),
    "memory": ("memory",),
    "erred": ("erred",),
    "released": ("released",),
}


def worker(state: Any) -> dict[str, Any]:
    """One WorkerState as `workers` and `worker_added` show it."""
    return {
        "name": str(state.name),
        "address": state.address,
        "pid": getattr(state, "pid", None) or None,
        "threads": state.nthreads,
        "memory_limit_bytes": state.memory_limit or 0,
    }


def snapshot(scheduler: Any) -> dict[str, Any]:
    import distributed

    return {
        "event": "snapshot",
        "protocol": PROTOCOL,
        "pid": os.getpid(),
        "address": scheduler.address,
        "dashboard": _dashboard(scheduler),
        "id": scheduler.id,
        "started": scheduler.time_started,
        "python": platform.python_version(),
        "distributed": distributed.__version__,
        "identity": scheduler.identity(),
        "workers": [worker(state) for state in scheduler.workers.values()],
    }


def statistics(scheduler: Any) -> dict[str, Any]:
    return {
        "tasks": tasks(scheduler),
        "workers": {state.address: _load(state) for state in scheduler.workers.values()},
    }


def tasks(scheduler: Any) -> dict[str, int]:
    counted: collections.Counter = collections.Counter()
    for group in scheduler.task_groups.values():
        counted.update(group.states)
    return {word: sum(counted[state] for state in states) for word, states in STATES.items()}


def working_on(state: Any, processing: Iterable[Any]) -> list[str]:
    """A few keys of what a worker was computing; `processing` are those that it was to compute, one day."""
    wanted = set(processing)
    executing = [task.key for task in state.executing if task.key in wanted]  # as it told with its last heartbeat
    in_order = [task.key for task in state.processing if task.key in wanted] or list(wanted)
    return [str(key) for key in executing or in_order[: state.nthreads]][:SAMPLE]


def only_on(scheduler: Any, addresses: Iterable[str]) -> dict[str, Any]:
    """The tasks (key: TaskState) whose results no worker outside `addresses` has."""
    leaving = {scheduler.workers[address] for address in addresses if address in scheduler.workers}
    return {
        task.key: task for state in leaving for task in state.has_what if leaving.issuperset(task.who_has or ())
    }


def _load(state: Any) -> dict[str, Any]:
    metrics = state.metrics or {}
    return {
        "memory_bytes": int(metrics.get("memory") or 0),
        "cpu_percent": float(metrics.get("cpu") or 0.0),
        "executing": len(state.executing),
    }


def _dashboard(scheduler: Any) -> Optional[str]:
    """None without bokeh or with --no-dashboard: then the HTTP server there has no status page."""
    from distributed.utils import format_dashboard_link

    service = scheduler.services.get("dashboard")
    application = getattr(scheduler, "http_application", None)
    if service is None or not getattr(application, "applications", None):
        return None
    host = scheduler.address.rpartition("://")[2].rpartition(":")[0]
    return format_dashboard_link(host, service.port)
