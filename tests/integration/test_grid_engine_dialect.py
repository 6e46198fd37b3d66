"""daskd's dialect of Grid Engine against the real one."""

import unittest

from grid_engine import GridEngine
from queue_dialect import Dialect, QueueTest, script
from waiting import wait_until


@unittest.skipIf(GridEngine.why_not(), GridEngine.why_not())
class GridEngineDialect(QueueTest):
    def setUp(self) -> None:
        self.sge = Dialect("sge", self.started(GridEngine(slots=4)))

    def submit(self, commands: str, *directives: str) -> str:
        return self.sge.submit(script("#$", commands, "-N a|b", "-cwd", "-j y", "-S /bin/bash", *directives))

    def test_computes_in_a_job(self) -> None:
        self.compute_in_a_job(self.sge, resource_spec="h=localhost", directives=["-pe smp 2"])

    def test_jobs_that_wait(self) -> None:
        running = self.submit("sleep 100", "-pe smp 4")
        listed = self.sge.wait_state(running, "running")
        self.assertEqual((listed["name"], listed["node"]), ("a|b", "localhost"))
        waits = self.submit("true", "-pe smp 2")
        held = self.submit("true", "-h")
        failed = self.submit("exit 100", "-l h_rt=100")
        again = self.submit("exit 99")
        self.sge.wait_state(waits, "pending")
        self.sge.wait_state(held, "held")
        reason = wait_until(lambda: self.sge.reason(waits), 20, "a reason to wait")
        self.assertRegex(reason, "is full|only offers")
        self.sge.cancel(running)
        self.sge.wait_state(failed, "impossible")
        self.assertIn("exit_status of job start = 100", self.sge.reason(failed))
        wait_until(lambda: self.sge.jobs()[again]["was_requeued"], 40, "put back into the queue")

    def test_jobs_that_end(self) -> None:
        ends = {self.submit("exit 3"): {"cause": "exit", "code": 3},
                self.submit("sleep 1; kill -KILL $$"): {"cause": "signal", "signal": 9},
                self.submit("sleep 100", "-l h_rt=0:0:2"): {"cause": "walltime"}}
        deleted = self.submit("sleep 100")
        self.sge.wait_state(deleted, "running")
        self.sge.cancel(deleted)
        ends[deleted] = {"cause": "signal", "signal": 9}
        for job, expected in ends.items():
            end = self.sge.wait_end(job)
            self.assertEqual({key: end.get(key) for key in expected}, expected, end)

    def test_refusals(self) -> None:
        answer = self.sge.try_submit(script("#$", "true", "-q nope"))
        self.assertIn('unknown queue "nope"', answer["error"])


if __name__ == "__main__":
    unittest.main()
