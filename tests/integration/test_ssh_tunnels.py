"""Workers on other machines where only port 22 is open: all that Dask says goes through the SSH connections."""

import json
import os
import signal
import time
import unittest

from processes import alive, command, marked
from ssh_cluster import EXCHANGE, SshCluster, SshClusterCase, connections
from waiting import wait_until

COMPUTATION = """
made = [client.submit(bytes, 1000, workers=[worker], pure=False) for worker in client.scheduler_info()["workers"]]
futures = client.map(lambda x, data: time.sleep(0.2) or x + sum(map(len, data)), range(80), data=made, pure=False)
print("begun", flush=True)
print("result", sum(client.gather(futures)), flush=True)
"""
RESULT = f"result {sum(range(80)) + 80 * 4 * 1000}"


class Tunnels(SshClusterCase):
    WANTED = {"h1": {"MaxSessions": 1}, "h2": {"MaxSessions": 2, "AllowTcpForwarding": "no"}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hosts.allow_ssh_only()

    def cluster(self, local=0, **pool):
        cluster = SshCluster(self.hosts, **{"hosts": ["h1", "h2"], "workers": 2, "tunnel": True, **pool})
        if local:
            config = json.loads(cluster.config_file.read_text())
            config["daskd"]["pools"]["local"] = {"workers": local, "threads": 1}
            cluster.configure(config)
        return cluster

    def assert_exchange(self, cluster, workers):
        self.assertEqual(cluster.compute(EXCHANGE), f"{workers} True")

    def test_all_workers_exchange_data(self):
        refused = self.hosts["h1"].inside(["bash", "-c", "echo >/dev/tcp/10.77.0.12/22"], check=False)
        self.assertIn("unreachable", refused.stderr)
        with self.cluster(local=1) as cluster:
            cluster.ctl("up")
            self.assertTrue(cluster.status()["scheduler"]["address"].startswith("tcp://127.0.0.1:"))
            self.assert_exchange(cluster, 5)
            ports = {worker["address"].rpartition(":")[2] for worker in cluster.status()["workers"]}
            self.assertEqual(len(ports), 5)
            self.assertEqual([connections(self.hosts, name) for name in ("h1", "h2")], [1, 1])

            # A spare worker takes over on a port of its own, and others reach it; so do those that a client restarts.
            pid = cluster.pids()["lab-h1-0"]
            self.hosts["h1"].inside(["kill", "-KILL", str(pid)])
            cluster.wait_replaced("lab-h1-0", pid)
            cluster.ctl("scale", "lab=6")
            self.assert_exchange(cluster, 7)
            before = cluster.pids()
            cluster.compute("client.restart_workers([w for w in client.scheduler_info()['workers']], timeout=30)")
            cluster.wait_running(30)
            self.assertFalse(set(before.items()) & set(cluster.pids().items()))
            self.assert_exchange(cluster, 7)
            cluster.ctl("down")
            self.assert_nothing_left(timeout=5)
            self.assertEqual(list(cluster.runtime_dir.glob("tunnel*")), [])

    def survive(self, harm, mend=lambda: None):
        """`harm(cluster)` loses a link in the middle of a computation, which goes on with the same processes."""
        with self.cluster() as cluster:
            cluster.ctl("up")
            pids = cluster.pids()
            with cluster.start_computing(COMPUTATION) as computing:
                computing.wait_for("begun")
                harm(cluster)
                mend()
                computing.wait_for(RESULT, 60)
            cluster.wait_running(30)
            self.assertEqual(cluster.pids(), pids)
            self.assert_exchange(cluster, 4)

    def test_a_link_that_is_cut_for_some_seconds(self):
        def cut(cluster):
            self.hosts.cut("h1")
            self.addCleanup(self.hosts.restore, "h1")
            cluster.wait_states(20, lab_h1_0="unreachable", lab_h2_0="running")
        self.survive(cut, lambda: self.hosts.restore("h1"))

    def test_the_session_is_killed(self):
        self.survive(lambda _: self.hosts.drop_sessions("h1"))

    def test_daskd_is_killed(self):
        def kill(cluster):
            daemon = cluster.daemon_pid()
            os.kill(daemon, signal.SIGKILL)
            wait_until(lambda: (cluster.status()["daemon"] or {}).get("pid", daemon) != daemon, 20, "the next daskd")
        self.survive(kill)

    def test_mouths_that_are_killed_are_replaced(self):
        with self.cluster() as cluster:
            cluster.ctl("up")
            for pids, its_workers in ((self.hosts["h1"].pids, "lab-h1-"), (self.hosts["h2"].pids, "lab-h2-"),
                                      (lambda: marked(cluster.mark), "lab-")):
                def mouths():
                    return [pid for pid in pids() if " mouth " in command(pid)]
                [before] = mouths()
                cut_off = {name: pid for name, pid in cluster.pids().items() if name.startswith(its_workers)}
                os.kill(before, signal.SIGKILL)
                wait_until(lambda: not alive(before) and mouths(), 20, "the next mouth")
                # Their connections were lost with it, so they are replaced: what is new must be reached.
                for name, pid in cut_off.items():
                    cluster.wait_replaced(name, pid)
                cluster.wait_running(30)
                self.assert_exchange(cluster, 4)

    def test_a_port_that_a_host_lacks(self):
        with self.cluster(workers=1) as cluster:
            cluster.ctl("up")
            port = int(cluster.worker("lab-h1-0")["address"].rpartition(":")[2])
            cluster.ctl("down")
            with self.hosts["h2"].listening(port):
                cluster.ctl("up")
                self.assertNotEqual(cluster.worker("lab-h1-0")["address"].rpartition(":")[2], str(port))
                self.assert_exchange(cluster, 2)
                cluster.ctl("down")
            scheduler = json.loads((cluster.state_dir / "state.json").read_text())["scheduler_port"]
            with self.hosts["h2"].listening(scheduler):
                cluster.ctl("up", expect=7)
                self.assertEqual(cluster.states(), {"lab-h1-0": "running", "lab-h2-0": "failed"})
                self.assertIn(f"port {scheduler}, at which its workers reach the scheduler", cluster.texts())
                self.assertIn("daskd.scheduler.port", cluster.texts())

    def test_one_host_by_two_names_and_this_machine_itself(self):
        with self.cluster(hosts=["h1", self.hosts["h1"].address], workers=1) as cluster:
            cluster.ctl("up")
            self.assert_exchange(cluster, 2)
            # The first name's mouth listened for both: what went through it begins anew by the other's.
            remaining = self.hosts["h1"].address
            config = json.loads(cluster.config_file.read_text())
            config["daskd"]["pools"]["lab"]["hosts"] = [remaining]
            cluster.configure(config)
            cluster.ctl("reload")
            [(name, pid)] = cluster.pids().items()
            self.hosts["h1"].inside(["kill", "-KILL", str(pid)], check=False)  # it may have ended by itself: see above
            cluster.wait_replaced(name, pid)
            self.assertEqual(cluster.compute("print(client.submit(sum, [1, 2]).result(timeout=30))"), "3")
            cluster.ctl("down")
            self.assert_nothing_left(timeout=5)

    def test_a_host_that_is_wanted_again_while_it_is_let_go(self):
        with self.cluster(workers=1) as cluster:
            cluster.ctl("up")
            for moment_s in (0, 0.1, 0.3, 1):  # how long the mouth's end is held up
                [mouth] = [pid for pid in self.hosts["h1"].pids() if " mouth " in command(pid)]
                os.kill(mouth, signal.SIGSTOP)
                cluster.ctl("stop-worker", "--force", "lab-h1-0")
                with self.subTest(moment_s=moment_s), cluster.start_ctl("start-worker", "lab-h1-0") as starting:
                    time.sleep(moment_s)
                    os.kill(mouth, signal.SIGCONT)
                    self.assertEqual(starting.finish(), 0, starting.output)
            self.assert_exchange(cluster, 2)
            self.assertEqual(connections(self.hosts, "h1"), 1)
            self.assertEqual([event for event in cluster.events() if event.get("to") == "unreachable"], [])
            cluster.ctl("down")
            self.assert_nothing_left(timeout=5)

    def test_a_daskd_that_is_gone_for_good_leaves_nothing(self):
        with self.cluster(orphan_timeout="1s") as cluster:
            cluster.ctl("up")
            cluster.rpc("daemon.stop", {"leave_cluster": True})
            self.assert_nothing_left(timeout=60)


if __name__ == "__main__":
    unittest.main()
