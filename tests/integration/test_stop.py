"""A stop really stops: what ignores SIGTERM, and what has left its session and its parent."""

import time
import unittest

from daskd_testing import Cluster, local
from processes import alive
from waiting import wait_until


def stubborn():
    """A function that makes its worker ignore SIGTERM and start a child in another session; it returns the child's pid.

    Nor does the worker hear from the scheduler's answers to its heartbeats that it has been retired.
    """
    def defy(dask_worker):
        import signal
        import subprocess
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        dask_worker.periodic_callbacks["heartbeat"].stop()
        child = subprocess.Popen(["sh", "-c", "trap '' TERM; sleep 1000 & wait"], start_new_session=True)
        return child.pid
    return defy


class Stop(unittest.TestCase):
    def test_stop_timeout_ends_the_whole_tree(self):
        with Cluster(local(stop_timeout="1s")) as cluster:
            cluster.ctl("up")
            worker = cluster.worker("local-0")
            with cluster.client() as client:
                child = client.run(stubborn(), workers=[worker["address"]])[worker["address"]]
            began = time.monotonic()
            cluster.ctl("stop-worker", "local-0")
            self.assertLess(time.monotonic() - began, 6)
            self.assertFalse(alive(worker["pid"]))
            wait_until(lambda: not alive(child), 10, "its child is gone")
            self.assertEqual(cluster.worker("local-0")["last_exit"]["signal"], "SIGKILL")
            self.assertEqual(cluster.worker("local-0")["last_exit"]["cause"], "requested")

    def test_down_leaves_nothing(self):
        for verb in (["down"], ["down", "--force"]):
            with self.subTest(" ".join(verb)), Cluster(local(stop_timeout="1s")) as cluster:
                cluster.ctl("up")
                with cluster.client() as client:
                    client.run(stubborn())
                cluster.ctl(*verb)
                cluster.wait_nothing_left()


if __name__ == "__main__":
    unittest.main()
