"""Pools that follow the load: up from nothing on work, down after it, on several pools, and through errors."""

import json
import os
import signal
import unittest

from daskd_testing import Cluster, RpcError, local
from waiting import wait_until

QUICK = {"minimum": 0, "maximum": 3, "interval": "100ms", "target_duration": "200ms"}


def pool(cluster, name="local"):
    return next(pool for pool in cluster.status()["pools"] if pool["name"] == name)


def wait_desired(cluster, count, name="local", timeout=20):
    """Waits until the pool has so many workers, all of them running and none still on its way out."""
    def is_so():
        status = cluster.status()
        found = next(pool for pool in status["pools"] if pool["name"] == name)
        present = [worker for worker in status["workers"] if worker["pool"] == name]
        return found["desired"] == found["running"] == len(present) == count
    wait_until(is_so, timeout, f"{count} workers in pool {name}")


def work(client, seconds=2.0, tasks=12):
    return client.map(lambda n, s=seconds: (__import__("time").sleep(s), n)[1], range(tasks), pure=False)


class Adapt(unittest.TestCase):
    def test_from_nothing_on_work_and_back_after_it(self):
        with Cluster({"daskd": {"pools": {"local": {"threads": 1, "adapt": QUICK}}}}) as cluster:
            cluster.ctl("up")
            self.assertEqual(cluster.status()["workers"], [])
            shown = pool(cluster)["adapt"]
            self.assertEqual(shown, {"minimum": 0, "maximum": 3, "interval_s": 0.1, "wait_count": 3,
                                     "target_duration_s": 0.2})
            self.assertIn("adapt      local: 0 to 3 workers, now 0", cluster.ctl("status").stdout)
            with cluster.client() as client:
                futures = work(client, seconds=0.5)
                wait_desired(cluster, 3)
                self.assertEqual(client.gather(futures), list(range(12)))
                wait_until(lambda: pool(cluster)["desired"] < 3, 20, "workers without work go")
                self.assertGreaterEqual(pool(cluster)["desired"], 1, "results have to stay somewhere")
                self.assertEqual(client.gather(futures), list(range(12)), "and have stayed")
                del futures
                wait_desired(cluster, 0)
            told = [event for event in cluster.events() if event["kind"] == "pool.scaled"]
            self.assertEqual((told[0]["from"], told[-1]["to"]), ("0", "0"))
            exits = [event["cause"]["cause"] for event in cluster.events() if event["kind"] == "worker.state" and event["cause"]]
            self.assertEqual(set(exits), {"requested"})

    def test_by_verb_survives_a_daemon_restart_and_scale_turns_it_off(self):
        with Cluster(local(workers=1)) as cluster:
            cluster.ctl("up")
            first = cluster.identities()
            told = cluster.ctl("adapt", "local", "--minimum", "2", "--maximum", "4", "--interval", "100ms").stderr
            self.assertIn("local: adapts from 2 to 4 workers, now 2", told)
            self.assertEqual(cluster.identities()["local-0"], first["local-0"])
            with cluster.client() as client:
                futures = work(client, seconds=60)
                wait_desired(cluster, 4)
                before = cluster.identities()
                cluster.ctl("daemon", "restart")
                cluster.wait_running()
                self.assertEqual(cluster.identities(), before, "what adaptation decided is kept")
                self.assertEqual(pool(cluster)["adapt"]["maximum"], 4)
                intent = json.loads((cluster.state_dir / "state.json").read_text())
                self.assertEqual(intent["scaled"], {}, "nobody said so")
                for future in futures:
                    future.cancel()
            told = cluster.ctl("scale", "1").stderr
            self.assertIn("local: adapts no longer", told)
            self.assertIsNone(pool(cluster)["adapt"])
            self.assertEqual(cluster.worker_names(), ["local-0"])

    def test_off_keeps_the_workers(self):
        with Cluster(local(workers=2)) as cluster:
            cluster.ctl("up")
            cluster.ctl("adapt", "--minimum", "1", "--maximum", "4", "--interval", "100ms")
            wait_desired(cluster, 1)
            before = cluster.identities()
            self.assertIn("stays at 1 worker", cluster.ctl("adapt", "--off").stderr)
            cluster.ctl("reload")
            self.assertEqual(cluster.identities(), before)
            self.assertIsNone(pool(cluster)["adapt"])

    def test_wrong_wishes(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            cluster.ctl("adapt", "nowhere", "--maximum", "4", expect=4)
            cluster.ctl("adapt", "local", expect=2)
            cluster.ctl("adapt", "local", "--off", "--maximum", "4", expect=2)
            cluster.ctl("adapt", "local", "--minimum", "5", "--maximum", "4", expect=2)
            with self.assertRaises(RpcError):
                cluster.rpc("pool.adapt", {"minimum": -1})
            self.assertIsNone(pool(cluster)["adapt"])

    def test_pools_share_the_demand_in_their_order_after_fixed_workers(self):
        pools = {"fixed": {"workers": 1, "threads": 1},
                 "first": {"threads": 1, "adapt": {**QUICK, "maximum": 1}},
                 "second": {"threads": 1, "adapt": QUICK}}
        with Cluster({"daskd": {"pools": pools}}) as cluster:
            cluster.ctl("up")
            with cluster.client() as client:
                # Three tasks that cannot run beside each other: three workers.
                futures = work(client, seconds=5, tasks=3)
                wait_desired(cluster, 1, "first")
                wait_desired(cluster, 1, "second")
                for future in futures:
                    future.cancel()
                wait_desired(cluster, 0, "first")
                wait_desired(cluster, 0, "second")
            self.assertEqual(pool(cluster, "fixed")["running"], 1)

    def test_errors_never_end_it(self):
        with Cluster({"daskd": {"pools": {"local": {"threads": 1, "adapt": QUICK}}}}) as cluster:
            cluster.ctl("up")
            scheduler = cluster.status()["scheduler"]["pid"]
            os.kill(scheduler, signal.SIGSTOP)  # questions are not answered in time
            cluster.rpc("cluster.status")
            os.kill(scheduler, signal.SIGKILL)  # and then the link is away
            wait_until(lambda: cluster.status()["scheduler"]["pid"] not in (None, scheduler), 20, "another scheduler")
            cluster.wait_running()
            with cluster.client() as client:
                future = client.submit(lambda: 42)
                self.assertEqual(future.result(timeout=20), 42, "scaled up from nothing")

    def test_a_square_wave_does_not_make_it_bounce(self):
        quick = {**QUICK, "wait_count": 10}  # longer than the pauses of the wave
        with Cluster({"daskd": {"pools": {"local": {"threads": 1, "adapt": quick}}}}) as cluster:
            cluster.ctl("up")
            with cluster.client() as client:
                for _ in range(5):
                    client.gather(work(client, seconds=0.3, tasks=6))
            ups = [event for event in cluster.events() if event["kind"] == "pool.scaled"
                   and int(event["to"]) > int(event["from"])]
            downs = [event for event in cluster.events() if event["kind"] == "pool.scaled"
                     and int(event["to"]) < int(event["from"])]
            self.assertLessEqual(len(ups), 3, "one way up, in a few steps")
            self.assertLessEqual(len(downs), 2, "at most down once it is over")


if __name__ == "__main__":
    unittest.main()
