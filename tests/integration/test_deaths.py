"""Why did it end? Each way for a worker, the scheduler or a host agent to die, and the cause that users are told."""

import json
import os
import signal
import unittest

from daskd_testing import Cluster, local
from processes import alive, parent
from waiting import wait_until


class WorkerDeaths(unittest.TestCase):
    def test_killed_by_a_signal(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            pid = cluster.worker("local-0")["pid"]
            os.kill(pid, signal.SIGKILL)
            worker = cluster.wait_replaced("local-0", pid)
            self.assertEqual(worker["restarts"], 1)
            self.assertEqual(worker["last_exit"]["cause"], "signal")
            self.assertEqual(worker["last_exit"]["signal"], "SIGKILL")
            self.assertIsNone(worker["last_exit"]["code"])
            self.assertEqual(worker["last_exit"]["text"], "killed by SIGKILL")

    def test_exit_code_and_last_words(self):
        async def give_up():  # Dask runs without waiting only what is async
            import os
            print("out of paper", file=__import__("sys").stderr, flush=True)
            os._exit(3)

        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before = cluster.worker("local-0")
            with cluster.client() as client:
                client.run(give_up, workers=[before["address"]], wait=False)
                worker = cluster.wait_replaced("local-0", before["pid"])
            self.assertEqual(worker["last_exit"]["cause"], "exit")
            self.assertEqual(worker["last_exit"]["code"], 3)
            told = [event for event in cluster.events() if event["name"] == "local-0"]
            self.assertIn("out of paper", json.dumps(told))

    def test_a_start_that_never_registers(self):
        with Cluster() as cluster:
            preload = cluster.dir / "stuck.py"
            preload.write_text("import asyncio\nasync def dask_setup(worker):\n    await asyncio.sleep(3600)\n")
            cluster.configure(local(workers=1, preload=[str(preload)], start_timeout="1s", stop_timeout="1s",
                                    backoff={"initial": "10ms", "max": "10ms"}))
            done = cluster.ctl("up", expect=7)
            self.assertIn("local-0", done.stdout + done.stderr)
            wait_until(lambda: cluster.worker("local-0")["last_exit"], 10, "an end is reported")
            self.assertEqual(cluster.worker("local-0")["last_exit"]["cause"], "start_timeout")

    def test_stopped_on_request(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            cluster.ctl("stop-worker", "local-0")
            worker = cluster.worker("local-0")
            self.assertEqual((worker["state"], worker["desired"]), ("stopped", "stopped"))
            self.assertEqual(worker["last_exit"]["cause"], "requested")


class OtherDeaths(unittest.TestCase):
    def test_scheduler_killed(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before = cluster.status()["scheduler"]
            with cluster.client() as client:
                future = client.submit(sum, range(10))
                future.result(timeout=20)
                os.kill(before["pid"], signal.SIGKILL)
                wait_until(lambda: cluster.status()["scheduler"]["pid"] not in (None, before["pid"]), 20,
                           "scheduler replaced")
            status = cluster.wait_running()
            scheduler = status["scheduler"]
            self.assertEqual(scheduler["address"], before["address"])
            self.assertEqual(scheduler["restarts"], 1)
            self.assertEqual(scheduler["last_exit"]["signal"], "SIGKILL")
            with cluster.client() as client:
                self.assertEqual(client.submit(sum, range(5)).result(timeout=20), 10)
            told = " ".join(event["text"] for event in cluster.events() if event["name"] == "scheduler")
            self.assertIn("lost", told)

    def test_nobody_saw_the_end(self):
        """A worker that outlives its host agent has no parent that could tell its exit status."""
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            pid = before["local-0"][0]
            agent = parent(pid)
            os.kill(agent, signal.SIGKILL)
            wait_until(lambda: not alive(agent) and parent(pid) != agent, 10, "agent gone")
            cluster.wait_running()
            self.assertEqual(cluster.identities(), before)
            os.kill(pid, signal.SIGKILL)
            last_exit = cluster.wait_replaced("local-0", pid)["last_exit"]
            self.assertEqual((last_exit["cause"], last_exit["code"], last_exit["signal"]), ("lost", None, None))


if __name__ == "__main__":
    unittest.main()
