"""One life of a rival: start, memory, restarts; the same steps for each."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Collection

import tree
from figures import Samples
from observer import now
from rivals import Rival, Session

START_TIMEOUT_S = 240.0
RESTART_TIMEOUT_S = 60.0
SETTLE_S = 1.0  # until what follows a start, such as the first heartbeats, is over
PAUSE_S = 0.3  # between restarts
MANY = 8  # workers that die at once

START, RESTART, RESTART_MANY, MEMORY, MEMORY_USED = "start", "restart", "restart 8", "memory", "memory used"
FIGURES = {
    START: "nothing running → N registered",
    RESTART: "SIGKILL → replacement registered",
    RESTART_MANY: f"SIGKILL of {MANY} at once → all replacements registered",
    MEMORY: "memory (PSS) of all processes, idle",
    MEMORY_USED: "memory (PSS) after a task on each worker",
}


@dataclasses.dataclass(frozen=True)
class Plan:
    """How often each life measures what."""

    restarts: int
    restarts_of_many: int
    figures: Collection[str]


def measure(rival: Rival, n: int, plan: Plan, samples: Samples) -> None:
    """Start `rival` with `n` workers, measure, end it."""
    with rival.running(n) as session:
        registered = session.observer.next_registrations(n, START_TIMEOUT_S)
        samples.add(START, n, rival.name, [registered[-1].at - session.began_at])
        workers = {registration.name: registration.pid for registration in registered}
        time.sleep(SETTLE_S)
        if MEMORY in plan.figures:
            samples.add(MEMORY, n, rival.name, [float(tree.pss_bytes(tree.descendants()))])
        if RESTART in plan.figures:
            samples.add(RESTART, n, rival.name, _restarts(session, workers, plan.restarts))
        if RESTART_MANY in plan.figures and n >= 2 * MANY:
            samples.add(RESTART_MANY, n, rival.name,
                        [_restart_all(session, workers, i, MANY) for i in range(plan.restarts_of_many)])
        if MEMORY_USED in plan.figures:
            use_every_worker(session)
            samples.add(MEMORY_USED, n, rival.name, [float(tree.pss_bytes(tree.descendants()))])


def _restarts(session: Session, workers: dict[str, int], count: int) -> list[float]:
    return [_restart_all(session, workers, i, 1) for i in range(count)]


def _restart_all(session: Session, workers: dict[str, int], turn: int, count: int) -> float:
    """Kill `count` workers, others than last turn; seconds until the last replacement is registered."""
    names = sorted(workers)
    victims = [names[(turn * count + i) % len(names)] for i in range(count)]
    killed_at = now()
    for name in victims:
        os.kill(workers.pop(name), signal.SIGKILL)
    replacements = session.observer.next_registrations(count, RESTART_TIMEOUT_S)
    workers.update({replacement.name: replacement.pid for replacement in replacements})
    time.sleep(PAUSE_S)
    return replacements[-1].at - killed_at


def use_every_worker(session: Session) -> None:
    """Run a small task on each of its workers."""
    subprocess.run([sys.executable, str(Path(__file__).with_name("one_task.py")), session.observer.scheduler_address],
                   env=session.env, cwd=session.directory, check=True, timeout=60)
    time.sleep(SETTLE_S)
