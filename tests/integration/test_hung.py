"""A registered worker that hangs is found and replaced; one that works so hard that it cannot speak is left alone."""

import os
import signal
import unittest

from daskd_testing import Cluster, local


def hanging(liveness="4s", **dask):
    return {**local(workers=2, liveness=liveness), "distributed": {"scheduler": {"allowed-failures": 0, **dask}}}


class Hung(unittest.TestCase):
    def replaced(self, cluster, pid, text):
        worker = cluster.wait_replaced("local-0", pid)
        self.assertEqual(worker["last_exit"]["cause"], "hung")
        self.assertRegex(worker["last_exit"]["text"], text)
        other = cluster.worker("local-1")
        self.assertEqual((other["restarts"], other["state"]), (0, "running"))

    def test_a_stopped_process(self):
        with Cluster(hanging()) as cluster:
            cluster.ctl("up")
            pid = cluster.worker("local-0")["pid"]
            os.kill(pid, signal.SIGSTOP)
            self.replaced(cluster, pid, r"^silent for .* and stopped \(state T\)")

    def test_silent_without_cpu_time(self):
        def hang():
            import ctypes
            ctypes.PyDLL(None).sleep(60)  # with the GIL

        with Cluster(hanging()) as cluster:
            cluster.ctl("up")
            before = cluster.worker("local-0")
            with cluster.client() as client:
                future = client.submit(hang, workers=[before["address"]], key="hanging")
                self.replaced(cluster, before["pid"], "^silent for .* without using the CPU; it was working on hanging$")
                del future

    def test_a_task_that_holds_the_gil_is_left_alone(self):
        def hold():
            import os
            import sys
            import time
            interval = sys.getswitchinterval()
            sys.setswitchinterval(1000)
            end = time.monotonic() + 10
            while time.monotonic() < end:
                pass
            sys.setswitchinterval(interval)
            return os.getpid()

        with Cluster(hanging()) as cluster:
            cluster.ctl("up")
            before = cluster.worker("local-0")
            with cluster.client() as client:
                future = client.submit(hold, workers=[before["address"]])
                self.assertEqual(future.result(timeout=30), before["pid"])
            self.assertEqual([w["restarts"] for w in cluster.status()["workers"]], [0, 0])

    def test_dropped_by_dask_for_its_silence(self):
        with Cluster(hanging(liveness="60s", **{"worker-ttl": "1s"})) as cluster:
            cluster.ctl("up")
            pid = cluster.worker("local-0")["pid"]
            os.kill(pid, signal.SIGSTOP)
            self.replaced(cluster, pid, "^silent for Dask's worker-ttl")


if __name__ == "__main__":
    unittest.main()
