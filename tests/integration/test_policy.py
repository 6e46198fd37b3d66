"""Restart policies, budgets, and a pool whose workers crash at once beside one that is well."""

import os
import signal
import unittest

from daskd_testing import Cluster, local
from waiting import wait_until

CRASHING = "raise RuntimeError('this preload always raises')\n"


def kill(cluster, name):
    pid = cluster.worker(name)["pid"]
    os.kill(pid, signal.SIGKILL)
    return pid


class Policy(unittest.TestCase):
    def test_never(self):
        with Cluster(local(restart="never")) as cluster:
            cluster.ctl("up")
            kill(cluster, "local-0")
            wait_until(lambda: cluster.worker("local-0")["state"] == "failed", 10, "local-0 failed")
            cluster.ctl("start-worker", "local-0")
            self.assertEqual(cluster.worker("local-0")["state"], "running")

    def test_a_spent_budget_is_shown(self):
        budget = {"count": 2, "within": "60s"}
        with Cluster(local(workers=1, max_restarts=budget, backoff={"initial": "10ms"})) as cluster:
            cluster.ctl("up")
            for _ in range(2):
                cluster.wait_replaced("local-0", kill(cluster, "local-0"))
            worker = cluster.worker("local-0")
            self.assertEqual((worker["attempt"], worker["attempts_allowed"]), (2, 2))
            kill(cluster, "local-0")
            wait_until(lambda: cluster.worker("local-0")["state"] == "failed", 10, "local-0 failed")
            self.assertIn("failed, attempt 2 of 2", cluster.ctl("status", expect=7).stdout)
            self.assertIn("given up after 2 restarts within 1m", cluster.ctl("events").stdout)

    def test_health_forgives(self):
        with Cluster(local(workers=1, backoff={"reset_after": "500ms"})) as cluster:
            cluster.ctl("up")
            cluster.wait_replaced("local-0", kill(cluster, "local-0"))
            wait_until(lambda: cluster.worker("local-0")["attempt"] == 0, 10, "local-0 in good health")
            self.assertEqual(cluster.worker("local-0")["restarts"], 1)

    def test_a_crash_loop_harms_nobody_else(self):
        with Cluster() as cluster:
            preload = cluster.dir / "crashing.py"
            preload.write_text(CRASHING)
            pools = {"broken": {"workers": 8, "threads": 1, "preload": [str(preload)],
                                "backoff": {"initial": "10ms", "max": "100ms"}},
                     "well": {"workers": 2, "threads": 1}}
            cluster.configure({"daskd": {"pools": pools}})
            done = cluster.ctl("up", expect=7)
            self.assertIn("this preload always raises", done.stderr)
            attempts = [worker["attempt"] for worker in cluster.status()["workers"] if worker["pool"] == "broken"]
            self.assertEqual(len(attempts), 8)

            for _ in range(5):  # while they crash ten times a second
                cluster.wait_replaced("well-0", kill(cluster, "well-0"), timeout=20)
                wait_until(lambda: cluster.worker("well-0")["attempt"] <= 5, 20, "well-0 is no crash loop")
            with cluster.client() as client:
                self.assertEqual(client.submit(lambda: 42).result(timeout=20), 42)

            broken = "broken-0"
            wait_until(lambda: cluster.worker(broken)["attempt"] >= 20, 30, "many attempts")
            attempt = cluster.worker(broken)["attempt"]
            told = [event for event in cluster.events() if event["name"] == broken]
            self.assertLessEqual(len(told), 3 * 9, f"events of {attempt} attempts")
            self.assertRegex(cluster.ctl("events").stdout, f"{broken}  .*end (8|16) in a row")


if __name__ == "__main__":
    unittest.main()
