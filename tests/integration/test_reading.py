"""Verbs that only read: logs, events, and what daskctl says of itself."""

import os
import re
import signal
import unittest

from daskd_testing import Cluster, local


def seqs(events):
    return [event["seq"] for event in events]


class Logs(unittest.TestCase):
    def test_the_last_lines(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            lines = cluster.ctl("logs", "scheduler", "-n", "2").stdout.splitlines()
            self.assertEqual(len(lines), 2)
            written = (cluster.state_dir / "logs/scheduler.log").read_text()
            self.assertIn(lines[-1], written)

    def test_several_are_prefixed(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            out = cluster.ctl("logs", "local-*", "-n", "1").stdout
            self.assertRegex(out, re.compile(r"^local-0\b", re.M))
            self.assertRegex(out, re.compile(r"^local-1\b", re.M))

    def test_follow(self):
        def say():
            print("here I am", file=__import__("sys").stderr, flush=True)

        with Cluster(local(workers=1)) as cluster:
            cluster.ctl("up")
            with cluster.start_ctl("logs", "-f", "local-0") as following, cluster.client() as client:
                following.wait_for("Registered to")
                client.run(say)
                following.wait_for("here I am")
                self.assertEqual(following.interrupt(), 0)

    def test_after_the_end_they_can_still_be_read(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            cluster.ctl("down")
            cluster.wait_nothing_left()
            self.assertTrue(cluster.ctl("logs", "daskd").stdout)


class Events(unittest.TestCase):
    def test_seq_rises_over_daemon_restarts(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            first = seqs(cluster.events())
            self.assertEqual(first, sorted(set(first)))
            cluster.ctl("daemon", "restart")
            cluster.wait_running()
            cluster.ctl("restart-worker", "local-0")
            later = seqs(cluster.events(since=first[-1]))
            self.assertTrue(later)
            self.assertEqual(later, sorted(set(later)))
            self.assertGreater(later[0], first[-1])

    def test_each_change_of_state_with_its_cause(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            pid = cluster.worker("local-0")["pid"]
            since = seqs(cluster.events())[-1]
            os.kill(pid, signal.SIGKILL)
            cluster.wait_replaced("local-0", pid)
            told = [event for event in cluster.events(since) if event["kind"] == "worker.state"]
            self.assertEqual({event["name"] for event in told}, {"local-0"})
            self.assertEqual(told[0]["from"], "running")
            self.assertEqual(told[0]["cause"]["signal"], "SIGKILL")
            self.assertEqual(told[-1]["to"], "running")
            for earlier, later in zip(told, told[1:]):
                self.assertEqual(earlier["to"], later["from"])

    def test_follow(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            with cluster.start_ctl("events", "-f", "--json-lines") as following:
                following.wait_for('"')
                cluster.ctl("stop-worker", "local-1")
                line = following.wait_for('"to":"stopped"')
                self.assertIn("local-1", line)
                self.assertEqual(following.interrupt(), 0)


class Itself(unittest.TestCase):
    def test_version_and_help(self):
        with Cluster() as cluster:
            self.assertRegex(cluster.ctl("--version").stdout, r"\d+\.\d+\.\d+")
            self.assertIn("--workers", cluster.ctl("help", "up").stdout)

    def test_a_mistyped_verb(self):
        with Cluster() as cluster:
            self.assertIn("status", cluster.ctl("statsu", expect=2).stderr)


if __name__ == "__main__":
    unittest.main()
