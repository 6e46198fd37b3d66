"""Disks that fill up or fail, and descriptors that run out: the cluster computes on, says so, and recovers by itself."""

import json
import os
import resource
import signal
import socket
import unittest

from daskd_testing import Cluster, local
from disks import Disk, need_mounts
from processes import parent
from waiting import wait_until


def wait_degraded(cluster, *words):
    def reason():
        status = cluster.status()
        return status["state"] == "degraded" and status["reason"] or ""
    wait_until(lambda: all(word in reason() for word in words), 10, f"degraded: {words}")


def wait_recovered(cluster):
    status = cluster.wait_running(10)
    wait_until(lambda: cluster.status()["reason"] is None, 10, "no reason any more")
    return status


def kill_worker(cluster, name):
    pid = cluster.wait_replaced(name, 0)["pid"]  # it may just be starting
    os.kill(pid, signal.SIGKILL)
    cluster.wait_replaced(name, pid)


def kill_until_degraded(cluster, *words):
    """An event or two may still find room in a block that is theirs already."""
    while cluster.status()["reason"] is None:
        kill_worker(cluster, "local-0")
    wait_degraded(cluster, *words)


class FullDisk(unittest.TestCase):
    def setUp(self):
        need_mounts()

    def test_the_cluster_computes_on_and_recovers(self):
        with Cluster(local()) as cluster, Disk(cluster.state_dir) as disk:
            cluster.ctl("up")
            before = cluster.identities()
            with disk.full():
                kill_until_degraded(cluster, str(cluster.state_dir), "No space left", "make room")
                self.assertEqual(cluster.ctl("status", expect=7).stdout.count("make room"), 1)
                refused = cluster.ctl("scale", "3", expect=1).stderr
                for word in ("nothing is changed", str(cluster.state_dir), "No space left", "make room"):
                    self.assertIn(word, refused)
                cluster.ctl("stop-worker", "local-1", expect=1)
                self.assertEqual(cluster.worker_names(), ["local-0", "local-1"])
                with cluster.client() as client:
                    printing = client.map(lambda n: print("x" * 9999) or n, range(50))
                    self.assertEqual(client.gather(printing), [*range(50)])
            wait_recovered(cluster)
            after = cluster.identities()
            self.assertEqual({name for name in before if before[name] != after[name]}, {"local-0"})
            lines = (cluster.state_dir / "events.jsonl").read_text().splitlines()
            numbers = [json.loads(line)["seq"] for line in lines]
            self.assertEqual(numbers, [*range(1, len(numbers) + 1)], "the file has what was missing")
            told = [event["text"] for event in cluster.events() if event["kind"] == "cluster.notice"]
            self.assertIn("No space left", told[-2])
            self.assertIn("again", told[-1])
            cluster.ctl("scale", "3")
            self.assertEqual(json.loads((cluster.state_dir / "state.json").read_text())["scaled"], {"local": 3})

    def test_a_scheduler_that_restarts_meanwhile_gets_its_file_later(self):
        with Cluster(local(workers=1)) as cluster, Disk(cluster.state_dir) as disk:
            cluster.ctl("up")
            with disk.full():
                pid = cluster.status()["scheduler"]["pid"]
                os.kill(pid, signal.SIGKILL)
                wait_until(lambda: cluster.status()["scheduler"]["state"] == "running"
                           and cluster.status()["scheduler"]["pid"] != pid, 20, "scheduler replaced")
                kill_until_degraded(cluster, "No space left")
            wait_recovered(cluster)
            written = json.loads((cluster.state_dir / "scheduler.json").read_text())
            self.assertEqual(written["address"], cluster.status()["scheduler"]["address"])

    def test_a_daskd_that_dies_meanwhile_forgets_nothing(self):
        with Cluster(local()) as cluster, Disk(cluster.state_dir) as disk:
            cluster.ctl("up", "--workers", "3")
            before = cluster.identities()
            with disk.full():
                daemon = cluster.daemon_pid()
                last = cluster.events()[-1]["seq"]
                os.kill(daemon, signal.SIGKILL)
                wait_until(lambda: (cluster.status()["daemon"] or {"pid": daemon})["pid"] != daemon, 10, "daskd is back")
                wait_degraded(cluster, "No space left")
                self.assertEqual(cluster.identities(), before)
                self.assertGreater(cluster.events()[-1]["seq"], last)
            wait_recovered(cluster)

    def test_down_works_and_is_recorded_later(self):
        with Cluster(local()) as cluster, Disk(cluster.state_dir) as disk:
            cluster.ctl("up")
            with disk.full():
                self.assertIn("cannot be recorded", cluster.ctl("down").stderr)
                cluster.ctl("status", expect=3)
            cluster.wait_nothing_left()
            self.assertFalse(json.loads((cluster.state_dir / "state.json").read_text())["up"])

    def test_up_refuses_a_disk_that_is_full(self):
        with Cluster(local()) as cluster, Disk(cluster.state_dir) as disk:
            with disk.full():
                self.assertIn("make room", cluster.ctl("up", expect=1).stderr)
            cluster.ctl("up")


class ReadOnlyDisk(unittest.TestCase):
    def test_the_cluster_computes_on_and_recovers(self):
        need_mounts()
        with Cluster(local()) as cluster, Disk(cluster.state_dir) as disk:
            cluster.ctl("up")
            with disk.read_only():
                kill_worker(cluster, "local-0")
                self.assertIn("Read-only", cluster.ctl("scale", "3", expect=1).stderr)
                os.kill(cluster.status()["scheduler"]["pid"], signal.SIGKILL)
                wait_degraded(cluster, str(cluster.state_dir), "Read-only")
                wait_until(lambda: cluster.status()["summary"]["running"] == 2, 30, "workers are back")
                with cluster.client() as client:
                    self.assertEqual(client.submit(lambda: print("said") or 7).result(), 7)
            wait_recovered(cluster)


class NoDescriptors(unittest.TestCase):
    def test_daskd_serves_on_and_says_so(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            pid = cluster.daemon_pid()
            used = [int(name) for name in os.listdir(f"/proc/{pid}/fd")]
            limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (max(used) + 8, limits[1]))
            clients = []
            for _ in range(20):
                clients.append(socket.socket(socket.AF_UNIX))
                clients[-1].connect(str(cluster.runtime_dir / "control.sock"))
            wait_until(lambda: "descriptors" in (_status(clients[0])["reason"] or ""), 10, "it is told")
            self.assertEqual(_status(clients[0])["state"], "degraded")
            worker = next(w["pid"] for w in _status(clients[0])["workers"])
            os.kill(worker, signal.SIGKILL)
            wait_until(lambda: all(w["state"] == "running" and w["pid"] != worker
                                   for w in _status(clients[0])["workers"]), 20, "worker replaced")
            for client in clients:
                client.close()
            wait_recovered(cluster)

    def test_a_host_agent_lives_on(self):
        with Cluster(local(standby=0)) as cluster:
            cluster.ctl("up")
            before = cluster.worker("local-1")["pid"]
            agent = parent(before)
            limits = resource.prlimit(agent, resource.RLIMIT_NOFILE)
            resource.prlimit(agent, resource.RLIMIT_NOFILE, (3, limits[1]))
            os.kill(cluster.worker("local-0")["pid"], signal.SIGKILL)
            wait_until(lambda: "Too many open files" in (cluster.worker("local-0")["last_exit"] or {"text": ""})["text"],
                       20, "the start fails and says why")
            with cluster.client() as client:
                self.assertEqual(client.submit(lambda: 7).result(), 7)
            resource.prlimit(agent, resource.RLIMIT_NOFILE, limits)
            cluster.wait_running(40)
            self.assertEqual(cluster.worker("local-1")["pid"], before)
            self.assertEqual(parent(cluster.worker("local-0")["pid"]), agent)


def _status(client):
    client.settimeout(20)
    client.sendall(b'{"jsonrpc":"2.0","id":1,"method":"cluster.status"}\n')
    reply = b""
    while not reply.endswith(b"\n"):
        reply += client.recv(1 << 16)
    return json.loads(reply)["result"]


if __name__ == "__main__":
    unittest.main()
