"""Random deaths under load: daskd, host agent, nanny desk, workers, now and then the scheduler. Results stay right, and
afterwards everything runs, each name once.

DASKD_KILLS says how many (25); DASKD_SEED repeats their order.
"""

import contextlib
import logging
import os
import random
import signal
import time
import unittest

from daskd_testing import Cluster, local
from processes import command, marked
from waiting import wait_until

KILLS = int(os.environ.get("DASKD_KILLS", "25"))
SEED = int(os.environ.get("DASKD_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)
NAMES = [f"local-{number}" for number in range(4)]
LONGEST_PAUSE_S = 1.0  # between two deaths
ROUND_S = 60.0  # a round of computations may take: several deaths, and perhaps the scheduler's

# How often who dies, by a part of the command line.
VICTIMS = {"dask worker local-": 8, "bin/daskd": 4, "agent.pyz": 4, "daskd nanny desk": 2, "dask worker (standby)": 1,
           "dask scheduler": 1}


def square(x):
    __import__("time").sleep(0.02)
    return x * x


square.__module__ = "__main__"  # sent by value: the workers have no such file


class Load:
    """Computations whose results are known, one round after the other. What the scheduler took with it is asked again."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._client = None
        self._futures: list = []
        self._since = 0.0
        self.rounds = self.lost = 0

    def go_on(self) -> None:
        """Checks what is done, and asks for more; does not wait."""
        if self._futures and any(future.status in ("error", "cancelled") for future in self._futures):
            self._start_again()
        elif self._futures and all(future.done() for future in self._futures):
            try:
                results = self._client.gather(self._futures)
            except OSError:  # the scheduler died just now
                self._start_again()
            else:
                assert results == [x * x for x in range(self.rounds, self.rounds + 20)]
                self.rounds += 1
                self._futures = []
        elif self._futures and time.monotonic() - self._since > ROUND_S:
            raise AssertionError(f"a round takes more than {ROUND_S} s: {self._futures}")
        if not self._futures:
            self._ask()

    def finish(self) -> None:
        until = self.rounds + 2
        wait_until(lambda: self.go_on() or self.rounds >= until, 2 * ROUND_S, "the last rounds")
        self.close()

    def close(self) -> None:
        client, self._client, self._futures = self._client, None, []
        if client is not None:
            with contextlib.suppress(TimeoutError):  # its scheduler is dead
                client.close(timeout=1)

    def _ask(self) -> None:
        if self._client is None:
            scheduler = self._cluster.status()["scheduler"]
            if scheduler is None or scheduler["state"] != "running":
                return
            try:
                self._client = self._cluster.client()
            except (OSError, TypeError):  # it has died meanwhile
                return
        numbers = range(self.rounds, self.rounds + 20)
        self._futures = self._client.map(square, numbers, pure=False)
        self._since = time.monotonic()

    def _start_again(self) -> None:
        self.lost += 1
        self.close()


class Kills(unittest.TestCase):
    def test_whoever_dies_nothing_is_lost_or_doubled(self):
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # of the client: connections end here all the time
        if KILLS > 25:
            signal.alarm(10 * KILLS)  # a long run may take longer than a file of tests
        chance = random.Random(SEED)
        print(f"seed {SEED}")
        config = {**local(workers=4), "distributed": {"scheduler": {"allowed-failures": 1000}}}
        with Cluster(config) as cluster:
            cluster.ctl("up")
            load = Load(cluster)
            killed: dict[str, int] = {}
            while sum(killed.values()) < KILLS:
                until = time.monotonic() + chance.uniform(0.05, LONGEST_PAUSE_S)
                wait_until(lambda: load.go_on() or time.monotonic() > until, 5 + LONGEST_PAUSE_S, "the next death")
                who = chance.choices(list(VICTIMS), list(VICTIMS.values()))[0]
                pids = [pid for pid in marked(cluster.mark) if who in command(pid)]
                if pids:
                    with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                        os.kill(chance.choice(pids), signal.SIGKILL)
                        killed[who] = killed.get(who, 0) + 1
                self.look_after(cluster)
            wait_until(lambda: self.look_after(cluster) or self.is_whole(cluster), 60, "each runs once")
            load.finish()
            print(f"{killed}; {load.rounds} rounds of results right, {load.lost} asked again")
            self.assertLessEqual(load.lost, killed.get("dask scheduler", 0), "only the scheduler takes work with it")

    @staticmethod
    def look_after(cluster: Cluster) -> None:
        """daskd revives the agent, and the agent daskd; when both are dead the owner says `up` again."""
        if not any("agent.pyz" in command(pid) or "bin/daskd" in command(pid) for pid in marked(cluster.mark)):
            cluster.ctl("up", expect=None)

    @staticmethod
    def is_whole(cluster: Cluster) -> bool:
        status = cluster.status()
        titles = sorted(command(pid) for pid in marked(cluster.mark))
        dask = [title for title in titles if title.startswith("dask ") and "(standby)" not in title]
        others = [sum(part in title for title in titles) for part in ("bin/daskd", "agent.pyz", "daskd nanny desk")]
        return (status["state"] == "running" and dask == ["dask scheduler", *(f"dask worker {name}" for name in NAMES)]
                and others == [1, 1, 1])


if __name__ == "__main__":
    unittest.main()
