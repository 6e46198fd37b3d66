"""daskd's dialect of Slurm against the real one."""

import unittest

from queue_dialect import Dialect, QueueTest, script
from slurm import Slurm
from waiting import wait_until


@unittest.skipIf(Slurm.why_not(), Slurm.why_not())
class SlurmDialect(QueueTest):
    def setUp(self) -> None:
        self.slurm = Dialect("slurm", self.started(Slurm(nodes=2, cpus=2)))

    def submit(self, commands: str, *directives: str) -> str:
        return self.slurm.submit(script("#SBATCH", commands, "--job-name=a|b", *directives))

    def test_computes_in_a_job(self) -> None:
        self.compute_in_a_job(self.slurm)

    def test_jobs_that_wait(self) -> None:
        running = [self.submit("sleep 100", "--cpus-per-task=2") for _ in range(2)]
        for job in running:
            listed = self.slurm.wait_state(job, "running")
            self.assertIn(listed["node"], ("node1", "node2"))
            self.assertEqual(listed["name"], "a|b")
        waits = self.submit("true")
        too_large = self.submit("true", "--cpus-per-task=64")
        held = self.submit("true", "--hold")
        self.assertEqual(self.slurm.wait_state(held, "held")["reason"], "JobHeldUser")
        self.assertEqual(self.slurm.wait_state(too_large, "impossible")["reason"], "PartitionConfig")
        wait_until(lambda: self.slurm.jobs()[waits]["reason"], 20, "a reason to wait")
        self.assertEqual(self.slurm.jobs()[waits]["state"], "pending")
        self.slurm.cancel(waits, *running)
        for job in (waits, *running):
            self.assertEqual(self.slurm.wait_state(job, "ended")["end"]["cause"], "cancelled")

    def test_jobs_that_end(self) -> None:
        ends = {"exit 0": {"cause": "exit", "code": 0}, "exit 3": {"cause": "exit", "code": 3},
                "sleep 1; kill -KILL $$": {"cause": "signal", "signal": 9}}
        for commands, expected in ends.items():
            end = self.slurm.wait_state(self.submit(commands), "ended")["end"]
            self.assertEqual({key: end.get(key) for key in expected}, expected, f"{commands}: {end}")
        unwritable = self.submit("true", "--output=/nonexistent/log")
        self.assertEqual(self.slurm.wait_state(unwritable, "ended")["end"]["cause"], "not_started")

    def test_time_limit(self) -> None:
        job = self.submit("sleep 100", "--time=1")
        self.slurm.wait_state(job, "running")
        # A minute is the least that Slurm takes.
        self.slurm.queue.run("scontrol", "update", f"JobId={job}", "EndTime=now", user="root")
        self.assertEqual(self.slurm.wait_state(job, "ended", timeout=100)["end"]["cause"], "walltime")

    def test_a_node_that_goes_down(self) -> None:
        again = self.submit("sleep 100", "--nodelist=node1", "--requeue")
        never = self.submit("sleep 100", "--nodelist=node1", "--no-requeue")
        for job in (again, never):
            self.slurm.wait_state(job, "running")
        self.slurm.queue.run("scontrol", "update", "NodeName=node1", "State=DOWN", "Reason=test", user="root")
        self.assertEqual(self.slurm.wait_state(never, "ended")["end"]["cause"], "node_failure")
        self.assertTrue(self.slurm.wait_state(again, "pending")["was_requeued"])

    def test_refusals(self) -> None:
        answer = self.slurm.try_submit(script("#SBATCH", "true", "--partition=nope"))
        self.assertIn("invalid partition specified: nope", answer["error"])


if __name__ == "__main__":
    unittest.main()
