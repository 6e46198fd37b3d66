"""Configuration of a running cluster: check, show, example, and a reload that touches only what differs."""

import os
import signal
import unittest

from daskd_testing import Cluster
from waiting import wait_until


def two_pools(threads_of_b):
    pools = {"a": {"workers": 1, "threads": 1}, "b": {"workers": 1, "threads": threads_of_b}}
    return {"daskd": {"pools": pools}}


class Reload(unittest.TestCase):
    def test_touches_only_what_differs_and_says_so_before(self):
        with Cluster(two_pools(threads_of_b=1)) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            cluster.configure(two_pools(threads_of_b=2))

            foreseen = cluster.rpc("cluster.reload", {"dry_run": True})["changes"]
            self.assertEqual([(change["name"], change["action"]) for change in foreseen], [("b-0", "restart")])
            told = cluster.ctl("reload", "--dry-run").stdout
            self.assertIn("b-0", told)
            self.assertNotIn("a-0", told)
            self.assertEqual(cluster.identities(), before)

            cluster.ctl("reload")
            after = cluster.identities()
            self.assertNotEqual(after.pop("b-0"), before.pop("b-0"))
            self.assertEqual(after, before)
            self.assertEqual(cluster.worker("b-0")["threads"], 2)

    def test_by_signal(self):
        with Cluster(two_pools(threads_of_b=1)) as cluster:
            cluster.ctl("up")
            cluster.configure(two_pools(threads_of_b=2))
            os.kill(cluster.daemon_pid(), signal.SIGHUP)
            wait_until(lambda: cluster.worker("b-0")["threads"] == 2, 20, "b-0 with two threads")
            cluster.wait_running()

    def test_bad_configuration_changes_nothing(self):
        with Cluster(two_pools(threads_of_b=1)) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            cluster.configure(two_pools(threads_of_b=-1))
            done = cluster.ctl("reload", expect=2)
            self.assertIn("daskd.pools.b.threads", done.stderr)
            self.assertEqual(cluster.identities(), before)
            self.assertEqual(cluster.state(), "running")


class Config(unittest.TestCase):
    def test_check(self):
        with Cluster(two_pools(threads_of_b=1)) as cluster:
            cluster.ctl("config", "check")
            cluster.configure("daskd:\n  pools:\n    local:\n      threds: 1\n      workers: many\n")
            done = cluster.ctl("config", "check", expect=2)
            told = done.stdout + done.stderr
            self.assertIn(f"{cluster.config_file}:4:7: daskd.pools.local.threds: unknown key; did you mean 'threads'?",
                          told)
            self.assertIn(f"{cluster.config_file}:5:", told, "all errors at once")

    def test_the_example_is_a_good_configuration(self):
        with Cluster() as cluster:
            example = cluster.dir / "example.yaml"
            example.write_text(cluster.ctl("config", "example").stdout)
            cluster.ctl("config", "check", "--config", str(example))

    def test_show(self):
        with Cluster(two_pools(threads_of_b=2)) as cluster:
            without_daemon = cluster.ctl("config", "show").stdout
            self.assertIn("threads: 2", without_daemon)
            cluster.ctl("up")
            self.assertEqual(cluster.ctl("config", "show").stdout, without_daemon)


if __name__ == "__main__":
    unittest.main()
