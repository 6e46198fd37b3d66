"""Two named clusters of one user live beside each other, each in the place that its name gives it."""

import contextlib
import os
import shutil
import unittest

from daskd_testing import Cluster, local

AT_ITS_PLACE = {"DASKD_RUNTIME_DIR": None, "DASKD_STATE_DIR": None}


class NamedClusters(unittest.TestCase):
    def test_beside_each_other(self):
        with contextlib.ExitStack() as cleanup:
            one, other = (self.named(cleanup, f"test-{os.getpid()}-{suffix}") for suffix in "ab")
            one.ctl("up")
            other.ctl("up")
            addresses = {cluster.status()["scheduler"]["address"] for cluster in (one, other)}
            self.assertEqual(len(addresses), 2)
            self.assertEqual(one.status()["cluster"], one.name)
            before = other.identities()
            one.ctl("down")
            one.wait_nothing_left()
            self.assertEqual(other.state(), "running")
            self.assertEqual(other.identities(), before)

    @staticmethod
    def named(cleanup, name):
        config = local(workers=1)
        del config["daskd"]["scheduler"]["port"]
        cluster = Cluster(config, name=name, env=AT_ITS_PLACE)
        cleanup.callback(shutil.rmtree, cluster.runtime_dir, ignore_errors=True)
        return cleanup.enter_context(cluster)

    def test_bad_names(self):
        with Cluster() as cluster:
            for name in ("..", "a/b", "a b", "x" * 65):
                with self.subTest(name):
                    self.assertIn("cluster name", cluster.ctl("--cluster", name, "status", expect=2).stderr)


if __name__ == "__main__":
    unittest.main()
