"""`reset` and `clean`: forgetting on request, and never under a running cluster."""

import unittest

from daskd_testing import Cluster, local


class Reset(unittest.TestCase):
    def test_refuses_while_the_cluster_is_up(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            for verb in ("reset", "clean"):
                with self.subTest(verb):
                    self.assertIn("daskctl down", cluster.ctl(verb, expect=1).stderr)
            self.assertEqual(cluster.identities(), before)

    def test_forgets_state_and_keeps_logs(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            cluster.ctl("scale", "3")
            cluster.ctl("down")
            cluster.wait_nothing_left()
            cluster.ctl("reset")
            self.assertFalse((cluster.state_dir / "state.json").exists())
            self.assertTrue((cluster.state_dir / "logs/scheduler.log").exists())
            cluster.ctl("up")
            self.assertEqual(len(cluster.worker_names()), 2)

    def test_clean_removes_logs_too(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            cluster.ctl("down")
            cluster.wait_nothing_left()
            cluster.ctl("clean")
            self.assertEqual(list(cluster.state_dir.glob("logs/*.log")), [])


if __name__ == "__main__":
    unittest.main()
