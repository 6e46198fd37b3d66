"""Many short calls: a job of daskd's beside Client.map, on the same workers."""

from __future__ import annotations

import time

import tree
from control import Control
from life import START_TIMEOUT_S
from observer import now
from rivals import DASKD, Daskd

Figures = dict[str, float]

WORKERS = 4
FUNCTION = "builtins:abs"
LOOK_S = 0.02
SETTLE_S = 1.0


def measure(calls: int) -> Figures:
    """`calls` calls of abs(), first by a client, then as a job, in which the first task finds nothing prepared either."""
    figures: Figures = {"workers": WORKERS, "calls": calls}
    with Daskd(DASKD).running(WORKERS) as session:
        session.observer.next_registrations(WORKERS, START_TIMEOUT_S)
        time.sleep(SETTLE_S)
        with Control(session.directory, timeout_s=1800) as control:
            figures |= _client_map(control.call("cluster.environment")["environment"]["DASK_SCHEDULER_ADDRESS"], calls)
            figures |= _job(control, calls)
    return figures


def _client_map(address: str, calls: int) -> Figures:
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.submit(abs, -1).result()
        began = now()
        futures = client.map(abs, range(calls), pure=False)
        submitted = now()
        client.gather(futures)
        ended = now()
    return {"map_submit_s": submitted - began, "map_s": ended - began, "map_call_s": (ended - began) / calls}


def _job(control: Control, calls: int) -> Figures:
    control.call("job.list")  # now there is a job runner
    pid = control.call("daemon.info")["pid"]
    rss = tree.rss_bytes(pid)
    began = now()
    job = control.call("job.submit", {"function": FUNCTION, "iterate": [f"range({calls})"]})["job"]
    submitted = now()
    first = 0.0
    while not first:
        time.sleep(LOOK_S)
        first = now() if control.call("job.progress", {"job": job})["finished"] else 0.0
    ended_as = control.call("job.progress", {"job": job, "wait": True})
    ended = now()
    if ended_as["finished"] != calls:
        raise RuntimeError(f"{ended_as['finished']} of {calls} calls have finished")
    return {"job_submit_s": submitted - began, "job_first_s": first - began, "job_s": ended - began,
            "job_call_s": (ended - began) / calls, "job_rss_growth_bytes": max(0, tree.rss_bytes(pid) - rss)}
