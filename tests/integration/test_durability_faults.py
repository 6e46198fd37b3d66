"""Death at every step: daskd or its host agent is killed between a wish, its record, its order and the acknowledgement.

The steps are named in common/fault.hpp and daemon/agent/faults.py; a file arms one of them. Whatever was going on, it
is carried to its end afterwards: one process a name, those that it did not concern untouched, and the cause told.
"""

import os
import re
import signal
import unittest
from pathlib import Path

from daskd_testing import HAS_FAULTS, Cluster, local
from processes import alive, command, marked
from waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
DAEMON_STEPS = re.findall(r'"(\w+\.\w+)"', (ROOT / "common/fault.cpp").read_text())
AGENT_STEPS = re.findall(r'^    "((?:agent|launch)\.\w+)"', (ROOT / "daemon/agent/faults.py").read_text(), re.M)
PATIENCE_S = 90  # on a busy machine too: an agent that dies every few seconds is started again with pauses of up to 30 s


def dask_processes(mark: str) -> list[str]:
    """What runs of a cluster by the titles of its processes, sorted; spare workers aside."""
    titles = [command(pid) for pid in marked(mark)]
    return sorted(title for title in titles if title.startswith("dask ") and "(standby)" not in title)


class Faults(unittest.TestCase):
    """One cluster goes through all steps of a verb."""

    def cluster(self) -> Cluster:
        # The same worker dies again and again here, and that is to be told each time.
        cluster = Cluster(local(workers=3, backoff={"initial": "10ms", "max": "10ms", "reset_after": "1ms"}))
        self.fault = cluster.dir / "fault"
        cluster.env["DASKD_FAULT"] = str(self.fault)
        return cluster

    def strike(self, step: str, action) -> None:
        """`action` while `step` is deadly; returns when it has struck."""
        fresh = self.fault.with_suffix(".new")
        fresh.write_text(step)
        fresh.rename(self.fault)
        action()
        wait_until(lambda: not self.fault.exists(), PATIENCE_S, f"{step} strikes")

    def settle(self, cluster: Cluster, names: list[str]) -> None:
        """Whoever is still there makes it whole; without daskd and agent the owner's next `up` does."""
        def is_whole() -> bool:
            status = cluster.status()
            if status["daemon"] is None:
                cluster.ctl("up", expect=None)
                return False
            running = [worker for worker in status["workers"] if worker["state"] == "running"]
            return status["state"] == "running" and all(worker["pid"] for worker in running)
        wait_until(is_whole, PATIENCE_S, "all runs again")
        wait_until(lambda: dask_processes(cluster.mark) == ["dask scheduler", *(f"dask worker {n}" for n in names)],
                   PATIENCE_S, f"one process each of {names}")

    def check_untouched(self, cluster: Cluster, before: dict, names: list[str]) -> None:
        after = cluster.identities()
        self.assertEqual({name: after.get(name) for name in names}, {name: before[name] for name in names})

    @unittest.skipUnless(HAS_FAULTS, "a build without DASKD_FAULTS")
    def test_a_worker_is_killed(self):
        elsewhere = ["agent.started", "intent.changed", "intent.saved", "signal.sent"]  # nothing of this happens then
        in_queues = ["job.kept", "job.submitted"]  # see test_queue_slurm.py
        self.walk([step for step in DAEMON_STEPS if step not in elsewhere + in_queues])

    def test_a_worker_is_killed_and_its_agent_too(self):
        elsewhere = ["agent.inherited", "agent.renewed"]  # a later agent's, see below
        self.walk([step for step in AGENT_STEPS if step not in elsewhere])

    def walk(self, steps: list[str]) -> None:
        names = ["local-0", "local-1", "local-2"]
        with self.cluster() as cluster:
            cluster.ctl("up")
            for step in steps:
                with self.subTest(step):
                    self.settle(cluster, names)
                    before = cluster.identities()
                    last = cluster.events()[-1]["seq"]
                    if step == "agent.greeted":
                        action = lambda: os.kill(cluster.daemon_pid(), signal.SIGKILL)  # noqa: E731
                    else:
                        action = lambda: os.kill(before["local-1"][0], signal.SIGKILL)  # noqa: E731
                    self.strike(step, action)
                    self.settle(cluster, names)
                    self.check_untouched(cluster, before, ["scheduler", "local-0", "local-2"])
                    if step == "agent.greeted":
                        self.check_untouched(cluster, before, ["local-1"])
                        continue
                    self.assertFalse(alive(before["local-1"][0]))
                    told = [event["cause"] for event in cluster.events(last) if event["name"] == "local-1"]
                    causes = {cause["cause"] for cause in told if cause}
                    self.assertTrue(causes & {"signal", "lost"}, causes)
                    if not step.startswith("agent."):
                        self.assertIn("signal", causes, "its agent has seen it")

    def test_an_agent_dies_while_it_takes_over(self):
        names = ["local-0", "local-1", "local-2"]
        with self.cluster() as cluster:
            cluster.ctl("up")
            for step in ("agent.inherited", "agent.renewed"):
                with self.subTest(step):
                    self.settle(cluster, names)
                    before = cluster.identities()
                    agents = [pid for pid in marked(cluster.mark) if "agent.pyz" in command(pid)]
                    self.strike(step, lambda: [os.kill(pid, signal.SIGKILL) for pid in agents])
                    self.settle(cluster, names)
                    self.check_untouched(cluster, before, ["scheduler", *names])

    @unittest.skipUnless(HAS_FAULTS, "a build without DASKD_FAULTS")
    def test_up(self):
        for step in ("intent.saved", "agent.started", "spawn.sent", "spawn.heard"):
            with self.subTest(step), self.cluster() as cluster:
                cluster.ctl("daemon", "start")
                self.strike(step, lambda: cluster.ctl("up", expect=None))
                cluster.ctl("up")
                self.settle(cluster, ["local-0", "local-1", "local-2"])

    @unittest.skipUnless(HAS_FAULTS, "a build without DASKD_FAULTS")
    def test_scale_and_stop(self):
        with self.cluster() as cluster:
            cluster.ctl("up")
            for step in ("intent.changed", "intent.saved", "signal.sent", "exit.heard", "exit.handled"):
                with self.subTest(step):
                    names = ["local-0", "local-1", "local-2"]
                    self.settle(cluster, names)
                    before = cluster.identities()
                    self.strike(step, lambda: cluster.ctl("scale", "2", expect=None))
                    self.repeat(cluster, "scale", "2")
                    self.settle(cluster, names[:2])
                    self.check_untouched(cluster, before, ["scheduler", *names[:2]])
                    self.strike(step, lambda: cluster.ctl("stop-worker", "local-1", expect=None))
                    self.repeat(cluster, "stop-worker", "local-1")
                    self.settle(cluster, names[:1])
                    self.check_untouched(cluster, before, ["scheduler", "local-0"])
                    cluster.ctl("start-worker", "local-1")
                    cluster.ctl("scale", "3")

    @staticmethod
    def repeat(cluster: Cluster, *verb: str) -> None:
        """Its answer was lost with daskd: whoever asked asks again."""
        wait_until(lambda: cluster.ctl(*verb, expect=None).returncode == 0, 20, " ".join(verb))


if __name__ == "__main__":
    unittest.main()
