"""A cluster that computes while everything that can go wrong goes wrong.

Rounds of random faults hit a real cluster under a stream of Dask computations. After each round the cluster must be
what was asked for, with every end explained; every few rounds a quiet moment shows whether anything has grown.
"""

from __future__ import annotations

import argparse
import collections
import random
import signal
import sys
import time

import report
from catalogue import Fault
from daskd_testing import Cluster
from faults import FAULTS
from faults_verbs import SIZES, configuration
from load import Load
from rounds import Round
from wanted import Expected, Wanted
from watch import Watch

ROUNDS_A_CHECKPOINT = 8
TOLD_AFTER_A_FAILURE = 40


class Soak:
    def __init__(self, cluster: Cluster, load: Load, chance: random.Random, faults: list[Fault]) -> None:
        self._cluster, self._load, self._chance, self._faults = cluster, load, chance, faults
        self._wanted = Wanted(SIZES)
        self._began = time.monotonic()
        self.watch = Watch(cluster, self._wanted)
        self.log: list[str] = []
        self.rounds = 0
        self.verbs = 0
        self.done: collections.Counter[str] = collections.Counter()

    def run(self, seconds: float) -> None:
        self.watch.after_round(Expected())
        self.checkpoint()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.round()
            if self.rounds % ROUNDS_A_CHECKPOINT == 0:
                self.checkpoint()
            time.sleep(self._chance.uniform(0, 0.5))
        self.checkpoint()

    def round(self) -> None:
        self.rounds += 1
        chosen = self._chance.choices(self._faults, [fault.weight for fault in self._faults],
                                      k=self._chance.choice((1, 1, 2, 3)))
        is_gentle = all(fault.is_gentle for fault in chosen)
        if is_gentle:
            self._load.do("hold_tokens")
        if any(fault.loses for fault in chosen):
            self._load.do("losing")
        round = Round(self._cluster, self._load, self._wanted, self._chance)
        for pool in self._wanted.adapting:
            round.expected.add(f"{pool}-*", "requested")
        for fault in chosen:
            self._harm(fault, round)
        round.finish()
        self.verbs += round.verbs
        self.watch.after_round(round.expected)
        self._load.do("recovered")
        if is_gentle and (lost := self._load.do("tokens_lost")):
            raise AssertionError(f"{lost} results were lost, and computed again, by what should not lose any")
        self._require_right()

    def _harm(self, fault: Fault, round: Round) -> None:
        self._tell(f"{fault.name} …")
        told = fault.harm(round)
        self._tell(f"{fault.name}: {told}")
        self.done[fault.name] += 1
        round.is_disturbed |= fault.disturbs
        round.pause(0.3)

    def checkpoint(self) -> None:
        self._load.do("pause")
        self._require_right()
        self.watch.checkpoint()
        self._load.do("resume")
        self._tell("checkpoint")

    def _require_right(self) -> None:
        if findings := self._load.do("report")["findings"]:
            raise AssertionError("\n".join(findings))

    def _tell(self, text: str) -> None:
        self.log.append(f"{time.monotonic() - self._began:7.2f} s  round {self.rounds}  {text}")
        print(self.log[-1], flush=True)

    def tell_failure(self) -> None:
        print("\nthe last that happened:", *self.log[-TOLD_AFTER_A_FAILURE:], sep="\n  ", file=sys.stderr)
        print(f"--- the client's {self._load.log}", self._load.log.read_text()[-4000:], sep="\n", file=sys.stderr)


def soak(minutes: float, seed: int, faults: list[Fault]) -> None:
    signal.alarm(0)  # the limit of other test files
    with Cluster(env={"PYTHONPATH": None}) as cluster:
        (cluster.dir / "site-packages").mkdir()
        cluster.configure(configuration(cluster.dir))
        cluster.ctl("up")
        address = cluster.status()["scheduler"]["address"]
        env = {name: value for name, value in cluster.env.items() if name != "DASKD_TEST_ID"}
        with Load(address, seed, env, cluster.dir / "client.log") as load:
            run = Soak(cluster, load, random.Random(seed), faults)
            try:
                run.run(minutes * 60)
            except BaseException:
                run.tell_failure()
                raise
            load.do("pause")
            counts = load.do("report")
        cluster.ctl("down")
        run.watch.nothing_left()
        print(report.table(minutes, run.rounds, run.done, run.verbs, counts, run.watch))


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests/soak/run", description=__doc__.partition("\n")[0])
    parser.add_argument("minutes", type=float)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000), help="to have it again")
    parser.add_argument("--only", nargs="+", choices=sorted(FAULTS), metavar="FAULT", help=", ".join(sorted(FAULTS)))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    faults = [FAULTS[name] for name in options.only] if options.only else \
        [fault for fault in FAULTS.values() if not fault.to_come]
    try:
        soak(options.minutes, options.seed, faults)
    except AssertionError as error:
        sys.exit(f"FAILED with --seed {options.seed}: {error}")


if __name__ == "__main__":
    main()
