"""The benchmark: what it measures in which order, and where the results go. Started by `run`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from typing import Any

import daemon_cost
import jobs
import life
import machine
import stub
import table
import tree
from figures import Samples
from observer import now
from rivals import ALL, NANNY, EXEC

LIFE_PARTS = {"start": [life.START], "restart": [life.RESTART, life.RESTART_MANY],
              "memory": [life.MEMORY, life.MEMORY_USED]}
STUB, JOBS = "stub", "jobs"
PARTS = (*LIFE_PARTS, *daemon_cost.PARTS, STUB, JOBS)


@dataclasses.dataclass(frozen=True)
class Effort:
    """How much is measured. Each round is one life of every rival in turn, so that all meet the same machine."""

    sizes: tuple[int, ...]
    rounds: int
    restarts: int
    restarts_of_many: int
    skipped: dict[int, tuple[str, ...]] = dataclasses.field(default_factory=dict)  # N: rivals that take too long
    idle_s: float = 30
    client_runs: int = 50
    storm_s: float = 20
    socket_s: float = 5
    daemon_workers: int = 64
    stubs: int = 5000
    calls: int = 100_000


FULL = Effort(sizes=(8, 64), rounds=4, restarts=5, restarts_of_many=3)
QUICK = Effort(sizes=(8, 64), rounds=1, restarts=5, restarts_of_many=2, skipped={64: (NANNY, EXEC)}, idle_s=2,
               client_runs=20, storm_s=2, socket_s=1, calls=10_000)
SWEEP = Effort(sizes=(1, 2, 4, 8, 16, 32, 64), rounds=2, restarts=5, restarts_of_many=0)


def main() -> None:
    options = _options()
    effort = QUICK if options.quick else SWEEP if options.sweep else FULL
    parts = options.only or (LIFE_PARTS if options.sweep else PARTS)
    result: dict[str, Any] = {"schema": 1, "machine": machine.describe(), "effort": dataclasses.asdict(effort)}
    began = now()
    with tree.owned():
        _measure(effort, parts, result)
    result["took_s"] = now() - began
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=1)
    print(f"Took {result['took_s']:.0f} s.")


def _measure(effort: Effort, parts: Any, result: dict[str, Any]) -> None:
    """Print each table as soon as it is there, and keep it in `result`."""
    print(machine.one_line(result["machine"]), flush=True)
    figures = [figure for part in parts for figure in LIFE_PARTS.get(part, [])]
    if figures:
        samples = _lives(effort, life.Plan(effort.restarts, effort.restarts_of_many, figures))
        result["rivals"] = samples.to_json()
        print(f"\n{table.of_rivals(samples)}", flush=True)
    daemon_parts = [part for part in parts if part in daemon_cost.PARTS]
    if daemon_parts:
        plan = daemon_cost.Plan(effort.idle_s, effort.client_runs, effort.storm_s, effort.socket_s, daemon_parts)
        result["daemon"] = daemon_cost.measure(effort.daemon_workers, plan)
        title = f"\ndaskd with {effort.daemon_workers} workers"
        print(table.of_figures(title, table.DAEMON_ROWS, result["daemon"]), flush=True)
    if STUB in parts:
        result["stub"] = stub.measure(effort.stubs, effort.stubs // 10)
        title = f"\ndaskd with {effort.stubs:,} stub workers, of which {effort.stubs // 10} are killed"
        print(table.of_figures(title, table.STUB_ROWS, result["stub"]), flush=True)
    if JOBS in parts:
        result["jobs"] = jobs.measure(effort.calls)
        title = f"\n{effort.calls:,} calls of abs() on {jobs.WORKERS} workers"
        print(table.of_figures(title, table.JOB_ROWS, result["jobs"]), flush=True)


def _lives(effort: Effort, plan: life.Plan) -> Samples:
    samples = Samples()
    for turn in range(effort.rounds):
        for n in effort.sizes:
            for rival in ALL:
                if rival.name not in effort.skipped.get(n, ()):
                    print(f"round {turn + 1}/{effort.rounds}, N = {n}: {rival.name}", file=sys.stderr, flush=True)
                    life.measure(rival, n, plan, samples)
    return samples


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run", description="Compares daskd with Dask's nanny on this machine.")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="a minute; leaves out what is slow at N = 64")
    length.add_argument("--sweep", action="store_true", help="N = 1, 2, 4 … 64, for plot.py")
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="NAME", help=f"of: {', '.join(PARTS)}")
    parser.add_argument("--json", metavar="FILE", help="write all results, with every sample, there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
