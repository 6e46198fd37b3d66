"""An agent in a job of a queue: it comes out of a script, is spoken to through the scheduler, and ends with its job."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path
from typing import Any

from support import ROOT, LinkCase, is_alive, wait_until

NAME = "dask-batch-0-0a1b2c"


def loader() -> str:
    """What daskd's scripts begin with, as private_file.cpp has it."""
    text = (ROOT / "daemon/queue/private_file.cpp").read_text().partition("constexpr auto loader")[2]
    return "".join(re.findall(r'R"\((.*?)\)"', text.partition(";\n\n")[0]))


def carried() -> str:
    """The program, as a script carries it."""
    spec = importlib.util.spec_from_file_location("pack", ROOT / "daemon/agent/pack/pack.py")
    assert spec is not None and spec.loader is not None
    pack = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pack)
    text = pack.as_text([file for part in pack.PACKAGES for file in (ROOT / "daemon" / part).glob("*.py")]).decode()
    return "\n" + "\n".join(text[at : at + 100] for at in range(0, len(text), 100))


class Job(LinkCase):
    def setUp(self) -> None:
        super().setUp()
        self.start_scheduler()
        self.job: subprocess.Popen | None = None
        self.node = self.path(f"daskd-{os.getuid()}")  # where agents of jobs have their directories
        self.addCleanup(self._end_job)

    def start_job(self, **order: Any) -> subprocess.Popen:
        """As a queue starts its script: in a session of its own, which the queue will kill."""
        told = {"name": NAME, "scheduler": self.snapshot["address"], "dask_config": {}, "files": {}, "warm": [],
                "walltime_s": None, "leaving_s": 0, "orphan_timeout_s": 600, "join_timeout_s": 60, **order}
        private = self.write("private", f"export OF_THE_JOB='a b'\n# {json.dumps(told)}\n")
        os.chmod(private, 0o600)
        script = '. "$1"; exec "$2" -I -c "$3" "$1" "$4"'
        with open(self.path("job.log"), "ab") as log:
            self.job = subprocess.Popen(
                ["sh", "-c", script, "sh", private, sys.executable, loader(), carried()],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, "TMPDIR": self.directory},
            )
        return self.job

    def _end_job(self) -> None:
        if self.job is not None:
            try:
                os.killpg(self.job.pid, signal.SIGKILL)
            except OSError:
                pass
            self.job.wait()

    def say(self, **message: Any) -> None:
        self.link.send(op="relay", job=NAME, message=message)

    def hear(self, event: str) -> dict:
        """The next event of this kind from the agent."""
        while True:
            message = self.link.expect("relayed", job=NAME)["message"]
            if message["event"] == event:
                return message

    def greet_job(self) -> dict:
        self.link.expect("reporter", job=NAME, is_there=True)
        self.link.send(op="relay_open", job=NAME)
        self.say(op="hello", protocol=[1, 1], revive=None, orphan_timeout_s=600, scheduler_link=None)
        return self.hear("hello")

    def start_in_job(self, name: str, *args: str, **fields: Any) -> dict:
        words = [self.snapshot["address"], "--no-nanny", "--nthreads", "1", "--no-dashboard", *args]
        self.say(op="spawn", name=name, incarnation=1, role="worker", mode="fork", args=words, env={},
                 cwd=self.directory, log=self.path(f"{name}.log"), dask_config={}, **fields)
        return self.hear("spawned")

    def ended(self, timeout: float = 30) -> int:
        assert self.job is not None
        return self.job.wait(timeout)

    def test_what_runs_belongs_to_the_job_and_is_told_through_the_scheduler(self) -> None:
        job = self.start_job()
        hello = self.greet_job()
        self.assertEqual(hello["pid"], job.pid, "the script's shell has become the agent")
        pids = [self.start_in_job(name)["pid"] for name in ("a", "b")]
        for name in ("a", "b"):
            self.link.expect("worker_added", name=name)
        self.assertEqual({os.getsid(pid) for pid in pids}, {job.pid})
        self.assertEqual({os.getpgid(pid) for pid in pids}, {job.pid})
        environment = self.client().run(lambda: __import__("os").environ["OF_THE_JOB"])
        self.assertEqual(set(environment.values()), {"a b"})
        self.say(op="signal", name="a", incarnation=1, signal=signal.SIGKILL, tree=False)
        self.assertEqual(self.hear("exited")["signal"], "SIGKILL")
        children = Path(f"/proc/{job.pid}/task/{job.pid}/children").read_text().split()
        job.kill()
        for pid in {*map(int, children), pids[1]}:
            wait_until(lambda: not is_alive(pid), f"{pid} ends with its agent")
        self.link.expect("reporter", job=NAME, is_there=False)

    def test_told_to_end_it_leaves_the_cause_to_the_queue(self) -> None:
        job = self.start_job()
        self.greet_job()
        self.start_in_job("a")
        self.link.expect("worker_added", name="a")
        job.terminate()
        self.assertTrue(self.hear("ending")["at_once"])
        self.assertEqual(self.ended(), 0)
        self.link.expect("reporter", job=NAME, is_there=False)
        self.assertFalse([m for m in self.link._pending if m.get("message", {}).get("event") == "exited"])
        self.assertEqual(os.listdir(self.node), [])

    def test_workers_leave_before_the_walltime_and_the_job_with_them(self) -> None:
        self.start_job(walltime_s=20, leaving_s=4)  # from 14 s on
        self.greet_job()
        self.start_in_job("a", "--lifetime", "1h", "--lifetime-stagger", "1s")
        self.link.expect("worker_added", name="a")
        self.assertFalse(self.hear("ending")["at_once"])
        self.say(op="spawn", name="b", incarnation=1, role="worker", args=["tcp://127.0.0.1:9", "--no-nanny"],
                 log=self.path("b.log"))
        self.assertIn("walltime", self.hear("spawn_failed")["text"])
        self.assertEqual(self.hear("exited")["told"]["reason"], "worker-lifetime-reached")
        self.assertEqual(self.ended(), 0)

    def test_a_worker_that_starts_late_has_a_shorter_life(self) -> None:
        sys.path.insert(0, self.program)
        self.addCleanup(sys.path.remove, self.program)
        from daskd_agent import facts, job
        hours = job.Hours({"walltime_s": facts.age_s(facts.start_time(os.getpid())) + 1000, "leaving_s": 100})
        fitted = hours.fit(["tcp://x:1", "--lifetime", "3300000ms", "--lifetime-stagger", "180000ms"])
        self.assertAlmostEqual(float(fitted[2].rstrip("s")), 900, delta=5)
        self.assertEqual(fitted[4], "50.000s")
        short = hours.fit(["tcp://x:1", "--lifetime", "10s", "--lifetime-stagger", "1s"])
        self.assertEqual(short[2:], ["10.000s", "--lifetime-stagger", "1.000s"])
        self.assertEqual(hours.fit(["tcp://x:1"]), ["tcp://x:1"])

    def test_nobody_comes(self) -> None:
        self.start_job(scheduler="tcp://127.0.0.1:9", join_timeout_s=2)
        self.assertEqual(self.ended(), 1)
        self.assertIn("no daskd has come by the scheduler at tcp://127.0.0.1:9 within 2 s", self.log_of("job"))

    def test_a_private_file_that_is_not_there(self) -> None:
        self.write("private", "")
        script = [sys.executable, "-I", "-c", loader(), "/nonexistent/private"]
        done = subprocess.run([*script, carried()], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is it on a file system that the nodes share?", done.stderr)

    def test_what_killed_jobs_have_left_is_removed(self) -> None:
        self.start_job()
        self.greet_job()
        assert self.job is not None
        self.job.kill()
        self.job.wait()
        left = [name for name in os.listdir(self.node) if name.startswith("job-")]
        self.assertEqual(len(left), 1)
        os.rename(f"{self.node}/{left[0]}", f"{self.node}/job-ffffff")
        long_ago = time.time() - 3600
        os.utime(f"{self.node}/job-ffffff", (long_ago, long_ago))
        self.start_job()
        self.greet_job()
        self.assertEqual(os.listdir(self.node), left)


if __name__ == "__main__":
    unittest.main()
