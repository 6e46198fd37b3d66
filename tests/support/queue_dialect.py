"""Speaks to a real queue by daskd's own dialects: every command is the dialect's, every answer is read by it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any, Iterator

from daskd_testing import BUILD_DIR, Cluster
from free_ports import free_ports
from job_queue import JobQueue
from processes import alive
from waiting import wait_until

PYTHON = "/usr/bin/python3"


class Dialect:
    """One queue, spoken to as daskd does."""

    def __init__(self, name: str, queue: JobQueue) -> None:
        self.name, self.queue = name, queue

    def _ask(self, **request: Any) -> Any:
        done = subprocess.run([str(BUILD_DIR / "bin/queue_dialect"), self.name], input=json.dumps(request),
                              capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def _run(self, **request: Any) -> dict[str, Any]:
        """Runs the command that the dialect answers with; its outcome."""
        command = self._ask(**request)
        done = self.queue.run(*command["argv"], input=command["input"], check=False)
        return {"exit_code": done.returncode, "out": done.stdout, "err": done.stderr}

    def try_submit(self, script: str) -> dict[str, str]:
        """{"result": ID} or {"error": the queue's own words}."""
        return self._ask(do="read_submitted", **self._run(do="submit", script=script))

    def submit(self, script: str) -> str:
        answer = self.try_submit(script)
        assert "result" in answer, answer
        return answer["result"]

    def cancel(self, *ids: str) -> None:
        self._run(do="cancel", ids=ids)

    def jobs(self) -> dict[str, dict[str, Any]]:
        """All jobs that the queue lists, by id."""
        answer = self._ask(do="read_list", **self._run(do="list", user=self.queue.user))
        assert "result" in answer, answer
        return {job["id"]: job for job in answer["result"]}

    def wait_state(self, job: str, state: str, timeout: float = 40) -> dict[str, Any]:
        """What the list says of a job once it is in this state."""
        def listed() -> dict[str, Any] | None:
            found = self.jobs().get(job)
            return found if found and found["state"] == state else None
        return wait_until(listed, timeout, f"job {job} {state}")

    def wait_end(self, job: str, timeout: float = 40) -> dict[str, Any]:
        """How a job ended, by what the queue says of those that are not listed any more."""
        wait_until(lambda: job not in self.jobs(), timeout, f"job {job} gone")

        def told() -> dict[str, Any] | None:
            return self._ask(do="read_end", **self._run(do="ask_end", id=job)).get("result")
        return wait_until(told, timeout, f"the end of job {job}")

    def reason(self, job: str) -> str:
        return self._ask(do="read_reason", **self._run(do="ask_reason", id=job))["result"]


def script(prefix: str, commands: str, *directives: str) -> str:
    """A job of the test's own."""
    header = "".join(f"{prefix} {line}\n" for line in directives)
    return f"#!/bin/bash\n{header}\n{commands}\n"


class Scheduler:
    """A plain `dask scheduler` on loopback, for jobs to find."""

    def __init__(self, queue: JobQueue) -> None:
        self.port, http = free_ports(2)
        self.process = subprocess.Popen(
            [PYTHON, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port),
             "--dashboard-address", f"127.0.0.1:{http}"],
            env=queue.env, cwd=queue.home, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def __enter__(self) -> Scheduler:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def shown_if_it_fails(directory: Path) -> Iterator[None]:
    """The files of a directory that will be gone with the rig."""
    try:
        yield
    except BaseException:
        for file in sorted(directory.iterdir()):
            print(f"--- {file.name}\n{file.read_text(errors='replace')}", file=sys.stderr)
        raise


class QueueTest(unittest.TestCase):
    """What tests of all queues need."""

    def started(self, queue: JobQueue) -> JobQueue:
        """Starts it; it is gone when the test is over."""
        self.addCleanup(queue.close)
        queue.start()
        return queue

    def compute_in_a_job(self, dialect: Dialect, **keys: Any) -> None:
        """Two workers of one job, whose script is that of `daskctl job-script` with Dask's own nannies, register and compute."""
        from distributed import Client
        queue = dialect.queue
        logs = queue.private_dir("logs", queue.user)
        with shown_if_it_fails(logs), Scheduler(queue) as scheduler:
            pool = {"launcher": dialect.name, "python": PYTHON, "cores": 2, "processes": 2, "job_memory": "1GiB",
                    "log_directory": str(logs), "start_timeout": "90s", "interface": "lo", "args": ["--no-dashboard"],
                    "prologue": ["export FROM_PROLOGUE='a b'"], "nanny": True, "cwd": str(queue.home), **keys}
            settings = {"scheduler": {"host": "127.0.0.1", "port": scheduler.port}, "pools": {"batch": pool}}
            with Cluster({"daskd": settings}) as cluster:
                job_script = cluster.ctl("job-script", "batch").stdout

            job = dialect.submit(job_script)
            running = dialect.wait_state(job, "running")
            self.assertEqual(running["name"], "dask-batch-0")
            with Client(f"tcp://127.0.0.1:{scheduler.port}", timeout="60s", set_as_default=False) as client:
                client.wait_for_workers(2, timeout=90)
                workers = client.scheduler_info()["workers"].values()
                self.assertEqual({worker["name"] for worker in workers}, {"batch-0-0", "batch-0-1"})
                self.assertEqual({(worker["nthreads"], worker["memory_limit"]) for worker in workers}, {(1, 1 << 29)})
                self.assertEqual(client.submit(sum, range(100)).result(timeout=60), 4950)
                prologue = client.run(lambda: __import__("os").environ["FROM_PROLOGUE"])
                self.assertEqual(set(prologue.values()), {"a b"})
            dialect.cancel(job)
            self.assertTrue(alive(scheduler.process.pid))
            wait_until(lambda: dialect.jobs().get(job, {}).get("state") in (None, "ended"), 40, "the job is gone")
        self.assertTrue(list(logs.iterdir()))
