"""What Dask's clients and schedulers ask of nannies works with daskd's workers, which have none."""

import os
import signal
import unittest

from daskd_testing import Cluster, local
from processes import alive, command, marked, parent
from waiting import wait_until


def nannies(client) -> dict:
    return {str(worker["name"]): worker["nanny"] for worker in client.scheduler_info()["workers"].values()}


def desks(cluster) -> list[int]:
    return [pid for pid in marked(cluster.mark) if command(pid) == "daskd nanny desk"]


class RestartByClients(unittest.TestCase):
    def test_restart(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            with cluster.client() as client:
                client.submit(sum, [1, 2]).result(timeout=20)
                client.restart(timeout=20)
                self.assertEqual(client.submit(sum, [1, 2]).result(timeout=20), 3)
                status = cluster.wait_running()
                self.assertEqual(len(client.run(os.getpid)), 2)
            after = cluster.identities()
            self.assertEqual(before.pop("scheduler"), after.pop("scheduler"))
            for worker in status["workers"]:
                self.assertNotEqual(before[worker["name"]], after[worker["name"]])
                self.assertEqual(worker["last_exit"]["cause"], "client_restart")
                self.assertEqual(worker["restarts"], 1)

    def test_restart_does_not_wait_for_tasks(self):
        with Cluster(local(stop_timeout="60s")) as cluster:
            cluster.ctl("up")
            with cluster.client() as client:
                pids = set(client.run(os.getpid).values())
                task = client.submit(lambda: __import__("time").sleep(60))
                wait_until(lambda: any(client.processing().values()), 20, "the task")
                client.restart(timeout=20)
                self.assertEqual(task.status, "cancelled")
                cluster.wait_running()
                self.assertFalse(pids & set(client.run(os.getpid).values()))

    def test_restart_workers(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            address = cluster.worker("local-1")["address"]
            with cluster.client() as client:
                client.restart_workers([address], timeout=20)
                # The call has waited for the successor.
                workers = client.sync(client.scheduler.identity)["workers"]
                self.assertEqual(len(workers), 2)
                self.assertNotIn(address, workers)
            cluster.wait_running()
            after = cluster.identities()
            self.assertEqual(before["local-0"], after["local-0"])
            self.assertNotEqual(before["local-1"], after["local-1"])
            self.assertEqual(cluster.worker("local-1")["last_exit"]["cause"], "client_restart")

    def test_again_and_again_it_is_no_failure(self):
        with Cluster(local(workers=1, backoff={"initial": "30s", "max": "30s"},
                           max_restarts={"count": 1, "within": "1h"})) as cluster:
            cluster.ctl("up")
            with cluster.client() as client:
                for _ in range(3):
                    client.restart(timeout=10)
            self.assertEqual(cluster.worker("local-0")["last_exit"]["cause"], "client_restart")

    def test_of_fresh_interpreters(self):
        with Cluster(local(workers=1, spawn="exec")) as cluster:
            cluster.ctl("up")
            with cluster.client() as client:
                client.restart_workers([cluster.worker("local-0")["address"]], timeout=30)
            self.assertEqual(cluster.wait_running()["workers"][0]["last_exit"]["cause"], "client_restart")


class Questions(unittest.TestCase):
    def test_code_for_nannies_is_refused(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            with cluster.client() as client:
                with self.assertRaisesRegex(RuntimeError, "client.run"):
                    client.run(os.getpid, nanny=True)
                logs = client.get_worker_logs(nanny=True)
                self.assertEqual(len(logs), 2)
                self.assertIn("Worker process", str(logs))

    def test_a_nanny_plugin_is_refused(self):
        from distributed.diagnostics.plugin import Environ

        with Cluster(local()) as cluster:
            cluster.ctl("up")
            with cluster.client() as client, self.assertRaisesRegex(RuntimeError, "env:"):
                client.register_worker_plugin(Environ({"A": "1"}), nanny=True)

    def test_each_has_its_own_and_keeps_it(self):
        """Plugins that restart workers once remember nannies by their address."""
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            with cluster.client() as client:
                before = nannies(client)
                self.assertEqual(len(set(before.values())), 2)
                pid = cluster.worker("local-0")["pid"]
                os.kill(pid, signal.SIGKILL)
                cluster.wait_replaced("local-0", pid)
                wait_until(lambda: nannies(client) == before, 10, "the same nannies")


class Causes(unittest.TestCase):
    def test_retired_by_a_client(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            causes = []
            with cluster.client() as client:
                # A heartbeat that comes before the order to close has Dask 2022.12 close it for another reason.
                while "retired" not in causes and len(causes) < 3:
                    pid = cluster.worker("local-0")["pid"]
                    client.retire_workers(names=["local-0"], close_workers=True, remove=True)
                    causes.append(cluster.wait_replaced("local-0", pid)["last_exit"]["cause"])
            self.assertIn("retired", causes)

    def test_told_while_daskd_was_away(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            with cluster.client() as client:
                nanny = nannies(client)["local-0"]
                daskd = cluster.daemon_pid()
                os.kill(daskd, signal.SIGSTOP)
                try:
                    # The desk and the agent are enough.
                    client.sync(kill, nanny)
                    self.assertFalse(alive(before["local-0"][0]))
                finally:
                    os.kill(daskd, signal.SIGKILL)
            cluster.wait_running()
            self.assertEqual(cluster.worker("local-0")["last_exit"]["cause"], "client_restart")
            self.assertEqual(cluster.identities()["local-1"], before["local-1"])


async def kill(nanny):
    from distributed.core import rpc

    async with rpc(nanny) as peer:
        await peer.kill(reason="test", timeout=10)


class DeadDesk(unittest.TestCase):
    def test_is_replaced_and_holds_nobody_up(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            (desk,) = wait_until(lambda: desks(cluster), 10, "the desk")
            os.kill(desk, signal.SIGKILL)
            wait_until(lambda: desks(cluster) not in ([], [desk]), 10, "another desk")
            with cluster.client() as client:
                client.restart(timeout=20)
            self.assertEqual(cluster.wait_running()["workers"][0]["last_exit"]["cause"], "client_restart")

    def test_of_a_dead_agent_still_answers(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            (desk,) = wait_until(lambda: desks(cluster), 10, "the desk")
            with cluster.client() as client:
                client.get_worker_logs(nanny=True)
                os.kill(parent(desk), signal.SIGKILL)
                client.restart(timeout=20)
                cluster.wait_running()
                self.assertEqual(client.submit(sum, [1, 2]).result(timeout=20), 3)


if __name__ == "__main__":
    unittest.main()
