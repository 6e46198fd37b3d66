"""Options reach the real scheduler and workers; what Dask would refuse is told before anything is started."""

import os
import unittest

from daskd_testing import Cluster, local
from processes import marked
from waiting import wait_until

FIRST_PORT = 21700  # below the ports that the kernel gives away by itself


def port_of(address):
    return int(address.rpartition(":")[2])


def by_value(function):
    """A function that is sent whole: nobody there can import this file."""
    function.__module__ = "__main__"
    return function


class Ports(unittest.TestCase):
    def test_a_range(self):
        ports = range(FIRST_PORT, FIRST_PORT + 3)
        with Cluster(local(workers=3, args=["--worker-port", f"{ports[0]}:{ports[-1]}"])) as cluster:
            cluster.ctl("up")
            workers = cluster.status()["workers"]
            self.assertEqual({port_of(worker["address"]) for worker in workers}, set(ports))
            # No standby took a port that a worker needs, so a restart finds its own again.
            os.kill(workers[0]["pid"], 9)
            again = cluster.wait_replaced("local-0", workers[0]["pid"])
            self.assertEqual(again["address"], workers[0]["address"])
            done = cluster.ctl("scale", "4", expect=2)
            self.assertIn(f"only 3 ports for 4 workers: use --worker-port {ports[0]}:{ports[-1] + 1}", done.stderr)

    def test_listen_and_contact_address(self):
        port = FIRST_PORT + 10
        args = ["--listen-address", f"tcp://0.0.0.0:{port}", "--contact-address", f"tcp://127.0.0.1:{port}"]
        with Cluster(local(workers=1, args=args)) as cluster:
            cluster.ctl("up")
            self.assertEqual(cluster.worker("local-0")["address"], f"tcp://127.0.0.1:{port}")
            with cluster.client() as client:
                self.assertEqual(client.submit(sum, range(5)).result(timeout=20), 10)
                listening = client.run(by_value(lambda dask_worker: dask_worker.listener.listen_address))
                self.assertEqual(list(listening.values()), [f"tcp://0.0.0.0:{port}"])

    def test_impossible_combinations_start_nothing(self):
        for keys, complaint in (
            ({"args": ["--contact-address", "tcp://127.0.0.1:9000"]}, "--contact-address needs --listen-address"),
            ({"args": ["--listen-address", "tcp://:9000", "--worker-port", "9000"]}, "excludes --worker-port"),
            ({"args": ["--listen-address", "tcp://:9000", "--host", "127.0.0.1"]}, "excludes --host"),
            ({"args": ["--host", "127.0.0.1"], "interface": "lo"}, "the interface and --host exclude each other"),
            ({"workers": 2, "args": ["--worker-port", "9000"]}, "use --worker-port 9000:9001"),
            ({"interface": "nosuch0"}, "this host has no 'nosuch0', but lo"),
        ):
            with self.subTest(complaint), Cluster(local(**{"workers": 1, **keys})) as cluster:
                for verb in (("config", "check"), ("up",)):
                    done = cluster.ctl(*verb, expect=2)
                    self.assertIn("daskd.pools.local.", done.stderr)
                    self.assertIn(complaint, done.stderr)
                wait_until(lambda: not marked(cluster.mark), 10, "nothing was started")


class Options(unittest.TestCase):
    def test_interface(self):
        with Cluster(local(workers=1, interface="lo")) as cluster:
            cluster.ctl("up")
            self.assertTrue(cluster.worker("local-0")["address"].startswith("tcp://127.0.0.1:"))

    def test_resources(self):
        pools = {"cpu": {"workers": 1, "threads": 1},
                 "gpu": {"workers": 1, "threads": 1, "resources": {"GPU": 2, "MEM": 1234567890}}}
        with Cluster({"daskd": {"pools": pools}}) as cluster:
            cluster.ctl("up")
            address = cluster.worker("gpu-0")["address"]
            with cluster.client() as client:
                known = client.scheduler_info()["workers"]
                self.assertEqual(known[address]["resources"], {"GPU": 2, "MEM": 1234567890})
                futures = [client.submit(pow, 2, i, resources={"GPU": 1}) for i in range(4)]
                client.gather(futures)
                self.assertEqual({holder for holders in client.who_has(futures).values() for holder in holders},
                                 {address})


class DasksOwnConfiguration(unittest.TestCase):
    def seen_by(self, cluster, key):
        """What scheduler and workers have under `key`."""
        ask = by_value(lambda key: __import__("dask").config.get(key))
        with cluster.client() as client:
            return [client.run_on_scheduler(ask, key), *client.run(ask, key).values()]

    def test_from_files_and_from_the_environment_of_up(self):
        config = {**local(workers=2),
                  "distributed": {"scheduler": {"work_stealing": False},
                                  "worker": {"memory": {"spill": 0.55}},
                                  "comm": {"timeouts": {"connect": "17s"}}}}
        config["daskd"]["pools"]["fresh"] = {"workers": 1, "threads": 1, "spawn": "exec"}
        with Cluster(config, env={"DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE": "0.77"}) as cluster:
            cluster.ctl("up")
            expected = {"distributed.scheduler.work-stealing": False, "distributed.worker.memory.spill": 0.55,
                        "distributed.comm.timeouts.connect": "17s", "distributed.worker.memory.pause": 0.77}
            for key, value in expected.items():
                self.assertEqual(self.seen_by(cluster, key), [value] * 4, key)
            with cluster.client() as client:
                # Not only known to Dask, but in force.
                self.assertFalse(client.run_on_scheduler(by_value(
                    lambda dask_scheduler: "stealing" in dask_scheduler.periodic_callbacks)))
                spill = client.run(by_value(lambda dask_worker: dask_worker.memory_manager.memory_spill_fraction))
                self.assertEqual(set(spill.values()), {0.55})

            # A change of the file reaches all of them, the standby that takes a dead worker's place too.
            config["distributed"]["worker"]["memory"]["spill"] = 0.5
            cluster.configure(config)
            cluster.ctl("reload")
            cluster.wait_running()
            pid = cluster.worker("local-0")["pid"]
            os.kill(pid, 9)
            cluster.wait_replaced("local-0", pid)
            self.assertEqual(self.seen_by(cluster, "distributed.worker.memory.spill"), [0.5] * 4)


if __name__ == "__main__":
    unittest.main()
