"""Where time and memory go in daskd's own way of starting workers: BENCH_PROGRAM=where.py tests/bench/run

Prints the tables of README.md's last section. daskd is the real one; probe.py takes stamps inside its host agent, its
scheduler and its workers.
"""

from __future__ import annotations

import math
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Sequence

import pages
import tree
from life import PAUSE_S, RESTART_TIMEOUT_S, SETTLE_S, START_TIMEOUT_S, use_every_worker
from observer import Registration, now
from rivals import DASKD, Daskd, Session

SIZES = (8, 64)
RESTARTS = 20
IMPORT_RUNS = 5

AGENT, WORKER, SCHEDULER = "agent", "worker", "scheduler"

# What happens until each stamp, and whose stamp it is.
RESTART_STEPS = (
    ("heard", AGENT, "the agent hears of it"),
    ("spawn-received", AGENT, "agent → daskd → agent: `exited`, `spawn`"),
    ("named", WORKER, "agent → standby: its name"),
    ("registering", WORKER, "log, title, further preloads"),
    ("scheduler-hears", SCHEDULER, "connection to the scheduler, handshake, request"),
    ("registered", SCHEDULER, "the scheduler takes it in"),
)
# How a standby came to be, while nothing else happened.
BIRTH_STEPS = (
    ("forked", "fork, until the child's first Python instruction"),
    ("prepared", "log, descriptors, title, configuration, seeds"),
    ("worker-begins", "command line and event loop"),
    ("worker-made", "Worker()"),
    ("starting", "until the loop runs it"),
    ("waiting", "start: listen, HTTP server, preloads"),
)
START_STEPS = (
    ("daemon", "daskctl up → daskd runs"),
    ("agent", "daskd → the agent's interpreter runs"),
    ("warmed", "interpreter and imports"),
    ("rehearsed", "a rehearsal"),
    ("agent-runs", "freezing, first look"),
    ("scheduler-begins", "fork of the scheduler until Scheduler()"),
    ("scheduler", "scheduler listens, preloads"),
    ("first-fork", "daskd hears, first `spawn`, fork"),
    ("first", "first worker registered"),
    ("last-fork", "last worker forked"),
    ("last", "last worker registered"),
)
PAGE_STAGES = ("forked", "prepared", "worker-begins", "worker-made", "starting", "registering", "answered")


class Trace:
    """The stamps of one session."""

    def __init__(self, session: Session) -> None:
        self._path = session.directory / "trace"
        self._lines: list[tuple[float, int, str, int]] = []

    def read(self) -> None:
        """Everything so far."""
        rows = (line.split() for line in self._path.read_text().splitlines())
        self._lines = sorted((float(at), int(pid), step, int(private)) for at, pid, step, private in rows)

    def first(self, step: str, since: float = 0, pid: int | None = None) -> float:
        """When `step` came first since then; of that process, if one is given."""
        return next(at for at, who, what, _ in self._lines if what == step and at >= since and pid in (None, who))

    def last(self, step: str, until: float = math.inf) -> float:
        return next(at for at, _, what, _ in reversed(self._lines) if what == step and at <= until)

    def has(self, step: str, pid: int) -> bool:
        return any(who == pid and what == step for _, who, what, _ in self._lines)

    def private_kb(self, step: str) -> list[int]:
        return [private for _, _, what, private in self._lines if what == step]


class Probed(Daskd):
    """daskd whose agent has imported probe.py."""

    def __init__(self, with_pages: bool = False) -> None:
        super().__init__(DASKD, pool={"warm": ["numpy", "pandas", "probe"],
                                      "env": {"PYTHONPATH": str(Path(__file__).parent)}})
        self._with_pages = with_pages

    def _start(self, session: Session, n: int) -> None:
        session.env["BENCH_TRACE"] = str(session.directory / "trace")
        if self._with_pages:
            session.env["BENCH_TRACE_PAGES"] = "1"
        super()._start(session, n)


def main() -> None:
    with tree.owned():
        show_imports()
        for n in SIZES:
            show_times(n)
        show_pages(SIZES[0])


def show_imports() -> None:
    print("\nImports, wall, median")
    for title, code in (("interpreter alone", "pass"), ("+ numpy", "import numpy"),
                        ("+ distributed", "import distributed"),
                        ("+ the commands `dask scheduler` and `dask worker`",
                         "import distributed.cli.dask_worker, distributed.cli.dask_scheduler")):
        _print_row(title, _ms(statistics.median(_python_s(code) for _ in range(IMPORT_RUNS))))


def show_times(n: int) -> None:
    """Start-up and restarts with `n` workers."""
    with Probed().running(n) as session:
        first, *_, last = registered = session.observer.next_registrations(n, START_TIMEOUT_S)
        scheduler, cpu_s = session.observer.scheduler_pid, _cpu_of_all()
        time.sleep(SETTLE_S)
        trace = Trace(session)
        trace.read()
        _print_steps(f"Nothing running → {n} registered", START_STEPS, [_start_stamps(session, trace, first, last)])
        _print_row("CPU time of all processes together", _ms(cpu_s))

        before = tree.cpu_s(scheduler)
        replacements = _restarts(session, {registration.name: registration.pid for registration in registered})
        cpu_s = (tree.cpu_s(scheduler) - before) / RESTARTS
        trace.read()
        by_standby = [(killed_at, new) for killed_at, new in replacements if trace.has("named", new.pid)]
        title = f"SIGKILL → replacement registered, N = {n}, median of the {len(by_standby)} of {RESTARTS} by a standby"
        _print_steps(title, [(step, text) for step, _, text in RESTART_STEPS],
                     [_restart_stamps(trace, killed_at, new) for killed_at, new in by_standby])
        _print_row("the scheduler's CPU time per restart", _ms(cpu_s))
        _print_steps("A worker's way to a standby, median", BIRTH_STEPS,
                     [_birth_stamps(trace, new.pid) for _, new in by_standby])


def show_pages(n: int) -> None:
    """Private memory of a worker: as it grows on the way, and where it lies in the end."""
    with Probed(with_pages=True).running(n) as session:
        registered = session.observer.next_registrations(n, START_TIMEOUT_S)
        time.sleep(SETTLE_S)
        trace = Trace(session)
        trace.read()
        print("\nPrivate memory of a worker so far, median")
        for step in PAGE_STAGES:
            _print_row(f"at `{step}`", f"{statistics.median(trace.private_kb(step)) / 1e3:.1f} MB")
        _show_mappings("idle", registered)
        use_every_worker(session)
        _show_mappings("after one task", registered)


def _show_mappings(when: str, workers: list[Registration]) -> None:
    found = [pages.private_kb_by_kind(worker.pid) for worker in workers]
    print(f"\nPrivate memory of a worker by mapping, {when}, median")
    for kind in pages.KINDS:
        _print_row(kind, f"{statistics.median(by_kind[kind] for by_kind in found) / 1e3:.1f} MB")
    _print_row("all", f"{statistics.median(sum(by_kind.values()) for by_kind in found) / 1e3:.1f} MB")


def _start_stamps(session: Session, trace: Trace, first: Registration, last: Registration) -> dict[str, float]:
    (agent,) = (pid for pid in tree.descendants() if trace.has("agent-runs", pid))
    return {
        "": session.began_at,
        "daemon": tree.started_at(tree.parent_of(agent)),
        "agent": tree.started_at(agent),
        "warmed": trace.first("warmed"),
        "rehearsed": trace.first("rehearsed"),
        "agent-runs": trace.first("agent-runs"),
        "scheduler-begins": trace.first("scheduler-begins"),
        "scheduler": session.observer.scheduler_at,
        "first-fork": trace.first("forked", session.observer.scheduler_at),
        "first": first.at,
        "last-fork": trace.last("forked", until=last.at),
        "last": last.at,
    }


def _restarts(session: Session, workers: dict[str, int]) -> list[tuple[float, Registration]]:
    """When a worker was killed, and its replacement."""
    found = []
    for turn in range(RESTARTS):
        name = sorted(workers)[turn % len(workers)]
        killed_at = now()
        os.kill(workers[name], signal.SIGKILL)
        (replacement,) = session.observer.next_registrations(1, RESTART_TIMEOUT_S)
        workers[name] = replacement.pid
        found.append((killed_at, replacement))
        time.sleep(PAUSE_S)
    return found


def _restart_stamps(trace: Trace, killed_at: float, new: Registration) -> dict[str, float]:
    stamps = {step: trace.first(step, killed_at, new.pid if whose == WORKER else None)
              for step, whose, _ in RESTART_STEPS[:-1]}
    return {"": killed_at, **stamps, "registered": new.at}


def _birth_stamps(trace: Trace, pid: int) -> dict[str, float]:
    stamps = {step: trace.first(step, pid=pid) for step, _ in BIRTH_STEPS}
    return {"": trace.last("forking", until=stamps["forked"]), **stamps}


def _print_steps(title: str, steps: Sequence[tuple[str, str]], stamps: list[dict[str, float]]) -> None:
    print(f"\n{title}")
    before = ""
    for step, text in steps:
        _print_row(text, _ms(statistics.median(one[step] - one[before] for one in stamps)))
        before = step
    _print_row("all", _ms(statistics.median(one[before] - one[""] for one in stamps)))


def _print_row(text: str, value: str) -> None:
    print(f"  {text:<62}{value:>12}", flush=True)


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:,.1f} ms"


def _cpu_of_all() -> float:
    return sum(tree.cpu_s(pid) for pid in tree.descendants())


def _python_s(code: str) -> float:
    began = now()
    subprocess.run([sys.executable, "-c", code], check=True)
    return now() - began


if __name__ == "__main__":
    main()
