"""Workers in jobs of a real Grid Engine."""

from __future__ import annotations

import unittest

from grid_engine import GridEngine
from queue_cluster import QueueClusterCase
from waiting import wait_until


@unittest.skipIf(GridEngine.why_not(), GridEngine.why_not())
class Jobs(QueueClusterCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.start_queue(GridEngine(slots=2), "sge")

    def listed(self) -> str:
        return self.queue.run("qstat").stdout

    def test_computes_and_comes_back_when_it_is_deleted(self) -> None:
        with self.cluster(jobs=1, resource_spec="h=localhost") as cluster:
            cluster.ctl("up", timeout=120)
            with cluster.client() as client:
                self.assertEqual(client.submit(sum, range(100)).result(timeout=60), 4950)
            job = cluster.worker("batch-0")["job_id"]
            self.queue.run("qdel", job)
            worker = cluster.wait_new_job("batch-0", job, 90)
            self.assertEqual((worker["last_exit"]["cause"], worker["last_exit"]["signal"]), ("signal", "SIGKILL"))
            cluster.ctl("down", timeout=90)
            self.assertEqual(self.listed(), "")

    def test_the_end_of_a_walltime_is_foreseen(self) -> None:
        with self.cluster(jobs=1, walltime="00:00:36") as cluster:
            cluster.ctl("up", timeout=120)
            first = cluster.worker("batch-0")
            cluster.wait_new_job("batch-0", first["job_id"], 90)
            self.assertEqual(cluster.worker("batch-0")["last_exit"]["cause"], "lifetime", "it left before the queue killed it")
            self.assertIn("its job ends soon (walltime)", cluster.texts("queue.state"))

    def test_pending_with_the_reason_that_the_queue_gives(self) -> None:
        with self.cluster(jobs=1, directives=["-pe smp 2"]) as cluster:
            cluster.ctl("up", timeout=120)
            cluster.ctl("scale", "batch=2", "--no-wait")
            reason = wait_until(lambda: cluster.workers().get("batch-1", {}).get("reason"), 60, "a reason")
            self.assertRegex(reason, "is full|only offers")
            cluster.ctl("scale", "batch=1")
            self.assertEqual(cluster.states(), {"batch-0": "running"})

    def test_what_the_queue_refuses(self) -> None:
        with self.cluster(jobs=1, queue="nope") as cluster:
            self.assertIn('unknown queue "nope"', cluster.ctl("up", expect=7, timeout=60).stderr)

    def test_a_walltime_beyond_the_clock_is_passed_on(self) -> None:
        with self.cluster(jobs=1, walltime="99:99:99") as cluster:
            cluster.ctl("up", timeout=120)
            job = cluster.worker("batch-0")["job_id"]
            self.assertIn("h_rt=362439", self.queue.run("qstat", "-j", job).stdout)


if __name__ == "__main__":
    unittest.main()
