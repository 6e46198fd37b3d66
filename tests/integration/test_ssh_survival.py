"""What happens to workers on other machines when something between them and daskd dies."""

import os
import signal
import unittest

from processes import alive
from ssh_cluster import EXCHANGE, SshCluster, SshClusterCase, daskish
from waiting import wait_until

COMPUTATION = """
futures = client.map(lambda x: time.sleep(0.2) or x * x, range(100), pure=False)
print("begun", flush=True)
print("result", sum(client.gather(futures)), flush=True)
"""
RESULT = f"result {sum(x * x for x in range(100))}"


class Survival(SshClusterCase):
    WANTED = {"h1": {}, "h2": {}}

    def cluster(self, **pool):
        return SshCluster(self.hosts, **{"hosts": ["h1", "h2"], "workers": 2, **pool})

    def agent_of(self, name):
        """Its host's agent, as this machine numbers it."""
        def is_agent(pid):
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
            return b"--socket" in words
        return next(pid for pid in self.hosts[name].pids() if is_agent(pid))

    def test_a_link_that_is_cut_for_some_seconds(self):
        with self.cluster() as cluster:
            cluster.ctl("up")
            pids = cluster.pids()
            with cluster.start_computing(COMPUTATION) as computing:
                computing.wait_for("begun")
                self.hosts.cut("h1")
                cluster.wait_states(20, lab_h1_0="unreachable", lab_h2_0="running")
                self.assertEqual(cluster.state(), "degraded")
                self.hosts.restore("h1")
                computing.wait_for(RESULT, 60)
            cluster.wait_running(30)
            self.assertEqual(cluster.pids(), pids)
            cluster.ctl("down")
            self.assert_nothing_left(timeout=5)

    def test_five_percent_of_all_packets_are_lost(self):
        for name in ("h1", "h2"):
            self.hosts.shape(name, 10, 5)
            self.addCleanup(self.hosts.restore, name)
        with self.cluster() as cluster:
            cluster.ctl("up")
            pids = cluster.pids()
            self.assertEqual(cluster.compute(EXCHANGE.replace("4_000_000", "100_000")), "4 True")
            with cluster.start_computing(COMPUTATION) as computing:
                computing.wait_for(RESULT, 60)
            self.assertEqual(cluster.pids(), pids)
            cluster.ctl("down")
            self.assert_nothing_left(timeout=15)

    def test_the_session_is_killed(self):
        with self.cluster() as cluster:
            cluster.ctl("up")
            pids = cluster.pids()
            self.hosts.drop_sessions("h1")
            wait_until(lambda: "is lost" in cluster.texts(), 10, "the loss is told")
            cluster.wait_running(20)
            self.assertEqual(cluster.pids(), pids)

    def test_the_agent_is_killed(self):
        with self.cluster() as cluster:
            cluster.ctl("up")
            pids = cluster.pids()
            dead = self.agent_of("h1")
            os.kill(dead, signal.SIGKILL)
            wait_until(lambda: not alive(dead) and any("--socket" in line for line in daskish(self.hosts["h1"])), 20,
                       "the next agent")
            cluster.wait_running(20)
            self.assertEqual(cluster.pids(), pids)
            cluster.ctl("restart-worker", "lab-h1-0")
            self.assertNotEqual(cluster.pids()["lab-h1-0"], pids["lab-h1-0"])
            cluster.ctl("down")
            self.assert_nothing_left(timeout=5)

    def test_daskd_is_killed_and_the_next_one_adopts(self):
        with SshCluster(self.hosts, hosts=["h1", "h2"]) as cluster:  # as many workers as the hosts say
            cluster.ctl("up")
            pids, daemon = cluster.pids(), cluster.daemon_pid()
            os.kill(daemon, signal.SIGKILL)
            wait_until(lambda: (cluster.status()["daemon"] or {}).get("pid", daemon) != daemon, 20, "the next daskd")
            cluster.wait_running(20)
            self.assertEqual(cluster.pids(), pids)
            self.assertEqual(cluster.compute("print(sum(client.gather(client.map(abs, range(100)))))"), "4950")
            cluster.ctl("down")
            self.assert_nothing_left(timeout=5)

    def test_a_daskd_that_is_gone_for_good_leaves_nothing_once_the_work_is_done(self):
        with self.cluster(orphan_timeout="1s") as cluster:
            cluster.ctl("up")
            with cluster.start_computing(COMPUTATION) as computing:
                computing.wait_for("begun")
                cluster.rpc("daemon.stop", {"leave_cluster": True})
                computing.wait_for(RESULT, 60)
            self.assert_nothing_left(timeout=40)


if __name__ == "__main__":
    unittest.main()
