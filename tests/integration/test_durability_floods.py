"""A task that floods its log, or forks without end: others are served as ever, and what it has started ends with it."""

import os
import signal
import statistics
import time
import unittest

from daskd_testing import Cluster, local
from processes import alive
from waiting import wait_until

LIMIT = 16 << 20


class Floods(unittest.TestCase):
    def during(self, cluster, future):
        """Restarts local-1 and asks for the status until `future` is done: how long each takes, in seconds."""
        replaced, asked = [], []
        while not future.done() or not replaced:
            pid = cluster.worker("local-1")["pid"]
            os.kill(pid, signal.SIGKILL)
            begin = time.monotonic()
            cluster.wait_replaced("local-1", pid)
            replaced.append(time.monotonic() - begin)
            begin = time.monotonic()
            cluster.rpc("cluster.status")
            asked.append(time.monotonic() - begin)
        return statistics.median(replaced), max(asked)

    def test_a_log_flooded_at_100_megabytes_a_second(self):
        def flood(seconds):
            """100 MB/s to the worker's log."""
            import os
            import time
            block = (b"x" * 99 + b"\n") * 20_000
            begin, number = time.monotonic(), 0
            while number / 50 < seconds:
                os.write(1, block)
                number += 1
                time.sleep(max(0, begin + number / 50 - time.monotonic()))
            return number * len(block)

        config = local(workers=2, backoff={"initial": "10ms", "max": "10ms"})
        config["daskd"]["log_size"] = "16MiB"
        with Cluster(config) as cluster:
            cluster.ctl("up")
            logs = cluster.state_dir / "logs"

            def total():
                sizes = []
                for suffix in ("", ".1", ".2", ".3", ".4"):
                    try:
                        sizes.append((logs / f"local-0.log{suffix}").stat().st_size)
                    except FileNotFoundError:
                        pass
                return sum(sizes)

            with cluster.client() as client:
                future = client.submit(flood, 6, workers=[cluster.worker("local-0")["address"]])
                most = 0
                end = time.monotonic() + 3
                while time.monotonic() < end:
                    most = max(most, total())
                    time.sleep(0.01)
                replaced, asked = self.during(cluster, future)
                self.assertGreater(future.result(timeout=60), 500_000_000)
            self.assertLess(max(most, total()), 6 * LIMIT)
            self.assertLess(replaced, 2)
            self.assertLess(asked, 1)
            self.assertEqual(cluster.worker("local-0")["restarts"], 0)
            wait_until(lambda: (logs / "local-0.log").stat().st_size <= LIMIT, 10, "the last rotation")
            self.assertTrue((logs / "local-0.log.3").exists())
            self.assertFalse((logs / "local-0.log.4").exists())

    def test_ten_thousand_short_lived_processes(self):
        def fork_many(count):
            """Each is left to the host agent: the shell between has ended."""
            import subprocess
            script = f"i=0; while [ $i -lt {count} ]; do ( : & ); (setsid true &); i=$((i+2)); done"
            subprocess.run(["sh", "-c", script], check=True)
            return count

        with Cluster(local(workers=2, backoff={"initial": "10ms", "max": "10ms"})) as cluster:
            cluster.ctl("up")
            with cluster.client() as client:
                future = client.submit(fork_many, 10_000, workers=[cluster.worker("local-0")["address"]])
                replaced, asked = self.during(cluster, future)
                self.assertEqual(future.result(timeout=60), 10_000)
            self.assertLess(replaced, 3)
            self.assertLess(asked, 1)
            self.assertEqual(cluster.worker("local-0")["restarts"], 0)

    def test_what_a_task_left_ends_with_its_worker(self):
        def leave_behind(count):
            import subprocess
            script = f"i=0; while [ $i -lt {count} ]; do (setsid sleep 1000 >/dev/null 2>&1 & echo $!); i=$((i+1)); done"
            return list(map(int, subprocess.run(["sh", "-c", script], check=True, capture_output=True).stdout.split()))

        with Cluster(local(workers=2)) as cluster:
            cluster.ctl("up")
            worker = cluster.worker("local-0")
            with cluster.client() as client:
                left = client.submit(leave_behind, 200, workers=[worker["address"]]).result(timeout=60)
            self.assertTrue(all(map(alive, left)))
            os.kill(worker["pid"], signal.SIGKILL)
            begin = time.monotonic()
            cluster.wait_replaced("local-0", worker["pid"])
            self.assertLess(time.monotonic() - begin, 10)
            wait_until(lambda: not any(map(alive, left)), 10, "nothing is left")
            self.assertEqual(cluster.worker("local-1")["restarts"], 0)


if __name__ == "__main__":
    unittest.main()
