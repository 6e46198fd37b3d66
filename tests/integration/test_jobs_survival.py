"""Jobs and their results outlive whoever asked for them, the job runner, the scheduler, daskd and the cluster."""

import json
import os
import signal
import unittest

from daskd_testing import Cluster, local
from processes import alive
from waiting import wait_until

SLOWLY = '''
import os, time

def count(directory, n):
    with open(os.path.join(directory, str(n)), "a") as file:
        file.write("x")
    time.sleep(0.05)
    return n

def fatal(n):
    time.sleep(0.05)  # there is somebody beside it
    if n == 2:
        os.kill(os.getpid(), 9)
    return n
'''
CALLS = 100


class Survival(unittest.TestCase):
    def start(self, cluster, *more):
        (cluster.dir / "work/slowly.py").write_text(SLOWLY)
        (cluster.dir / "calls").mkdir()
        cluster.ctl("up")
        cluster.ctl("run", "slowly.py:count", "--arg", json.dumps(str(cluster.dir / "calls")), "--iterate", f"range({CALLS})",
                    "--name", "count", *more)
        wait_until(lambda: self.progress(cluster)["finished"] > 20, 30, "some calls are done")

    def progress(self, cluster):
        return json.loads(cluster.ctl("progress", "count", "--json").stdout)

    def require_all(self, cluster):
        """Every result is there and right."""
        results = cluster.ctl("gather", "count", "--timeout", "60s").stdout.split()
        self.assertEqual(results, [str(n) for n in range(CALLS)])

    def runs_of(self, cluster):
        """How often each call began."""
        return [len((cluster.dir / "calls" / str(n)).read_text()) for n in range(CALLS)]

    def test_the_job_runner_dies(self):
        with Cluster(local(workers=2)) as cluster:
            self.start(cluster)
            os.kill(cluster.status()["job_runner"]["pid"], signal.SIGKILL)
            self.require_all(cluster)
            self.assertEqual(cluster.status()["job_runner"]["restarts"], 1)
            again = [event["text"] for event in cluster.events() if event["name"] == "count" and "again" in event["text"]]
            self.assertEqual(len(again), 1)
            self.assertRegex(again[0], r"^\d+ of its 100 calls have results; the other \d+ are submitted again$")

    def test_the_scheduler_dies(self):
        with Cluster(local(workers=2)) as cluster:
            self.start(cluster)
            done = self.progress(cluster)["finished"]
            os.kill(cluster.status()["scheduler"]["pid"], signal.SIGKILL)
            self.require_all(cluster)
            once = sum(runs == 1 for runs in self.runs_of(cluster))
            self.assertGreaterEqual(once, done - 2, "what had a result is not computed again")
            self.assertTrue(any("submitted again" in event["text"] for event in cluster.events()))

    def test_workers_die(self):
        with Cluster(local(workers=2)) as cluster:
            self.start(cluster)
            for name in ("local-0", "local-1"):
                pid = cluster.worker(name)["pid"]
                os.kill(pid, signal.SIGKILL)
                cluster.wait_replaced(name, pid)
            self.require_all(cluster)

    def test_daskd_dies(self):
        with Cluster(local(workers=2)) as cluster:
            self.start(cluster)
            runner, daskd = cluster.status()["job_runner"]["pid"], cluster.daemon_pid()
            with cluster.start_ctl("progress", "count", "--watch") as watching:
                watching.wait_for(" of 100")
                os.kill(daskd, signal.SIGKILL)
                self.assertEqual(watching.finish(), 0, watching.output)
            self.require_all(cluster)
            self.assertEqual(cluster.status()["job_runner"]["pid"], runner)

    def test_the_cluster_goes_down_and_comes_up(self):
        with Cluster(local(workers=2)) as cluster:
            self.start(cluster)
            cluster.ctl("down")
            cluster.wait_nothing_left()
            cluster.ctl("up")
            wait_until(lambda: cluster.status()["job_runner"], 30, "the job runner is there without being asked for")
            self.require_all(cluster)
            cluster.ctl("down")
            cluster.ctl("up")
            self.assertIsNone(cluster.status()["job_runner"], "nothing is left to do")
            self.require_all(cluster)

    def test_a_call_that_kills_its_worker_fails_alone(self):
        with Cluster(local(workers=2, threads=2)) as cluster:
            (cluster.dir / "work/slowly.py").write_text(SLOWLY)
            cluster.env["DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"] = "1"
            cluster.ctl("up")
            cluster.ctl("run", "slowly.py:fatal", "--iterate", "range(8)", "--name", "count", "--watch", expect=1)
            self.assertEqual(cluster.ctl("gather", "count", expect=1).stdout.split(), ["0", "1", "3", "4", "5", "6", "7"])
            self.assertIn("KilledWorker", cluster.ctl("gather", "--errors", "count").stdout)

    def test_a_client_restarts_the_workers(self):
        with Cluster(local(workers=2)) as cluster:
            self.start(cluster)
            with cluster.client() as client:
                client.restart(timeout=30)
            self.require_all(cluster)

    def test_shared_data_outlives_the_workers_that_had_it(self):
        with Cluster(local(workers=2)) as cluster:
            (cluster.dir / "work/slowly.py").write_text(SLOWLY)
            (cluster.dir / "calls").mkdir()
            (cluster.dir / "work/place.json").write_text(json.dumps(str(cluster.dir / "calls")))
            cluster.ctl("up")
            cluster.ctl("scatter", "place", "place.json")
            cluster.ctl("run", "slowly.py:count", "--arg", "@place", "--iterate", f"range({CALLS})", "--name", "count")
            wait_until(lambda: self.progress(cluster)["finished"] > 20, 30, "some calls are done")
            cluster.ctl("restart-worker", "--force", "local-0", "local-1")
            self.require_all(cluster)

    def test_hundred_thousand_calls(self):
        with Cluster(local(workers=2)) as cluster:
            cluster.ctl("up")
            cluster.ctl("jobs")
            before = cluster.status()["daemon"]["rss_bytes"]
            cluster.ctl("run", "builtins:abs", "--iterate", "range(100000)", "--name", "count")
            seen = wait_until(lambda: self.progress(cluster)["finished"], 60, "progress is told at once")
            self.assertLess(seen, 100000)
            cluster.ctl("progress", "count", "--watch", timeout=150)
            cluster.ctl("gather", "count", "-o", "all.jsonl")
            lines = (cluster.dir / "work/all.jsonl").read_text().splitlines()
            self.assertEqual(json.loads(lines[-1])["result"], 99999)
            self.assertEqual(len(lines), 100000)
            self.assertLess(cluster.status()["daemon"]["rss_bytes"] - before, 4 << 20)

    def test_its_socket_is_removed(self):
        with Cluster(local(workers=1)) as cluster:
            cluster.ctl("up")
            cluster.ctl("jobs")
            runner = cluster.status()["job_runner"]["pid"]
            (cluster.runtime_dir / "jobs.sock").unlink()
            wait_until(lambda: (cluster.runtime_dir / "jobs.sock").exists(), 20, "it is there again")
            daskd = cluster.daemon_pid()
            os.kill(daskd, signal.SIGKILL)
            wait_until(lambda: not alive(daskd), 20, "daskd is dead")
            cluster.ctl("jobs")
            self.assertTrue(alive(runner))


if __name__ == "__main__":
    unittest.main()
