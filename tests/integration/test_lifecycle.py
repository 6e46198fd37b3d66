"""The lifecycle table of the contract, line by line: each verb and each death against each state of the daemon."""

import contextlib
import json
import os
import shutil
import signal
import unittest

from daskd_testing import Cluster, local
from processes import alive, identity, kill_all, marked
from waiting import wait_until


def has_socket(pid):
    for entry in list(os.scandir(f"/proc/{pid}/fd")):
        with contextlib.suppress(FileNotFoundError):  # closed again
            if os.readlink(entry.path).startswith("socket:"):
                return True
    return False


class WithoutDaemon(unittest.TestCase):
    def test_up_with_the_same_file_again_is_no_surprise(self):
        with Cluster(local()) as cluster:
            for name in ("mine.yaml", "other.yaml"):
                (cluster.dir / "work" / name).write_text("daskd: {log_size: 1MiB}\n")
            cluster.ctl("up", "--config", "mine.yaml")
            self.assertNotIn("warning", cluster.ctl("up", "--config", "mine.yaml").stderr)
            self.assertIn("warning", cluster.ctl("up", "--config", "other.yaml").stderr)

    def test_status_says_down_and_starts_nothing(self):
        with Cluster(local()) as cluster:
            done = cluster.ctl("status", "--json", expect=3)
            status = json.loads(done.stdout)
            self.assertEqual(status["state"], "down")
            self.assertIsNone(status["daemon"])
            self.assertEqual(marked(cluster.mark), [])

    def test_down_has_nothing_to_do(self):
        with Cluster(local()) as cluster:
            done = cluster.ctl("down")
            self.assertIn("already down", done.stdout + done.stderr)
            self.assertEqual(marked(cluster.mark), [])

    def test_up_starts_daskd_and_cluster_and_down_ends_both(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            status = cluster.status()
            self.assertEqual(status["state"], "running")
            self.assertEqual([worker["state"] for worker in status["workers"]], ["running", "running"])
            self.assertLessEqual({worker["pid"] for worker in status["workers"]}, set(marked(cluster.mark)),
                                 "or no test could see what is left behind")
            cluster.ctl("status", expect=0)
            cluster.ctl("down")
            cluster.wait_nothing_left()
            cluster.ctl("status", expect=3)


class WithClusterDown(unittest.TestCase):
    def test_status_down_and_up(self):
        with Cluster(local()) as cluster:
            cluster.ctl("daemon", "start")
            daemon = identity(cluster.rpc("daemon.info")["pid"])
            cluster.ctl("status", expect=3)
            cluster.ctl("down")
            cluster.ctl("up")
            self.assertEqual(cluster.state(), "running")
            cluster.ctl("down")
            self.assertEqual(identity(cluster.rpc("daemon.info")["pid"]), daemon, "`up` did not start it")

    def test_killed_daskd_comes_back_idle(self):
        with Cluster(local()) as cluster:
            cluster.ctl("daemon", "start")
            os.kill(cluster.rpc("daemon.info")["pid"], signal.SIGKILL)
            cluster.wait_nothing_left()
            cluster.ctl("status", expect=3)
            cluster.ctl("daemon", "start")
            cluster.ctl("status", expect=3)

    def test_terminated_daskd_ends(self):
        with Cluster(local()) as cluster:
            cluster.ctl("daemon", "start")
            os.kill(cluster.rpc("daemon.info")["pid"], signal.SIGTERM)
            cluster.wait_nothing_left()


class WithClusterUp(unittest.TestCase):
    def test_second_up_changes_nothing(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            cluster.ctl("up")
            self.assertEqual(cluster.identities(), before)

    def test_up_starts_what_is_missing(self):
        with Cluster(local(restart="never")) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            os.kill(before["local-0"][0], signal.SIGKILL)
            wait_until(lambda: cluster.worker("local-0")["pid"] is None, 10, "local-0 noticed as dead")
            cluster.ctl("status", expect=7)
            cluster.ctl("up")
            after = cluster.identities()
            self.assertNotEqual(after.pop("local-0"), before.pop("local-0"))
            self.assertEqual(after, before)

    def test_killed_daskd_is_revived_and_adopts_all(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before, daemon = cluster.identities(), cluster.daemon_pid()
            os.kill(daemon, signal.SIGKILL)
            wait_until(lambda: (cluster.status()["daemon"] or {"pid": daemon})["pid"] != daemon, 20, "daskd revived")
            status = cluster.wait_running()
            self.assertEqual(cluster.identities(), before)
            self.assertEqual([worker["restarts"] for worker in status["workers"]], [0, 0])

    def test_terminated_daskd_stops_all_and_the_next_start_restores_it(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            os.kill(cluster.daemon_pid(), signal.SIGTERM)
            cluster.wait_nothing_left()
            cluster.ctl("status", expect=3)
            cluster.ctl("daemon", "start")
            cluster.wait_running()
            ends = [(event["name"], event["text"]) for event in cluster.events() if event["to"] == "stopped"]
            self.assertEqual(sorted(name for name, _ in ends), ["local-0", "local-1", "scheduler"], "each once")
            self.assertTrue(all(text.startswith("stopped on request") for _, text in ends), ends)

    def test_daemon_restart_leaves_the_cluster_alone(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before, daemon = cluster.identities(), cluster.daemon_pid()
            cluster.ctl("daemon", "restart")
            cluster.wait_running()
            self.assertEqual(cluster.identities(), before)
            self.assertNotEqual(cluster.daemon_pid(), daemon)
            self.assertFalse(alive(daemon))

    def test_client_shutdown_is_the_owners_down(self):
        with Cluster(local()) as cluster:
            cluster.ctl("daemon", "start")
            cluster.ctl("up")
            with cluster.client() as client:
                client.shutdown()
            wait_until(lambda: cluster.state() == "down", 20, "cluster down")
            cluster.ctl("daemon", "restart")
            cluster.ctl("status", expect=3)

    def test_up_is_not_lost_with_a_daskd_that_ends_meanwhile(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before, daemon = cluster.identities(), cluster.daemon_pid()
            os.kill(daemon, signal.SIGSTOP)  # the kernel still accepts connections for it
            with cluster.start_ctl("up") as up:
                wait_until(lambda: has_socket(up.process.pid), 10, "a question to daskd")
                os.kill(daemon, signal.SIGKILL)
                self.assertEqual(up.finish(), 0, up.output)
            self.assertEqual(cluster.identities(), before)

    def test_up_after_a_reboot_needs_no_reset(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            kill_all(cluster.mark)
            shutil.rmtree(cluster.runtime_dir)
            state_file = cluster.state_dir / "state.json"
            state = json.loads(state_file.read_text())
            del state["checksum"]
            state_file.write_text(json.dumps({**state, "boot_id": "00000000-0000-0000-0000-000000000000"}))
            cluster.ctl("up")
            self.assertEqual(cluster.state(), "running")


if __name__ == "__main__":
    unittest.main()
