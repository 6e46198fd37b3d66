"""A worker beyond its memory is ended and replaced, and its cause of death names figures and tasks."""

import unittest

from daskd_testing import Cluster, local
from waiting import wait_until

LIMIT = 400 << 20


def limited(**keys):
    """A worker with 400 MiB; what kills it is not tried elsewhere."""
    dask = {"distributed": {"scheduler": {"allowed-failures": 0}}}
    return {**local(workers=1, memory=LIMIT, **keys), **dask}


SLEEP = "import time; time.sleep(60)"
CHILD = """
import subprocess, sys
hungry = "import time; kept = b'x' * (450 << 20); time.sleep(60)"
subprocess.run([sys.executable, "-c", hungry], start_new_session=True)
"""


def taking(megabytes, then):
    """A task that takes so much memory and then runs this code. Workers cannot import what this module defines."""
    def take():
        kept = b"x" * (megabytes << 20)
        exec(then)
        return len(kept)
    return take


class Memory(unittest.TestCase):
    def die_of(self, megabytes, then, text):
        with Cluster(limited()) as cluster:
            cluster.ctl("up")
            before = cluster.worker("local-0")
            self.assertEqual(before["memory_enforced_by"], "agent")
            with cluster.client() as client:
                hungry = client.submit(taking(megabytes, then), key="hungry")
                worker = cluster.wait_replaced("local-0", before["pid"])
                self.assertEqual(type(hungry.exception(timeout=20)).__name__, "KilledWorker")
            self.assertEqual(worker["last_exit"]["cause"], "memory")
            self.assertRegex(worker["last_exit"]["text"], text)
            wait_until(lambda: cluster.worker("local-0")["last_exit"]["text"].endswith("; it was working on hungry"),
                       10, "its task named")
            told = [event for event in cluster.events() if event["name"] == "local-0"]
            self.assertIn("memory", [(event["cause"] or {}).get("cause") for event in told])
            self.assertIn("hungry", str(told))

    def test_ended_with_figures_and_task(self):
        self.die_of(450, SLEEP, r"^used \d+(\.\d)? MiB of 400 MiB \(")

    def test_its_children_count(self):
        self.die_of(1, CHILD, r"^used \d+(\.\d)? MiB of 400 MiB \(")

    def test_never_where_terminate_is_off(self):
        configured = limited()
        configured["distributed"]["worker"] = {"memory": {"terminate": False}}
        for config in (limited(memory_terminate=False), configured):
            with Cluster(config) as cluster:
                cluster.ctl("up")
                before = cluster.worker("local-0")
                self.assertIsNone(before["memory_enforced_by"])
                with cluster.client() as client:
                    done = client.submit(taking(450, "pass"), key="hungry")
                    self.assertEqual(done.result(timeout=30), 450 << 20)
                self.assertEqual(cluster.worker("local-0")["pid"], before["pid"])

    def test_the_pools_own_threshold(self):
        with Cluster(limited(memory_terminate=0.5)) as cluster:
            cluster.ctl("up")
            pid = cluster.worker("local-0")["pid"]
            with cluster.client() as client:
                hungry = client.submit(taking(250, SLEEP), key="hungry")
                self.assertEqual(cluster.wait_replaced("local-0", pid)["last_exit"]["cause"], "memory")
                del hungry


if __name__ == "__main__":
    unittest.main()
