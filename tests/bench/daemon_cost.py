"""What daskd itself costs while it holds workers: memory, CPU, wake-ups, its client, its control socket."""

from __future__ import annotations

import dataclasses
import os
import signal
import statistics
import time
from typing import Callable, Collection

import client_process
import tree
from control import Control
from figures import percentile
from life import START_TIMEOUT_S
from observer import now
from rivals import DASKD, Daskd, Session

Figures = dict[str, float]

IDLE, CLIENT, STORM, SOCKET = "daemon", "client", "storm", "socket"
PARTS = (IDLE, CLIENT, STORM, SOCKET)
SETTLE_S = 2.0
STORM_INTERVAL_S = 1.0
BETWEEN_CALLS_S = 0.005


@dataclasses.dataclass(frozen=True)
class Plan:
    """How long each part takes."""

    idle_s: float
    client_runs: int
    storm_s: float
    socket_s: float
    parts: Collection[str]


def measure(n: int, plan: Plan) -> Figures:
    """One daskd with `n` workers; the figures of `plan.parts`."""
    figures: Figures = {"workers": n}
    with Daskd(DASKD).running(n) as session:
        session.observer.next_registrations(n, START_TIMEOUT_S)
        time.sleep(SETTLE_S)
        with Control(session.directory) as control:
            pid = control.call("daemon.info")["pid"]
        if IDLE in plan.parts:
            figures |= _idle(pid, plan.idle_s)
        if CLIENT in plan.parts:
            figures |= _client(session, plan.client_runs)
        if SOCKET in plan.parts:
            with Control(session.directory) as control:
                figures["socket_requests_per_s"] = control.flood("daemon.info", plan.socket_s)
        if STORM in plan.parts:
            figures |= _storm(session, plan.storm_s)
    return figures


def _idle(daskd: int, seconds: float) -> Figures:
    """Nobody asks, nothing dies: CPU and wake-ups of daskd and of its host agent."""
    (agent,) = tree.children_of(daskd)
    figures: Figures = {"daskd_rss_bytes": tree.rss_bytes(daskd), "agent_rss_bytes": tree.rss_bytes(agent)}
    before = {pid: (tree.cpu_s(pid), tree.wakeups(pid)) for pid in (daskd, agent)}
    time.sleep(seconds)
    for name, pid in (("daskd", daskd), ("agent", agent)):
        cpu_s, wakeups = before[pid]
        figures[f"{name}_cpu_percent"] = (tree.cpu_s(pid) - cpu_s) / seconds * 100
        figures[f"{name}_wakeups_per_s"] = (tree.wakeups(pid) - wakeups) / seconds
    return figures


def _client(session: Session, runs: int) -> Figures:
    walls = [client_process.wall_s(session) for _ in range(runs)]
    return {"client_wall_s": statistics.median(walls), "client_wall_min_s": min(walls),
            "client_peak_rss_bytes": client_process.peak_rss_bytes(session)}


def _storm(session: Session, seconds: float) -> Figures:
    """All workers are killed once a second; meanwhile one client asks for the status, then many client processes do."""
    with Control(session.directory) as control:
        rpc = _during_storm(control, seconds, lambda: control.call("cluster.status"))
        process = _during_storm(control, seconds, lambda: client_process.wall_s(session))
    return {"storm_rpc_median_s": statistics.median(rpc), "storm_rpc_p99_s": percentile(rpc, 99),
            "storm_rpc_calls": len(rpc), "storm_client_median_s": statistics.median(process),
            "storm_client_p99_s": percentile(process, 99)}


def _during_storm(control: Control, seconds: float, ask: Callable[[], object]) -> list[float]:
    """How long each `ask()` took."""
    durations = []
    end, next_kill = now() + seconds, now()
    while now() < end:
        if now() >= next_kill:
            next_kill += STORM_INTERVAL_S
            _kill_workers(control)
        began = now()
        ask()
        durations.append(now() - began)
        time.sleep(BETWEEN_CALLS_S)
    return durations


def _kill_workers(control: Control) -> None:
    for worker in control.call("cluster.status")["workers"]:
        if worker["state"] == "running":
            try:
                os.kill(worker["pid"], signal.SIGKILL)
            except ProcessLookupError:
                pass  # it has died since, and will be seen at once
