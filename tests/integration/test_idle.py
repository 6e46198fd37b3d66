"""A cluster that ends on purpose, by Dask's idle timeout or a client's shutdown, is down and stays down."""

import importlib
import os
import shutil
import signal
import time
import unittest

from daskd_testing import DASKD, Cluster, local
from processes import alive, command, marked
from waiting import wait_until


def idle_after(idle_timeout):
    config = local(workers=1)
    config["daskd"]["scheduler"] = {"idle_timeout": idle_timeout}
    return config


class Idle(unittest.TestCase):
    def assert_down_and_said_so(self, cluster, why):
        cluster.wait_nothing_left()
        self.assertEqual(cluster.status()["reason"], why)
        self.assertIn(why, cluster.ctl("status", expect=3).stdout)
        last = [event for event in cluster.events() if event["kind"] == "cluster.state"][-1]
        self.assertEqual((last["to"], last["text"]), ("down", why))
        ends = [event["text"] for event in cluster.events() if event["name"] == "scheduler" and event["to"] == "stopped"]
        self.assertEqual(ends, ["stopped because the cluster was idle (exited with code 0)"])

    def test_an_idle_cluster_goes_down_and_stays_down(self):
        with Cluster(idle_after("2s")) as cluster:
            cluster.ctl("up")
            self.assert_down_and_said_so(cluster, "idle for 2 s (idle_timeout)")
            cluster.ctl("daemon", "start")
            self.assertEqual(cluster.state(), "down", "the intent is recorded")
            cluster.ctl("daemon", "stop")
            cluster.ctl("up")
            self.assertEqual(cluster.state(), "running", "an owner who wants it again gets it")

    def test_work_keeps_it_up(self):
        importlib.import_module("distributed")  # on a slow machine the cluster's patience would not last for it
        with Cluster(idle_after("3s")) as cluster:
            cluster.ctl("up")
            with cluster.client() as client:
                for _ in range(2):
                    client.submit(time.sleep, 4, pure=False).result(timeout=20)
                self.assertEqual(cluster.state(), "running")

    def test_as_dask_is_configured(self):
        with Cluster({**local(workers=1), "distributed": {"scheduler": {"idle-timeout": "2s"}}}) as cluster:
            cluster.ctl("up")
            self.assert_down_and_said_so(cluster, "idle for 2 s (idle_timeout)")


class Shutdown(unittest.TestCase):
    def test_while_daskd_is_away(self):
        with Cluster(local(workers=1), env={"DASKD_BINARY": None}) as cluster:
            # A daskd of our own, that can be made to vanish: its agent finds no program to start again.
            program = cluster.dir / "daskd"
            shutil.copy(DASKD, program)
            cluster.env["DASKD_BINARY"] = str(program)
            cluster.ctl("daemon", "start")
            cluster.ctl("up")
            with cluster.client() as client:
                daemon, scheduler = cluster.daemon_pid(), cluster.status()["scheduler"]["pid"]
                program.rename(cluster.dir / "away")
                os.kill(daemon, signal.SIGKILL)
                wait_until(lambda: not alive(daemon), 10, "daskd gone")
                client.shutdown()
            wait_until(lambda: not alive(scheduler), 20, "scheduler gone")
            (cluster.dir / "away").rename(program)
            cluster.ctl("daemon", "start")
            wait_until(lambda: cluster.status()["state"] == "down", 10, "what was left has ended")
            cluster.ctl("status", expect=3)
            self.assertEqual(cluster.status()["reason"], "a client called Client.shutdown() while daskd was away")
            cluster.ctl("daemon", "restart")
            cluster.ctl("status", expect=3)
            cluster.ctl("up")
            cluster.ctl("daemon", "restart")
            self.assertEqual(cluster.wait_running()["reason"], None, "that word is not heard twice")

    def test_before_a_new_daskd_has_connected(self):
        with Cluster(local(workers=1)) as cluster:
            cluster.ctl("up")
            scheduler = cluster.status()["scheduler"]["pid"]
            (agent,) = [pid for pid in marked(cluster.mark) if "agent.pyz" in command(pid)]
            with cluster.client() as client:
                os.kill(agent, signal.SIGSTOP)  # so that the next daskd does not hear what it has
                try:
                    os.kill(cluster.daemon_pid(), signal.SIGKILL)
                    cluster.ctl("daemon", "start")
                    client.shutdown()
                    wait_until(lambda: not alive(scheduler), 20, "scheduler gone")
                finally:
                    os.kill(agent, signal.SIGCONT)
            wait_until(lambda: cluster.status()["state"] == "down", 10, "what was left has ended")
            self.assertEqual(cluster.status()["reason"], "a client called Client.shutdown() while daskd was away")
            starts = [event for event in cluster.events() if event["name"] == "scheduler" and event["to"] == "running"]
            self.assertEqual(len(starts), 1, "nobody has started it again")


if __name__ == "__main__":
    unittest.main()
