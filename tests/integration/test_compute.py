"""What a cluster is for: computing, with Dask's own client, also while workers die."""

import os
import random
import signal
import subprocess
import sys
import time
import unittest

from daskd_testing import Cluster, local
from waiting import wait_until

# Dask fetches functions of a test module by name, which workers cannot import: what they run is written inside the tests.


class Compute(unittest.TestCase):
    def test_without_configuration_it_is_laid_out_as_local_cluster(self):
        from distributed.deploy.utils import nprocesses_nthreads
        from distributed.system import MEMORY_LIMIT

        processes, threads = nprocesses_nthreads()
        with Cluster() as cluster:
            cluster.ctl("up")
            workers = cluster.status()["workers"]
            self.assertEqual(len(workers), processes)
            for worker in workers:
                self.assertEqual(worker["threads"], threads)
                self.assertAlmostEqual(worker["memory_limit_bytes"], MEMORY_LIMIT / processes, delta=2**20)
            with cluster.client() as client:
                self.assertEqual(client.submit(sum, range(10)).result(timeout=20), 45)
            cluster.ctl("down")

    def test_each_worker_has_its_own_random_numbers(self):
        sources = {
            "random": lambda: __import__("random").random(),
            "numpy": lambda: __import__("numpy").random.random(),
        }
        with Cluster(local(workers=4, warm=["numpy"])) as cluster:
            cluster.ctl("up")
            with cluster.client() as client:
                for name, draw in sources.items():
                    with self.subTest(name):
                        drawn = client.run(draw)
                        self.assertEqual(len(drawn), 4)
                        self.assertEqual(len(set(drawn.values())), 4, drawn)

    def test_client_restart(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            with cluster.client() as client:
                client.restart(timeout=30)
                self.assertEqual(client.submit(sum, range(10)).result(timeout=20), 45)
            for worker in cluster.wait_running()["workers"]:
                self.assertEqual(worker["last_exit"]["cause"], "client_restart")

    def test_env_leads_a_client_to_the_cluster(self):
        program = "from distributed import Client; print(Client(timeout=20).submit(sum, range(10)).result())"
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            exports = cluster.ctl("env").stdout
            done = subprocess.run(["bash", "-c", f'{exports}\nexec "$@"', "bash", sys.executable, "-c", program],
                                  env=cluster.env, capture_output=True, text=True, timeout=60)
            self.assertEqual(done.stdout.strip(), "45", done.stderr)

    def test_right_sum_through_a_hundred_kills(self):
        tasks, kills = 2000, 100

        def slow_square(i):
            time.sleep(0.02)
            return i * i

        config = local(workers=4, backoff={"initial": "10ms", "max": "100ms", "reset_after": "1s"})
        config["distributed"] = {"scheduler": {"allowed-failures": 1000}}
        with Cluster(config) as cluster:
            cluster.ctl("up")
            chance = random.Random(1)

            def kill_one() -> bool:
                running = [worker["pid"] for worker in cluster.status()["workers"] if worker["state"] == "running"]
                if not running:
                    return False
                try:
                    os.kill(chance.choice(running), signal.SIGKILL)
                except ProcessLookupError:  # the last one that was killed, and status was quicker
                    return False
                return True

            with cluster.client() as client:
                futures = client.map(slow_square, range(tasks), pure=False)
                for _ in range(kills):
                    wait_until(kill_one, 30, "a worker to kill")
                    time.sleep(chance.uniform(0, 0.05))  # so that deaths meet every moment of a start
                results = client.gather(futures)
            self.assertEqual(sum(results), sum(i * i for i in range(tasks)))
            status = cluster.wait_running()
            self.assertGreaterEqual(sum(worker["restarts"] for worker in status["workers"]), kills * 0.9)


if __name__ == "__main__":
    unittest.main()
