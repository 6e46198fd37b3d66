"""Workers in jobs of a real Slurm."""

from __future__ import annotations

import os
import signal
import unittest

from daskd_testing import HAS_FAULTS
from queue_cluster import QueueClusterCase
from slurm import Slurm
from waiting import wait_until


@unittest.skipIf(Slurm.why_not(), Slurm.why_not())
class Jobs(QueueClusterCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.start_queue(Slurm(nodes=2, cpus=2), "slurm")

    def listed(self) -> str:
        return self.queue.run("squeue", "--noheader", "--format=%i %j %T").stdout

    def cancel(self, *ids: str) -> None:
        self.queue.run("scancel", *ids)

    def test_groups_come_compute_and_go_together(self) -> None:
        with self.cluster(cores=2, processes=2, jobs=1) as cluster:
            cluster.ctl("up", timeout=120)
            workers = cluster.workers()
            self.assertEqual(set(workers), {"batch-0-0", "batch-0-1"})
            self.assertEqual(len(cluster.job_ids()), 1)
            # Until the queue has been asked, it is what the node calls itself.
            wait_until(lambda: cluster.worker("batch-0-0")["host"] in ("node1", "node2"), 30, "the queue's name of the node")
            with cluster.client() as client:
                self.assertEqual(client.submit(sum, range(100)).result(timeout=60), 4950)
            cluster.ctl("scale", "batch=3", timeout=120)
            self.assertEqual(len(cluster.workers()), 4, "a third worker needs another job")
            cluster.ctl("scale", "batch=2")
            wait_until(lambda: "batch-1" not in self.listed(), 30, "the second job cancelled")
            self.assertEqual(set(cluster.states().values()), {"running"})
            before = cluster.worker("batch-0-1")
            cluster.ctl("restart-worker", "batch-0-0")
            self.assertEqual(cluster.worker("batch-0-0")["job_id"], before["job_id"], "in its place")
            self.assertEqual(cluster.worker("batch-0-1")["pid"], before["pid"])
            self.assertIn("Start worker at", cluster.ctl("logs", "batch-0-0", "-n", "100").stdout)
            cluster.ctl("down")
            self.assertEqual(self.listed().split(), [], "down waits until the queue has none of them")

    def test_a_job_that_is_cancelled_from_outside(self) -> None:
        with self.cluster(jobs=1) as cluster:
            cluster.ctl("up", timeout=120)
            job = cluster.worker("batch-0")["job_id"]
            self.cancel(job)
            worker = cluster.wait_new_job("batch-0", job)
            self.assertEqual(worker["last_exit"]["cause"], "cancelled")
            self.assertIn(f"job {job} was cancelled", cluster.texts("queue.state batch-0"))

    def test_pending_for_lack_of_room(self) -> None:
        with self.cluster(cores=2, jobs=3) as cluster:
            with cluster.start_ctl("up") as up:
                cluster.wait_states({"batch-0": "running", "batch-1": "running", "batch-2": "pending"}, 120)
                waiting = wait_until(lambda: cluster.worker("batch-2")["reason"], 30, "the queue's reason")
                self.assertIn(waiting, ("Resources", "Priority"))
                self.assertIsNone(up.process.poll(), "up waits")
                self.assertEqual(cluster.status()["summary"]["pending"], 1)
                cluster.ctl("scale", "batch=2")
                self.assertEqual(up.finish(), 0)

    def test_daskd_is_killed_meanwhile(self) -> None:
        with self.cluster(cores=2, jobs=3) as cluster:
            cluster.ctl("up", "--no-wait")
            cluster.wait_states({"batch-0": "running", "batch-1": "running", "batch-2": "pending"}, 120)
            jobs = self.listed().split()
            before = cluster.identities()
            os.kill(cluster.daemon_pid(), signal.SIGKILL)
            wait_until(lambda: cluster.ctl("status", "--json", expect=None).stdout, 30, "another daskd")
            cluster.wait_states({"batch-0": "running", "batch-1": "running", "batch-2": "pending"}, 60)
            after = cluster.identities()
            self.assertEqual(after, before, "the same processes go on")
            self.assertEqual(self.listed().split(), jobs, "none submitted twice, none forgotten")
            cluster.ctl("down")
            self.assertEqual(self.listed().split(), [])

    @unittest.skipUnless(HAS_FAULTS, "a build without DASKD_FAULTS")
    def test_daskd_dies_while_it_submits(self) -> None:
        for step in ("job.kept", "job.submitted"):
            with self.subTest(step), self.cluster(jobs=1) as cluster:
                fault = cluster.dir / "fault"
                fault.write_text(step)
                cluster.env["DASKD_FAULT"] = str(fault)
                cluster.ctl("up", expect=None)
                self.assertFalse(fault.exists(), "it has struck")
                cluster.ctl("up", timeout=120)
                self.assertEqual(cluster.states(), {"batch-0": "running"})
                self.assertEqual(len(self.listed().splitlines()), 1, "submitted once")
                cluster.ctl("down")
                self.assertEqual(self.listed().split(), [])

    def test_a_request_that_can_never_run(self) -> None:
        with self.cluster(cores=64, jobs=1) as cluster:
            done = cluster.ctl("up", expect=7, timeout=60)
            self.assertIn("will not start as it is", done.stderr)
            self.assertIn("PartitionConfig", done.stderr)

    def test_what_the_queue_refuses(self) -> None:
        with self.cluster(jobs=1, queue="nope") as cluster:
            done = cluster.ctl("up", expect=7, timeout=60)
            self.assertIn("invalid partition specified: nope", done.stderr)

    def test_adapts_from_none(self) -> None:
        adapt = {"minimum": 0, "maximum": 4, "interval": "500ms", "wait_count": 2}
        with self.cluster(cores=2, processes=2, adapt=adapt) as cluster:
            cluster.ctl("up", timeout=60)
            self.assertEqual(cluster.states(), {})
            with cluster.client() as client:
                self.assertEqual(client.submit(sum, range(100)).result(timeout=90), 4950)
                self.assertEqual(len(cluster.workers()), 2, "a whole job")
            wait_until(lambda: not cluster.states() and not self.listed().split(), 60, "no job is left without work")


if __name__ == "__main__":
    unittest.main()
