"""Spare workers: quick to become what is needed, and then no different from a worker that was started for it."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from distributed import Client
from support import LinkCase, is_alive, wait_until
from test_desk import title

# What differs between any two workers, and so may differ here.
OF_ONE_PROCESS = re.compile(r"^[\d-]+ [\d:,]+ - |:\d{2,5}\b|worker-[\w]+|tcp://\S+|/tmp/\S+|\d+\.\d+ (?:MiB|GiB)")
VOLATILE = {"id", "last_seen", "metrics", "services", "local_directory", "status", "memory_limit", "nanny"}


def children_of(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


class Standby(LinkCase):
    def setUp(self) -> None:
        super().setUp()
        self.start_scheduler()

    def start_kept(self, name: str, incarnation: int = 1, **fields: object) -> tuple[int, dict]:
        """A worker with a spare beside it; its pid, and what the link says of it."""
        args = [self.snapshot["address"], "--no-nanny", "--nthreads", "1", "--no-dashboard"]
        order = {"args": args, "standby": 1, **fields}
        spawned = self.spawn(self.agent_wire, name, incarnation, **order)
        return spawned["pid"], self.link.expect("worker_added", name=name)

    def spare(self) -> int:
        def spares() -> set[int]:
            self.agent_wire, _ = self.greet()
            return {pid for pid in children_of(self.agent.pid) if title(pid) == "dask worker (standby)"}

        assert self.agent is not None
        found = wait_until(spares, "a standby")
        self.assertEqual(len(found), 1)
        return found.pop()

    def kill(self, name: str, incarnation: int = 1) -> None:
        self.agent_wire.send(op="signal", name=name, incarnation=incarnation, signal=signal.SIGKILL, tree=False)
        self.agent_wire.expect("exited", name=name)

    def test_the_spare_becomes_the_successor(self) -> None:
        self.start_kept("a")
        spare = self.spare()
        self.kill("a")
        pid, added = self.start_kept("a", 2)
        self.assertEqual((pid, added["pid"]), (spare, spare))
        self.assertIn("Start worker at", self.log_of("a"))
        self.assertEqual(Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0"), b"dask worker a")
        self.assertIn(b"DASKD_LAUNCH=a/2@", Path(f"/proc/{pid}/environ").read_bytes())
        self.assertNotEqual(self.spare(), spare, "a new spare takes its place")

    def test_only_for_its_own_kind(self) -> None:
        self.start_kept("a")
        spare = self.spare()
        pid, _ = self.start_kept("b", env={"OTHER": "1"})
        self.assertNotEqual(pid, spare)

    def test_one_that_died_is_not_handed_out(self) -> None:
        self.start_kept("a")
        os.kill(self.spare(), signal.SIGKILL)
        self.kill("a")
        self.start_kept("a", 2)

    def test_it_ends_with_the_agent(self) -> None:
        assert self.agent is not None
        self.start_kept("a")
        spare = self.spare()
        self.agent.send_signal(signal.SIGKILL)
        wait_until(lambda: not is_alive(spare), "the end of the standby")
        for process in self.greeted_processes:
            os.kill(process, signal.SIGKILL)

    def greet(self, **fields: object):  # noqa: ANN201
        wire, hello = super().greet(**fields)
        self.greeted_processes = [process["pid"] for process in hello["processes"]]
        return wire, hello

    def test_the_users_preloads_see_the_worker_as_it_will_be(self) -> None:
        """Both from the configuration and from the command line, where Dask lets one replace the other."""
        code = "def dask_setup(worker):\n    print('preload sees', worker.name, flush=True)\n"
        preload = self.write("of_user.py", code)
        self.start_kept("a", dask_config={"distributed": {"worker": {"preload": [preload]}}})
        self.spare()
        self.kill("a")
        self.start_kept("a", 2, dask_config={"distributed": {"worker": {"preload": [preload]}}})
        self.assertEqual(self.log_of("a").count("preload sees a"), 2)

    def test_it_is_what_dask_worker_is(self) -> None:
        """The scheduler's view and the log, beside those of a plain `dask worker --no-nanny`."""
        self.start_kept("a")
        self.spare()
        self.kill("a")
        Path(self.path("a.log")).unlink()
        self.start_kept("a", 2)
        with tempfile.TemporaryDirectory(dir=self.directory) as place:
            plain_log = self.path("plain.log")
            with open(plain_log, "wb") as log:
                words = [sys.executable, "-m", "distributed.cli.dask_worker", self.snapshot["address"], "--no-nanny"]
                plain = subprocess.Popen(
                    [*words, "--nthreads", "1", "--no-dashboard", "--name", "b", "--local-directory", place],
                    stdout=log, stderr=log, cwd=self.directory,
                )
            try:
                self.link.expect("worker_added", name="b")
                with Client(self.snapshot["address"], set_as_default=False) as client:
                    workers = {worker["name"]: worker for worker in client.scheduler_info()["workers"].values()}
                registered = "Starting established connection"
                for path in (self.path("a.log"), plain_log):
                    wait_until(lambda path=path: registered in Path(path).read_text(), f"a worker's log: {path}")
                self.assertEqual(self.log_lines("a"), self.log_lines("b", plain_log))
            finally:
                plain.kill()
                plain.wait()
        ours, theirs = ({k: v for k, v in workers[name].items() if k not in VOLATILE} for name in "ab")
        self.assertEqual(ours, {**theirs, "name": "a"})

    def log_lines(self, name: str, path: str = "") -> list[str]:
        text = Path(path or self.path(f"{name}.log")).read_text()
        # The one that was killed has left its scratch directory, and Dask tells who clears it away.
        lines = [OF_ONE_PROCESS.sub("", line) for line in text.splitlines() if "stale lock file" not in line]
        return [line.replace(f"Worker name:                          {name}", "Worker name") for line in lines]


if __name__ == "__main__":
    unittest.main()
