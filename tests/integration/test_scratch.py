"""What a dead worker has spilled is removed at once; what a worker of somebody else's has stays."""

import os
import signal
import subprocess
import sys
import unittest
from pathlib import Path

from daskd_testing import Cluster, local
from waiting import wait_until


class Scratch(unittest.TestCase):
    def test_a_killed_workers_and_nobody_elses(self):
        with Cluster() as cluster:
            scratch = cluster.dir / "scratch"
            # Without standbys: a worker of Dask's that starts in the same place clears it as well.
            cluster.configure(local(workers=1, standby=0, local_directory=str(scratch)))
            cluster.ctl("up")
            before = cluster.worker("local-0")
            with cluster.client() as client:
                own = Path(client.run(lambda dask_worker: dask_worker.local_directory)[before["address"]])
            (own / "spilled").write_text("results")
            words = [sys.executable, "-m", "distributed.cli.dask_worker", cluster.status()["scheduler"]["address"],
                     "--no-nanny", "--host", "127.0.0.1", "--no-dashboard", "--name", "foreign",
                     "--local-directory", str(scratch)]
            with subprocess.Popen(words, env=cluster.env, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT) as foreign:
                try:
                    theirs = wait_until(lambda: [p for p in own.parent.glob("worker-*")
                                                 if p.is_dir() and p != own], 30, "a foreign worker")[0]
                    os.kill(before["pid"], signal.SIGKILL)
                    cluster.wait_replaced("local-0", before["pid"])
                    wait_until(lambda: not own.exists() and not Path(f"{own}.dirlock").exists(), 10, "its directory removed")
                    self.assertTrue(theirs.is_dir() and Path(f"{theirs}.dirlock").exists())
                finally:
                    foreign.kill()
            cluster.ctl("down", "--force")
            self.assertEqual([p for p in own.parent.glob("worker-*") if p not in (theirs, Path(f"{theirs}.dirlock"))], [])


if __name__ == "__main__":
    unittest.main()
