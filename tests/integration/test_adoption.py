"""Whoever of daskd and its host agent dies: what runs goes on, and somebody looks after it again."""

import os
import shutil
import signal
import unittest

from daskd_testing import DASKD, Cluster, local
from processes import alive, command, marked
from waiting import wait_until


def agents(cluster: Cluster) -> list[int]:
    return [pid for pid in marked(cluster.mark) if "agent.pyz" in command(pid)]


def slow_square(x):
    __import__("time").sleep(0.05)
    return x * x


slow_square.__module__ = "__main__"  # sent by value


class Adoption(unittest.TestCase):
    def kill_both(self, cluster: Cluster) -> None:
        victims = [cluster.daemon_pid(), *agents(cluster)]
        for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped first: neither may revive the other
            for pid in victims:
                os.kill(pid, number)
        wait_until(lambda: not any(map(alive, victims)), 10, "the end of both")

    def test_the_host_agent_is_killed(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before, old = cluster.identities(), agents(cluster)
            with cluster.client() as client:
                futures = client.map(slow_square, range(60), pure=False)
                os.kill(old[0], signal.SIGKILL)
                new = wait_until(lambda: [pid for pid in agents(cluster) if pid not in old], 20, "another agent")
                wait_until(lambda: any(event["kind"] == "agent.state" and event["to"] == "ready"
                                       for event in cluster.events()[2:]), 20, "it is ready")
                self.assertEqual(sum(client.gather(futures)), sum(x * x for x in range(60)))
            self.assertEqual(cluster.identities(), before)
            self.assertEqual([worker["restarts"] for worker in cluster.status()["workers"]], [0, 0])
            os.kill(before["local-0"][0], signal.SIGKILL)
            worker = cluster.wait_replaced("local-0", before["local-0"][0])
            self.assertEqual(worker["last_exit"]["cause"], "lost")
            wait_until(lambda: agents(cluster) == new, 5, "no other agent, and no spare worker that still looks like one")

    def test_daskd_and_its_agent_are_killed_and_up_takes_over(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            with cluster.client() as client:
                futures = client.map(slow_square, range(60), pure=False)
                self.kill_both(cluster)
                status = cluster.status()
                self.assertEqual((status["state"], status["daemon"]), ("degraded", None))
                self.assertIn("daskctl up", status["warnings"][0])
                self.assertIn(f"local-0 (pid {before['local-0'][0]})", status["warnings"][0])
                cluster.ctl("status", expect=7)
                cluster.ctl("reset", expect=1)
                cluster.ctl("up")
                self.assertEqual(sum(client.gather(futures)), sum(x * x for x in range(60)))
            self.assertEqual(cluster.identities(), before)

    def test_daskd_and_its_agent_are_killed_and_down_ends_all(self):
        for command_line in (["down"], ["down", "--force"]):
            with self.subTest(command_line), Cluster(local()) as cluster:
                cluster.ctl("up")
                self.kill_both(cluster)
                done = cluster.ctl(*command_line)
                self.assertNotIn("already", done.stdout + done.stderr)
                cluster.wait_nothing_left()
                cluster.ctl("status", expect=3)

    def test_what_died_while_nobody_looked_is_restarted(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            self.kill_both(cluster)
            os.kill(before["local-1"][0], signal.SIGKILL)
            cluster.ctl("up")
            after = cluster.identities()
            self.assertEqual([after["scheduler"], after["local-0"]], [before["scheduler"], before["local-0"]])
            self.assertEqual(cluster.worker("local-1")["last_exit"]["cause"], "lost")
            self.assertEqual(cluster.worker("local-1")["restarts"], 1)

    def test_what_died_while_daskd_was_away_has_its_true_cause_even_if_the_agent_dies_too(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before, daemon = cluster.identities(), cluster.daemon_pid()
            os.kill(daemon, signal.SIGSTOP)
            os.kill(before["local-1"][0], signal.SIGKILL)
            ledger = next(cluster.runtime_dir.glob("agent-*.table"))
            wait_until(lambda: '"ended"' in ledger.read_text(), 10, "its agent has seen it")
            victims = [daemon, *agents(cluster)]
            for pid in reversed(victims):
                os.kill(pid, signal.SIGKILL)
            wait_until(lambda: not any(map(alive, victims)), 10, "the end of both")
            cluster.ctl("up")
            self.assertEqual(cluster.worker("local-1")["last_exit"]["signal"], "SIGKILL")
            self.assertEqual(cluster.identities()["local-0"], before["local-0"])

    def test_daemon_restart_and_another_binary_under_load(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before, daemon = cluster.identities(), cluster.daemon_pid()
            newer = cluster.dir / "newer"
            newer.mkdir()
            shutil.copy(DASKD, newer / "daskd")
            with cluster.client() as client:
                futures = client.map(slow_square, range(100), pure=False)
                cluster.ctl("daemon", "restart")
                cluster.env["DASKD_BINARY"] = str(newer / "daskd")
                cluster.ctl("daemon", "restart")
                self.assertEqual(sum(client.gather(futures)), sum(x * x for x in range(100)))
            status = cluster.wait_running()
            self.assertEqual(os.readlink(f"/proc/{status['daemon']['pid']}/exe"), str(newer / "daskd"))
            self.assertNotEqual(status["daemon"]["pid"], daemon)
            self.assertEqual(cluster.identities(), before)
            self.assertEqual([worker["restarts"] for worker in status["workers"]], [0, 0])


if __name__ == "__main__":
    unittest.main()
