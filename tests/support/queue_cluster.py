"""A cluster whose workers are in jobs of a real queue (slurm.py, grid_engine.py), and whose daskd runs as the queue's user."""

from __future__ import annotations

import os
import pwd
import sys
import unittest
from pathlib import Path
from typing import Any

from daskd_testing import Cluster, own_port
from job_queue import JobQueue
from processes import marked
from waiting import wait_until

PYTHON = "/usr/bin/python3"


class QueueCluster(Cluster):
    """`pool`: keys of the pool `batch`. Scheduler and workers are on loopback."""

    def __init__(self, rig: JobQueue, launcher: str, /, *, env: dict[str, str | None] | None = None,
                 daskd: dict[str, Any] | None = None, **pool: Any) -> None:
        account = pwd.getpwnam(rig.user)
        within = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
        queues = {name: value for name, value in rig.env.items() if name.startswith(("SLURM_", "SGE_", "PATH"))}
        keys = {"launcher": launcher, "python": PYTHON, "interface": "lo", "cores": 1, "job_memory": "500MiB",
                "poll_interval": "2s", "warm": [], "start_timeout": "120s", **pool}
        settings = {"scheduler": {"host": "127.0.0.1", "port": own_port(), "python": PYTHON},
                    "pools": {"batch": keys}, **(daskd or {})}
        super().__init__({"daskd": settings}, env={**queues, "XDG_RUNTIME_DIR": None, **(env or {})}, within=within)
        self.queue = rig
        for path in (self.dir, *self.dir.rglob("*")):
            os.chown(path, account.pw_uid, account.pw_gid)
        self.dir.chmod(0o755)

    def workers(self) -> dict[str, dict[str, Any]]:
        return {worker["name"]: worker for worker in self.status()["workers"]}

    def states(self) -> dict[str, str]:
        return {name: worker["state"] for name, worker in self.workers().items()}

    def job_ids(self) -> set[str]:
        """Those that `status` tells of."""
        return {worker["job_id"] for worker in self.workers().values() if worker["job_id"]}

    def wait_states(self, states: dict[str, str], timeout: float = 60) -> None:
        wait_until(lambda: self.states() == states, timeout, f"{states}")

    def wait_new_job(self, name: str, before: str, timeout: float = 60) -> dict[str, Any]:
        """Waits until the worker runs in another job than `before`; what status says of it then."""
        def replaced() -> dict[str, Any] | None:
            worker = self.workers()[name]
            return worker if worker["state"] == "running" and worker["job_id"] not in (before, None) else None
        return wait_until(replaced, timeout, f"{name} in another job than {before}")

    def texts(self, kind: str = "") -> str:
        """Of all events (of a kind), a line each."""
        lines = [f"{e['kind']} {e['name']} {e.get('from')}>{e.get('to')} {e.get('text') or ''}" for e in self.events()]
        return "\n".join(line for line in lines if line.startswith(kind))

    def _print_logs(self) -> None:
        super()._print_logs()
        for event in self.ctl("events", expect=None).stdout.splitlines()[-60:]:
            print(event, file=sys.stderr)
        for output in [*(self.dir / "work").glob("*"), *Path(self.queue.home).glob("*")]:
            if output.is_file():
                print(f"--- {output.name}", *output.read_text(errors="replace").splitlines()[-25:], sep="\n",
                      file=sys.stderr)


class QueueClusterCase(unittest.TestCase):
    """Tests that share a queue: QUEUE makes it."""

    queue: JobQueue
    launcher: str

    @classmethod
    def start_queue(cls, queue: JobQueue, launcher: str) -> None:
        cls.addClassCleanup(queue.close)
        cls.queue, cls.launcher = queue, launcher
        queue.start()

    def cluster(self, **pool: Any) -> QueueCluster:
        return QueueCluster(self.queue, self.launcher, **pool)

    def listed(self) -> str:
        """What the queue has."""
        raise NotImplementedError

    def assert_nothing_left(self, cluster: QueueCluster) -> None:
        wait_until(lambda: not marked(cluster.mark), 20, "nothing left running")
