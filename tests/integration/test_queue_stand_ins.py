"""Workers in jobs of HTCondor, PBS and LSF, whose commands are played by tests/support/queue_stand_in.py."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

import queue_stand_in
from daskd_testing import Cluster, own_port
from waiting import wait_until

SECRET = "nobody's business"


class Queue:
    """The commands, on a PATH, and their jobs."""

    def __init__(self, test: unittest.TestCase) -> None:
        kept = tempfile.TemporaryDirectory(prefix="daskd-queue-", dir="/tmp")
        test.addCleanup(kept.cleanup)
        self.dir = Path(kept.name)
        (self.dir / "bin").mkdir()
        (self.dir / "jobs").mkdir()
        for command in queue_stand_in.COMMANDS:
            (self.dir / "bin" / command.__name__).symlink_to(queue_stand_in.__file__)
        self.env = {"PATH": f"{self.dir}/bin:{os.environ['PATH']}", "QUEUE_STAND_IN": str(self.dir / "jobs")}

    def run(self, *argv: str) -> None:
        subprocess.run([f"{self.dir}/bin/{argv[0]}", *argv[1:]], env={**os.environ, **self.env}, check=True,
                       stdout=subprocess.DEVNULL)

    def cluster(self, launcher: str, daskd: dict[str, Any] | None = None, **pool: Any) -> Cluster:
        keys = {"launcher": launcher, "python": sys.executable, "interface": "lo", "job_memory": "500MiB", "warm": [],
                "poll_interval": "1s", "jobs": 1, "start_timeout": "90s", "env": {"SECRET": SECRET}, **pool}
        settings = {"scheduler": {"host": "127.0.0.1", "port": own_port(), "python": sys.executable}, "pools": {"batch": keys}, **(daskd or {})}
        return Cluster({"daskd": settings}, env=dict(self.env))

    def calls(self) -> list[str]:
        return (self.dir / "jobs/calls").read_text().splitlines()


class StandIns(unittest.TestCase):
    def setUp(self) -> None:
        self.queue = Queue(self)

    def compute(self, cluster: Cluster) -> None:
        with cluster.client() as client:
            self.assertEqual(client.submit(sum, range(100)).result(timeout=60), 4950)
            secrets = client.run(lambda: __import__("os").environ["SECRET"])
            self.assertEqual(set(secrets.values()), {SECRET})

    def wait_new_job(self, cluster: Cluster, before: str) -> dict[str, Any]:
        def replaced() -> dict[str, Any] | None:
            worker = cluster.worker("batch-0")
            return worker if worker["state"] == "running" and worker["job_id"] != before else None
        return wait_until(replaced, 60, f"another job than {before}")

    def test_htcondor_with_tls(self) -> None:
        with self.queue.cluster("htcondor", {"tls": "on"}) as cluster:
            cluster.ctl("up", timeout=120)
            worker = cluster.worker("batch-0")
            self.assertEqual(worker["job_id"], "1.0")
            wait_until(lambda: cluster.worker("batch-0")["host"] == "node7", 10, "the queue's name of the node")
            self.assertTrue(worker["address"].startswith("tls://"))
            self.queue.run("condor_rm", "1.0")
            self.wait_new_job(cluster, "1.0")
            cluster.ctl("down")
        self.assertIn("condor_rm 2.0", self.queue.calls())

    def test_pbs_waits_for_room(self) -> None:
        full = self.queue.dir / "jobs/full"
        full.touch()
        with self.queue.cluster("pbs") as cluster:
            cluster.ctl("up", "--no-wait", timeout=60)
            reason = wait_until(lambda: cluster.worker("batch-0")["reason"], 60, "a reason")
            self.assertEqual(reason, "Not Running: Insufficient amount of resource: ncpus")
            private = next(Path(cluster.state_dir / "queue").iterdir())
            self.assertEqual(stat.S_IMODE(private.stat().st_mode), 0o600)
            self.assertIn("nobody", private.read_text())
            script = next((self.queue.dir / "jobs").glob("*.script")).read_text()
            self.assertNotIn("nobody", script)
            full.unlink()
            cluster.ctl("wait", "--workers", "1", "--timeout", "90s", timeout=100)
            self.compute(cluster)
            self.queue.run("qdel", "1.server")
            self.assertEqual(self.wait_new_job(cluster, "1.server")["last_exit"]["cause"], "cancelled")
            cluster.ctl("down")
            self.assertEqual(list(private.parent.iterdir()), [], "no private part is left")

    def test_lsf_with_dasks_own_nannies(self) -> None:
        with self.queue.cluster("lsf", nanny=True, cores=2, processes=2) as cluster:
            cluster.ctl("up", timeout=120)
            self.assertEqual(cluster.worker_names(), ["batch-0-0", "batch-0-1"])
            self.compute(cluster)
            refused = cluster.ctl("stop-worker", "batch-0-1", expect=2).stderr
            self.assertIn("shares its job with batch-0-0", refused)
            with cluster.client() as client:
                nannies = [worker["nanny"] for worker in client.scheduler_info()["workers"].values()]
            self.assertEqual(len(set(nannies)), 2)
            job = cluster.worker("batch-0-0")["job_id"]
            cluster.ctl("restart-worker", "batch-0-*", timeout=90)
            self.assertNotEqual(cluster.worker("batch-0-0")["job_id"], job)
            cluster.ctl("down")

    def test_what_is_missing_is_told(self) -> None:
        self.queue.env["PATH"] = f"{self.queue.dir}/bin"  # this machine may have a qsub of its own
        with self.queue.cluster("pbs", job_memory=None, queue="nope") as cluster:
            done = cluster.ctl("up", expect=7, timeout=60)
            self.assertIn("qsub: Unknown queue", done.stderr)
            self.assertIn("daskd.pools.batch.job_memory is not given", done.stderr)
            cluster.ctl("down")
            (self.queue.dir / "bin/qsub").unlink()
            done = cluster.ctl("up", expect=2)
            self.assertIn("daskd.pools.batch.launcher: there is no 'qsub' on PATH", done.stderr)


if __name__ == "__main__":
    unittest.main()
