"""Workers whose lifetime is over are replaced: always, not all at once, and with a chance for what they compute."""

import time
import unittest

from daskd_testing import Cluster, local
from waiting import wait_until


def ends(cluster) -> list[dict]:
    """The events that tell of lifetimes that were over."""
    return [event for event in cluster.events() if (event.get("cause") or {}).get("cause") == "lifetime"]


class Lifetime(unittest.TestCase):
    def test_always_replaced(self):
        with Cluster(local(lifetime="2s", restart="never", max_restarts={"count": 0, "within": "1h"})) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            wait_until(lambda: len(ends(cluster)) >= 4, 40, "two generations of two workers")
            wait_until(lambda: cluster.state() == "running", 20, "all running")
            for worker in cluster.status()["workers"]:
                self.assertEqual(worker["last_exit"]["cause"], "lifetime")
                self.assertEqual(worker["last_exit"]["code"], 0)
            self.assertEqual(cluster.identities()["scheduler"], before["scheduler"])

    def test_results_and_running_tasks_survive(self):
        with Cluster(local(lifetime="3s", lifetime_stagger="500ms")) as cluster:
            cluster.ctl("up")
            with cluster.client() as client:
                kept = client.submit(lambda: __import__("random").random(), pure=False)
                value = kept.result(timeout=20)
                started = time.monotonic()
                tasks = client.map(lambda _: __import__("time").sleep(4) or __import__("os").getpid(), range(2),
                                   pure=False)
                pids = [task.result(timeout=40) for task in tasks]
                # Started once only: a second start would have taken as long again.
                self.assertLess(time.monotonic() - started, 7.5)
                self.assertEqual(kept.result(timeout=20), value, "moved, not computed anew")
                self.assertEqual(len(pids), 2)
            wait_until(lambda: len(ends(cluster)) >= 2, 20, "both were replaced")

    def test_queued_tasks_are_not_blamed(self):
        """Dask gives a task up after its worker has died four times: lifetimes are no deaths."""
        with Cluster(local(lifetime="1s", lifetime_stagger="300ms")) as cluster:
            cluster.ctl("up")
            with cluster.client() as client:
                tasks = client.map(lambda n: __import__("time").sleep(0.2) or n, range(60), pure=False)
                self.assertEqual(client.gather(tasks), list(range(60)))

    def test_as_dask_is_configured(self):
        config = local(workers=1)
        config["distributed"] = {"worker": {"lifetime": {"duration": "1 second"}}}
        with Cluster(config) as cluster:
            cluster.ctl("up")
            wait_until(lambda: ends(cluster), 20, "a replacement")


if __name__ == "__main__":
    unittest.main()
