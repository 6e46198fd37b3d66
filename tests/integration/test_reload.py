"""Configuration of a running cluster: check, show, example, and a reload that touches only what differs."""

import os
import signal
import unittest

from daskd_testing import Cluster, local
from processes import alive
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

    def test_returns_when_what_it_removes_has_ended(self):
        with Cluster(local(workers=3)) as cluster:
            cluster.ctl("up")
            removed = [cluster.worker(name)["pid"] for name in ("local-1", "local-2")]
            cluster.configure(local(workers=1))
            cluster.ctl("reload")
            self.assertEqual([alive(pid) for pid in removed], [False, False])
            self.assertEqual(cluster.worker_names(), ["local-0"])

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


    def test_a_comment_changes_nothing(self):
        with Cluster("daskd: {pools: {local: {workers: 2, threads: 1}}}\n") as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            cluster.configure("# changed\ndaskd: {pools: {local: {threads: 1, workers: 2}}}  # and turned round\n")
            self.assertIn("nothing differs", cluster.ctl("reload").stderr)
            self.assertEqual(cluster.identities(), before)

    def test_a_pools_environment_and_memory_are_its_own_affair(self):
        pools = {"a": {"workers": 1, "threads": 1, "memory": "1GiB"}, "b": {"workers": 1, "threads": 1}}
        with Cluster({"daskd": {"pools": pools}}) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            pools["a"]["env"] = {"COLOUR": "blue"}
            cluster.configure({"daskd": {"pools": pools}})
            self.assertRegex(cluster.ctl("reload").stdout, "a-0 +restart +environment: COLOUR")
            after = cluster.identities()
            self.assertNotEqual(after.pop("a-0"), before.pop("a-0"))
            self.assertEqual(after, before, "the scheduler, which shares a's agent, included")
            pools["a"]["memory"] = "2GiB"
            cluster.configure({"daskd": {"pools": pools}})
            self.assertRegex(cluster.ctl("reload", "--dry-run").stdout, "memory limit 1 GiB → 2 GiB")

    def test_rolls_through_a_pool_and_moves_results_first(self):
        with Cluster(local(workers=8)) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            since = cluster.events()[-1]["seq"]
            with cluster.client() as client:
                futures = [client.submit(lambda: __import__("random").random(), pure=False,
                                         workers=[worker["address"]], allow_other_workers=True)
                           for worker in cluster.status()["workers"]]
                values = client.gather(futures)
                config = local(workers=8)
                config["daskd"]["pools"]["local"]["threads"] = 2
                cluster.configure(config)
                cluster.ctl("reload")
                self.assertEqual(client.gather(futures), values, "computed anew instead of moved")
            after = cluster.identities()
            self.assertEqual(after.pop("scheduler"), before.pop("scheduler"))
            self.assertFalse(set(after.values()) & set(before.values()), "all of them, when it returns")
            self.assertEqual({worker["threads"] for worker in cluster.status()["workers"]}, {2})
            running, least = 8, 8
            for event in cluster.events(since):
                if event["kind"] == "worker.state":
                    running += (event["to"] == "running") - (event["from"] == "running")
                    least = min(least, running)
            self.assertEqual((running, least), (8, 6))

    def test_successors_that_do_not_start_leave_the_others_alone(self):
        with Cluster(local(workers=4)) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            broken = cluster.dir / "broken.py"
            broken.write_text("raise RuntimeError('broken')\n")
            cluster.configure(local(workers=4, preload=[str(broken)]))
            done = cluster.ctl("reload", expect=7)
            self.assertIn("local-0: backoff", done.stderr)
            after = cluster.identities()
            self.assertEqual({name for name in before if after.get(name) != before[name]}, {"local-0"})
            cluster.configure(local(workers=4))
            cluster.ctl("reload")
            cluster.wait_running()


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
