"""Results that only one worker holds are moved before that worker goes, and where they cannot be, nothing goes unasked."""

import unittest

from daskd_testing import Cluster, local


class Retire(unittest.TestCase):
    def test_a_result_survives_its_worker(self):
        for verb in (["scale", "1"], ["stop-worker", "local-1"], ["restart-worker", "local-1"]):
            with self.subTest(" ".join(verb)), Cluster(local()) as cluster:
                cluster.ctl("up")
                with cluster.client() as client:
                    future = self.random_result_on(cluster, client, "local-1")
                    value = future.result(timeout=20)
                    cluster.ctl(*verb)
                    self.assertEqual(future.result(timeout=20), value, "computed anew instead of moved")

    def test_results_of_many_survive_that_leave_at_once(self):
        with Cluster(local(workers=6)) as cluster:
            cluster.ctl("up")
            with cluster.client() as client:
                futures = [self.random_result_on(cluster, client, f"local-{n}") for n in range(6)]
                values = client.gather(futures)
                cluster.ctl("scale", "1")
                self.assertEqual(client.gather(futures), values, "computed anew instead of moved")

    def test_the_last_holder_goes_only_by_force(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            with cluster.client() as client:
                future = self.random_result_on(cluster, client, "local-0")
                future.result(timeout=20)
                for verb in (["scale", "0"], ["stop-worker", "*"], ["restart-worker", "*"]):
                    done = cluster.ctl(*verb, expect=1)
                    self.assertIn("--force", done.stderr)
                    self.assertIn("result", done.stderr)
                    self.assertEqual(cluster.identities(), before)
                cluster.ctl("stop-worker", "--force", "*")
                cluster.ctl("scale", "0", "--force")
                self.assertEqual(cluster.worker_names(), [])

    def test_without_results_to_zero(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            cluster.ctl("scale", "0")
            self.assertEqual(cluster.state(), "running")

    @staticmethod
    def random_result_on(cluster, client, name):
        """A future whose value would differ if it were computed again, held by that worker alone."""
        return client.submit(lambda: __import__("random").random(), pure=False,
                             workers=[cluster.worker(name)["address"]], allow_other_workers=True)


if __name__ == "__main__":
    unittest.main()
