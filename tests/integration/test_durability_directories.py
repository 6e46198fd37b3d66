"""Directories and files of a running cluster are removed: they are there again, and nothing ends."""

import json
import os
import shutil
import signal
import stat
import unittest

from daskd_testing import Cluster, local
from processes import parent
from waiting import wait_until

SOCKETS = ("control.sock", "scheduler.sock")


def has_sockets(cluster):
    agents = [*cluster.runtime_dir.glob("agent-*.sock")]
    return bool(agents) and all((cluster.runtime_dir / name).exists() for name in SOCKETS)


def kill_daskd(cluster):
    """Its successor answers when this returns."""
    pid = cluster.daemon_pid()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: (cluster.status()["daemon"] or {"pid": pid})["pid"] != pid, 20, "daskd is back")


class Directories(unittest.TestCase):
    def test_the_runtime_directory(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            pid = cluster.daemon_pid()
            shutil.rmtree(cluster.runtime_dir, ignore_errors=True)
            wait_until(lambda: has_sockets(cluster), 5, "sockets made again")
            self.assertEqual(stat.S_IMODE(os.stat(cluster.runtime_dir).st_mode), 0o700)
            for name in ("daemon.lock", "agent.pyz"):
                wait_until((cluster.runtime_dir / name).exists, 5, name)
            self.assertEqual(cluster.daemon_pid(), pid)
            self.assertEqual(cluster.identities(), before)
            kill_daskd(cluster)
            cluster.wait_running()
            self.assertEqual(cluster.identities(), before, "the next daskd has found them all")
            cluster.ctl("restart-worker", "local-0")

    def test_the_runtime_directory_while_daskd_dies(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            pid = cluster.daemon_pid()
            os.kill(pid, signal.SIGSTOP)  # it cannot put anything right
            shutil.rmtree(cluster.runtime_dir, ignore_errors=True)
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: has_sockets(cluster), 20, "sockets made again")
            cluster.wait_running()
            self.assertNotEqual(cluster.daemon_pid(), pid)
            self.assertEqual(cluster.identities(), before)

    def test_single_files_of_it(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            for name in os.listdir(cluster.runtime_dir):
                if not (cluster.runtime_dir / name).is_dir():
                    os.unlink(cluster.runtime_dir / name)
            wait_until(lambda: has_sockets(cluster), 5, "sockets made again")
            kill_daskd(cluster)
            cluster.wait_running()
            self.assertEqual(cluster.identities(), before)

    def test_the_state_directory(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up", "--workers", "3")
            before = cluster.identities()
            shutil.rmtree(cluster.state_dir, ignore_errors=True)
            for name in ("state.json", "events.jsonl", "scheduler.json", "logs"):
                wait_until((cluster.state_dir / name).exists, 5, name)
            self.assertTrue(json.loads((cluster.state_dir / "state.json").read_text())["up"])
            kill_daskd(cluster)
            cluster.wait_running()
            self.assertEqual(cluster.identities(), before)

    def test_logs_go_on_in_a_new_directory(self):
        with Cluster(local(workers=1)) as cluster:
            cluster.ctl("up")
            shutil.rmtree(cluster.state_dir / "logs", ignore_errors=True)
            log = cluster.state_dir / "logs/local-0.log"
            with cluster.client() as client:
                client.submit(lambda: print("said after")).result()
            wait_until(lambda: log.exists() and "said after" in log.read_text(), 10, "the running worker's words")
            cluster.ctl("restart-worker", "local-0")
            wait_until(lambda: "Start worker" in log.read_text(), 10, "its successor's words")
            wait_until((cluster.state_dir / "logs/daskd.log").exists, 5, "daskd's log")


class State(unittest.TestCase):
    """daskd is dead, its agent stopped, and what was wanted is spoilt; then the agent starts another daskd."""

    def spoil(self, cluster, *files):
        before = cluster.identities()
        agent = parent(cluster.worker("local-0")["pid"])
        daemon = cluster.daemon_pid()
        os.kill(agent, signal.SIGSTOP)
        os.kill(daemon, signal.SIGKILL)
        for file in files:
            file.write_text(file.read_text()[:100] if file.exists() else "{")
        os.kill(agent, signal.SIGCONT)
        wait_until(lambda: cluster.status()["daemon"], 20, "daskd is back")
        cluster.wait_running()
        self.assertEqual(cluster.identities(), before)
        return " ".join(event["text"] for event in cluster.events() if event["kind"] == "cluster.notice")

    def test_with_the_copy_nothing_is_lost(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up", "--workers", "3")
            told = self.spoil(cluster, cluster.state_dir / "state.json", cluster.state_dir / "state.json.bak")
            self.assertIn("nothing is lost", told)

    def test_without_it_what_runs_is_taken_over(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            told = self.spoil(cluster, cluster.state_dir / "state.json", cluster.state_dir / "state.json.bak",
                              cluster.runtime_dir / "state.json")
            self.assertIn("still run: they are taken over", told)
            self.assertTrue(json.loads((cluster.state_dir / "state.json").read_text())["up"])


if __name__ == "__main__":
    unittest.main()
