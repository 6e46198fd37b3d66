"""Workers on other machines: up, down, and what is wrong with a host."""

import json
import unittest

from ssh_cluster import SshCluster, SshClusterCase, connections, daskish
from waiting import wait_until


class Hosts(SshClusterCase):
    WANTED = {"h1": {"MaxSessions": 2}, "h2": {}, "h3": {}}

    def test_up_compute_kill_down(self):
        with SshCluster(self.hosts, hosts=["h1"], workers=2) as cluster:
            cluster.ctl("up")
            self.assertEqual(cluster.states(), {"lab-h1-0": "running", "lab-h1-1": "running"})
            self.assertTrue(cluster.status()["scheduler"]["address"].startswith("tls://10.77.0.1:"))
            self.assertEqual(cluster.worker("lab-h1-0")["host"], "h1")
            where = cluster.compute("import socket; print(set(client.run(socket.gethostname).values()))")
            self.assertEqual(where, "{'h1'}")
            pid = cluster.pids()["lab-h1-0"]
            self.hosts["h1"].inside(["kill", "-KILL", str(pid)])
            cluster.wait_replaced("lab-h1-0", pid)
            self.assertEqual(cluster.worker("lab-h1-0")["last_exit"]["signal"], "SIGKILL")
            self.assertEqual(cluster.compute("print(sum(client.gather(client.map(abs, range(100)))))"), "4950")
            cluster.ctl("down")
            self.assert_nothing_left(timeout=5)
            wait_until(lambda: connections(self.hosts, "h1") == 0, 5, "no connection")

    def test_sixteen_workers_on_one_of_three_hosts_share_a_connection(self):
        hosts = [{"host": "h1", "workers": 16}, "h2", "h3"]
        with SshCluster(self.hosts, hosts=hosts, workers=1) as cluster:
            cluster.ctl("up")
            code = "import socket, collections; print(sorted(collections.Counter(client.run(socket.gethostname).values()).items()))"
            self.assertEqual(cluster.compute(code), "[('h1', 16), ('h2', 1), ('h3', 1)]")
            self.assertEqual([connections(self.hosts, name) for name in ("h1", "h2", "h3")], [1, 1, 1])
            cluster.ctl("down")
            self.assert_nothing_left(timeout=5)

    def test_two_agents_of_a_host_share_a_connection(self):
        with SshCluster(self.hosts, hosts=["h1"], workers=1) as cluster:
            pool = {"launcher": "ssh", "threads": 1, "hosts": ["h1"], "workers": 1}
            cluster.configure({"daskd": {"pools": {"a": pool, "b": {**pool, "env": {"FRUIT": "pear"}}}}})
            cluster.ctl("up")
            self.assertEqual(cluster.states(), {"a-h1-0": "running", "b-h1-0": "running"})
            self.assertEqual(connections(self.hosts, "h1"), 1)

    def test_the_number_of_workers_follows_from_the_host(self):
        with SshCluster(self.hosts, hosts=["h2"]) as cluster:
            cluster.ctl("up")
            cores = int(self.hosts["h2"].inside(["nproc"]).stdout)
            self.assertEqual(len(cluster.states()), cores)
            self.assertEqual(cluster.status()["pools"][0]["desired"], cores)
            pids = cluster.pids()
            cluster.ctl("reload")
            self.assertEqual(cluster.pids(), pids)

    def test_a_refused_key_is_told_with_its_remedy(self):
        with SshCluster(self.hosts, hosts=["h1", {"host": "h2", "identity": [str(self.hosts.keys / "id_stranger")]}],
                        workers=1) as cluster:
            told = cluster.ctl("up", expect=7)
            self.assertEqual(cluster.states(), {"lab-h1-0": "running", "lab-h2-0": "failed"})
            self.assertIn("h2", told.stdout + told.stderr)
            self.assertIn("ssh-copy-id", cluster.texts())

    def test_a_changed_host_key_is_refused_until_it_is_mended(self):
        wrong = self.hosts.directory / "wrong_known_hosts"
        wrong.write_text(self.hosts.known_hosts.read_text().replace(self.hosts["h2"].key(), self.hosts["h3"].key()))
        with SshCluster(self.hosts, hosts=["h1", {"host": "h2", "known_hosts": str(wrong)}], workers=1) as cluster:
            cluster.ctl("up", expect=7)
            self.assertEqual(cluster.states(), {"lab-h1-0": "running", "lab-h2-0": "failed"})
            self.assertIn("ssh-keygen", cluster.texts())
            self.assertEqual(daskish(self.hosts["h2"]), [])
            wrong.write_text(self.hosts.known_hosts.read_text())
            cluster.ctl("up")
            self.assertEqual(cluster.states(), {"lab-h1-0": "running", "lab-h2-0": "running"})

    def test_an_interpreter_that_is_not_there(self):
        with SshCluster(self.hosts, hosts=["h1"], workers=1, python="/no/python3") as cluster:
            cluster.ctl("up", expect=7)
            self.assertIn("there is no interpreter /no/python3", cluster.texts())
            self.assertIn("set the pool's python", cluster.texts())

    def test_a_scheduler_that_a_host_cannot_reach_is_told_within_seconds(self):
        with SshCluster(self.hosts, hosts=["h1"], workers=1) as cluster:
            config = json.loads(cluster.config_file.read_text())
            config["daskd"]["scheduler"] = {"host": "127.0.0.1"}
            cluster.configure(config)
            cluster.ctl("up", "--no-wait")
            wait_until(lambda: "h1 cannot reach the scheduler at tcp://127.0.0.1:" in cluster.texts(), 15, "it is told")
            self.assertIn("Connection refused", cluster.texts())
            self.assertIn("daskd.scheduler.host", cluster.texts())

    def test_logs_that_are_elsewhere(self):
        with SshCluster(self.hosts, hosts=["h1", "h2"], workers=1) as cluster:
            cluster.ctl("up")
            path = cluster.worker("lab-h1-0")["log"].removeprefix("~/")
            file = self.hosts["h1"].home / path
            wait_until(lambda: cluster.ctl("logs", "lab-h1-0", "-n", "3").stdout.splitlines() ==
                       file.read_text().splitlines()[-3:], 10, "the last lines, of a worker that may still write some")
            self.assertIn("lab-h2-0  | ", cluster.ctl("logs").stdout)
            with cluster.start_ctl("logs", "-f", "lab-*", "-n", "1") as following:
                following.wait_for("lab-h2-0 | ")
                cluster.compute("client.run(print, 'from all')")
                for name in ("lab-h1-0", "lab-h2-0"):
                    following.wait_for(f"{name} | from all")
                self.hosts.drop_sessions("h1")
                wait_until(lambda: "is lost" in cluster.texts(), 10, "the loss is told")
                cluster.wait_running(20)
                cluster.compute("client.run(print, 'after the loss')")
                following.wait_for("lab-h1-0 | after the loss")
            self.hosts.halt("h2")
            cluster.wait_states(20, lab_h2_0="unreachable")
            self.assertIn("h2, which cannot be reached now", cluster.ctl("logs", "lab-h2-0", expect=1).stderr)
            told = cluster.ctl("logs", "lab-*")
            self.assertIn("h2, which cannot be reached now", told.stderr)
            self.assertIn("after the loss", told.stdout)
        self.hosts.boot("h2")

    def test_a_host_that_is_down_joins_when_it_returns(self):
        self.hosts.halt("h3")
        try:
            with SshCluster(self.hosts, hosts=["h1", "h3"], workers=1) as cluster:
                told = cluster.ctl("up", expect=7)
                self.assertEqual(cluster.states(), {"lab-h1-0": "running", "lab-h3-0": "unreachable"})
                self.assertEqual(cluster.state(), "degraded")
                self.assertIn("h3", told.stdout + told.stderr)
                self.assertEqual(cluster.compute("print(sum(client.gather(client.map(abs, range(100)))))"), "4950")
                self.hosts.boot("h3")
                cluster.wait_running(timeout=45)
                cluster.ctl("down")
                self.assert_nothing_left(timeout=5)
        finally:
            if not self.hosts["h3"].space:
                self.hosts.boot("h3")


if __name__ == "__main__":
    unittest.main()
