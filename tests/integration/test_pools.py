"""`up POOL`: only some of the pools, and more of them later."""

import unittest

from daskd_testing import Cluster, local

_TWO = local(workers=1)
_TWO["daskd"]["pools"]["extra"] = {"workers": 2, "threads": 1}


def _workers(cluster: Cluster) -> dict[str, str]:
    return {worker["name"]: worker["state"] for worker in cluster.status()["workers"]}


class SomePools(unittest.TestCase):
    def test_the_others_come_when_asked_for(self):
        with Cluster(_TWO) as cluster:
            cluster.ctl("up", "local")
            self.assertEqual(_workers(cluster), {"local-0": "running"})
            before = cluster.worker("local-0")["pid"]
            cluster.ctl("up", "extra")
            self.assertEqual(set(_workers(cluster)), {"local-0", "extra-0", "extra-1"})
            self.assertEqual(cluster.worker("local-0")["pid"], before)
            self.assertFalse(cluster.rpc("cluster.up", {"pools": ["extra"]})["changed"])

    def test_up_without_a_name_brings_all(self):
        with Cluster(_TWO) as cluster:
            cluster.ctl("up", "extra")
            cluster.ctl("up")
            self.assertEqual(set(_workers(cluster)), {"local-0", "extra-0", "extra-1"})

    def test_what_is_stopped_elsewhere_stays_stopped(self):
        with Cluster(_TWO) as cluster:
            cluster.ctl("up")
            cluster.ctl("stop-worker", "local-0", "extra-1")
            cluster.ctl("up", "extra")
            self.assertEqual(_workers(cluster),
                             {"local-0": "stopped", "extra-0": "running", "extra-1": "running"})

    def test_at_once(self):
        with Cluster(_TWO) as cluster:
            both = [cluster.start_ctl("up", pool) for pool in ("local", "extra")]
            for follower in both:
                self.assertEqual(follower.finish(), 0, follower.output)
            self.assertEqual(set(_workers(cluster)), {"local-0", "extra-0", "extra-1"})

    def test_a_pool_that_is_nowhere(self):
        with Cluster(_TWO) as cluster:
            cluster.ctl("up", "local")
            self.assertIn("there is no pool 'nowhere'", cluster.ctl("up", "nowhere", expect=4).stderr)
            cluster.ctl("up")
            self.assertIn("no pool 'nowhere'", cluster.ctl("up", "nowhere", expect=4).stderr)


if __name__ == "__main__":
    unittest.main()
