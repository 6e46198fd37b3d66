"""DaskdCluster, as programs use Dask's cluster managers."""

import asyncio
import os
import signal
import unittest
import warnings

from daskd_testing import Cluster, local
from python_package import as_user_of, run_program
from waiting import wait_until


class Lifecycle(unittest.TestCase):
    def test_starts_the_cluster_and_leaves_it_up(self):
        with Cluster(local(workers=2)) as cluster, as_user_of(cluster) as daskd:
            from distributed import Client
            with daskd.DaskdCluster() as first, Client(first, set_as_default=False) as client:
                self.assertEqual(client.submit(sum, [1, 2]).result(timeout=30), 3)
                self.assertEqual(first.name, "default")
                self.assertEqual(first.status.name, "running")
                self.assertIn("workers=2, threads=2", repr(first))
                self.assertEqual(first.scheduler_address, cluster.status()["scheduler"]["address"])
                self.assertEqual(len(first.scheduler_info["workers"]), 2)
                self.assertEqual(set(first.workers), {"local-0", "local-1"})
                self.assertEqual((first.plan, first.observed), (set(first.workers), set(first.workers)))
                self.assertIn("local 2 of 2", first._repr_html_())
                self.assertEqual(first.dashboard_link, cluster.status()["scheduler"]["dashboard"] or "")
            self.assertEqual(first.status.name, "closed")
            self.assertEqual(cluster.state(), "running")
            again = daskd.DaskdCluster.from_name("default")
            self.assertEqual(again, first)
            again.close()
            again.close()

    def test_local_clusters_keywords(self):
        with Cluster(local(workers=2)) as cluster, as_user_of(cluster) as daskd:
            with daskd.DaskdCluster(n_workers=1, threads_per_worker=3, memory_limit="300MB", silence_logs=30) as manager:
                worker = manager.workers["local-0"]
                self.assertEqual((worker["threads"], worker["memory_limit_bytes"]), (3, 300_000_000))
                self.assertEqual(len(manager.workers), 1)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                daskd.DaskdCluster(n_workers=2).close()
            self.assertIn("workers", " ".join(str(warning.message) for warning in caught))
            with self.assertRaisesRegex(TypeError, "processes=False"):
                daskd.DaskdCluster(processes=False)
            with self.assertRaisesRegex(TypeError, "no 'worker_class'"):
                daskd.DaskdCluster(worker_class=object)

    def test_what_is_not_there(self):
        with Cluster(local(workers=1)) as cluster, as_user_of(cluster) as daskd:
            with self.assertRaisesRegex(daskd.DaskdError, "daskctl up"):
                daskd.DaskdCluster(start=False)
            cluster.configure({"daskd": {"pools": {"local": {"threds": 1}}}})
            os.environ.update(cluster.env)
            with self.assertRaisesRegex(daskd.DaskdError, "did you mean 'threads'"):
                daskd.DaskdCluster()
            with self.assertRaises(ValueError):
                daskd.DaskdCluster("no/name")

    def test_shutdown_ends_the_cluster(self):
        with Cluster(local(workers=1)) as cluster, as_user_of(cluster) as daskd:
            from distributed import Client
            client = Client(daskd.DaskdCluster(), set_as_default=False)
            client.shutdown()
            client.close()
            cluster.wait_nothing_left()
            with daskd.DaskdCluster(shutdown_on_close=True):
                self.assertEqual(cluster.state(), "running")
            cluster.wait_nothing_left()

    def test_follows_a_new_scheduler(self):
        with Cluster(local(workers=1)) as cluster, as_user_of(cluster) as daskd:
            with daskd.DaskdCluster() as manager:
                before = manager.scheduler_info["id"]
                os.kill(manager.scheduler["pid"], signal.SIGKILL)
                wait_until(lambda: manager.scheduler_info.get("id", before) != before, 30, "the next scheduler")
                manager.wait_for_workers(1, timeout=30)
                wait_until(lambda: manager.observed == {"local-0"}, 20, "its worker")

    def test_a_program_that_closes_nothing_ends_quietly(self):
        with Cluster(local(workers=1)) as cluster:
            said = run_program(cluster, "from daskd import DaskdCluster\ncluster = DaskdCluster()\nprint('done')\n")
            self.assertEqual(said, "done\n")
            self.assertEqual(cluster.state(), "running")


class Interface(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.enterClassContext(Cluster(local(workers=1)))
        cls.daskd = cls.enterClassContext(as_user_of(cls.cluster))
        cls.cluster.ctl("up")

    def test_scale(self):
        with self.daskd.DaskdCluster() as manager:
            for amount in ({"n": 2}, {"cores": 3}, {"jobs": 1}, {"n": {"local": 2}}):
                manager.scale(**amount)
                number = next(iter(amount.values()))
                self.assertEqual(len(manager.workers), number if isinstance(number, int) else 2)
            manager.scale(3)
            manager.wait_for_workers(3, timeout=30)
            with self.assertRaisesRegex(TimeoutError, "3 of 9"):
                manager.wait_for_workers(9, timeout=0.2)
            with self.assertRaisesRegex(self.daskd.DaskdError, "no pool"):
                manager.scale(2, pool="gpu")
            with self.assertRaises(TypeError):
                manager.scale()
            manager.scale(1)
            wait_until(lambda: len(manager.scheduler_info["workers"]) == 1, 30, "two have gone")

    def test_adapt(self):
        with self.daskd.DaskdCluster() as manager:
            adapting = manager.adapt(minimum=1, maximum=2, interval="300ms")
            shown = self.cluster.status()["pools"][0]["adapt"]
            self.assertEqual((shown["minimum"], shown["maximum"], shown["interval_s"]), (1, 2, 0.3))
            self.assertIn("Adaptive", manager._scaling_status())
            adapting.stop()
            self.assertIsNone(self.cluster.status()["pools"][0]["adapt"])
            self.assertIn("Manual", manager._scaling_status())
            manager.adapt(maximum_cores=3)
            self.assertEqual(self.cluster.status()["pools"][0]["adapt"]["maximum"], 3)
            manager.scale(1)
            self.assertIsNone(self.cluster.status()["pools"][0]["adapt"])

    def test_logs(self):
        with self.daskd.DaskdCluster() as manager:
            logs = manager.get_logs()
            self.assertIn("local-0  starting → running", logs["Cluster"])
            self.assertIn("Scheduler at", logs["Scheduler"])
            self.assertTrue(set(manager.scheduler_info["workers"]) <= set(logs))
            self.assertEqual(set(manager.get_logs(cluster=True, scheduler=False, workers=False)), {"Cluster"})

    def test_asynchronous(self):
        async def program():
            from distributed import Client
            async with self.daskd.DaskdCluster(asynchronous=True) as manager:
                await manager.wait_for_workers(1, timeout=30)
                async with Client(manager, asynchronous=True, set_as_default=False) as client:
                    self.assertEqual(await client.submit(sum, [1, 2]), 3)
                self.assertIn("Cluster", await manager.get_logs(scheduler=False, workers=False))
                await manager.scale(1)
            unawaited = self.daskd.DaskdCluster(asynchronous=True)
            async with Client(unawaited, asynchronous=True, set_as_default=False) as client:
                self.assertEqual(await client.submit(sum, [2, 2]), 4)
            await unawaited.close()
            return manager.status.name, unawaited.status.name

        self.assertEqual(asyncio.run(program()), ("closed", "closed"))
        self.assertEqual(self.cluster.state(), "running")

    def test_client_without_address(self):
        from distributed import Client
        import dask.config
        with self.daskd.use():
            with Client(set_as_default=False) as client:
                self.assertEqual(client.scheduler.address, self.cluster.status()["scheduler"]["address"])
        self.assertIsNone(dask.config.get("scheduler-address", None))
        environment = self.cluster.ctl("env").stdout
        said = run_program(self.cluster, "import os, shlex\n"
                           f"os.environ.update(word.split('=', 1) for word in shlex.split({environment!r}) if '=' in word)\n"
                           "from distributed import Client\nprint(Client().submit(sum, [1, 2]).result())\n")
        self.assertEqual(said.strip(), "3")

    def test_discovery(self):
        from daskd.discovery import discover

        async def found():
            return [(name, await kind.from_name(name, asynchronous=True)) async for name, kind in discover()]

        async def program():
            clusters = await found()
            names = [(name, manager.name) for name, manager in clusters]
            for _name, manager in clusters:
                await manager.close()
            return names

        self.assertEqual(asyncio.run(program()), [("default", "default")])


class Tls(unittest.TestCase):
    def test_certificates_are_found(self):
        config = local(workers=1)
        config["daskd"]["tls"] = True
        with Cluster(config) as cluster, as_user_of(cluster) as daskd:
            from distributed import Client
            with daskd.DaskdCluster() as manager, Client(manager, set_as_default=False) as client:
                self.assertTrue(manager.scheduler_address.startswith("tls://"))
                self.assertEqual(client.submit(sum, [1, 2]).result(timeout=30), 3)


if __name__ == "__main__":
    unittest.main()
