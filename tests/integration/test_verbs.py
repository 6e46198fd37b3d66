"""Verbs that change the cluster, and `wait`: what each does, and that it has happened when it returns."""

import unittest

from daskd_testing import Cluster, local
from processes import alive


class WorkerVerbs(unittest.TestCase):
    def test_restart_worker(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            cluster.ctl("restart-worker", "local-1")
            after = cluster.identities()
            self.assertNotEqual(after.pop("local-1"), before.pop("local-1"))
            self.assertEqual(after, before)

    def test_names_may_be_globs(self):
        with Cluster(local(workers=3)) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            cluster.ctl("restart-worker", "local-[01]")
            after = cluster.identities()
            self.assertEqual({name for name in after if after[name] != before[name]}, {"local-0", "local-1"})

    def test_a_stopped_worker_stays_stopped_until_started(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            pid = cluster.worker("local-0")["pid"]
            cluster.ctl("stop-worker", "local-0")
            self.assertFalse(alive(pid))
            cluster.ctl("stop-worker", "local-0")
            cluster.ctl("daemon", "restart")
            cluster.ctl("wait", "local-1", "--timeout", "20s")
            self.assertEqual(cluster.worker("local-0")["state"], "stopped")
            cluster.ctl("start-worker", "local-0")
            self.assertEqual(cluster.worker("local-0")["state"], "running")

    def test_unknown_names(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            for verb in ("restart-worker", "stop-worker", "start-worker", "status", "logs"):
                with self.subTest(verb):
                    done = cluster.ctl(verb, "nobody", expect=4)
                    self.assertIn("nobody", done.stderr)
                    self.assertIn("did you mean 'local-0'?", cluster.ctl(verb, "lcoal-0", expect=4).stderr)
            cluster.ctl("down")
            self.assertIn("did you mean 'local-0'?", cluster.ctl("logs", "lcoal-0", expect=4).stderr)

    def test_scheduler_verbs(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before = cluster.status()["scheduler"]
            cluster.ctl("restart-scheduler")
            after = cluster.wait_running()["scheduler"]
            self.assertNotEqual(after["pid"], before["pid"])
            self.assertEqual(after["address"], before["address"])
            cluster.ctl("stop-scheduler")
            self.assertEqual(cluster.status()["scheduler"]["state"], "stopped")
            self.assertIn("daskctl start-scheduler", cluster.ctl("env", expect=1).stderr)
            cluster.ctl("start-scheduler")
            cluster.wait_running()

    def test_restart(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            for verb in (["restart"], ["restart", "--cold"]):
                with self.subTest(verb):
                    cluster.ctl(*verb)
                    after = cluster.identities()
                    self.assertEqual(after.keys(), before.keys())
                    self.assertFalse(set(after.values()) & set(before.values()))
                    before = after


class Scale(unittest.TestCase):
    def test_up_and_down(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            first = cluster.identities()["local-0"]
            for count in (4, 1):
                with self.subTest(count):
                    cluster.ctl("scale", str(count))
                    self.assertEqual(len(cluster.worker_names()), count)
                    self.assertEqual(cluster.status()["summary"]["running"], count)
            self.assertEqual(cluster.identities()["local-0"], first)

    def test_survives_a_daemon_restart(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            cluster.ctl("scale", "local=3")
            cluster.ctl("daemon", "restart")
            cluster.wait_running()
            self.assertEqual(len(cluster.worker_names()), 3)

    def test_unknown_pool(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            cluster.ctl("scale", "nowhere=3", expect=4)
            for verb in (["scale", "lcoal=3"], ["adapt", "lcoal", "--maximum", "3"], ["up", "lcoal"], ["job-script", "lcoal"]):
                self.assertIn("did you mean 'local'?", cluster.ctl(*verb, expect=4).stderr, verb)


class Wait(unittest.TestCase):
    def test_for_workers_that_run(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up", "--no-wait")
            cluster.ctl("wait", "--timeout", "30s")
            self.assertEqual(cluster.state(), "running")
            cluster.ctl("wait", "--workers", "2", "--timeout", "1s")
            cluster.ctl("wait", "local-0", "local-1", "--timeout", "1s")

    def test_for_a_name_that_comes_later(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            with cluster.start_ctl("wait", "local-2", "--timeout", "30s") as waiting:
                self.assertIsNone(waiting.process.poll())
                cluster.ctl("scale", "3")
                self.assertEqual(waiting.finish(), 0, waiting.output)

    def test_for_another_state(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            with cluster.start_ctl("wait", "--state", "stopped", "local-0", "--timeout", "30s") as waiting:
                cluster.ctl("stop-worker", "local-0")
                self.assertEqual(waiting.finish(), 0, waiting.output)

    def test_times_out(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            done = cluster.ctl("wait", "nobody", "local-0", "--timeout", "200ms", expect=6)
            self.assertIn("'nobody' is no worker so far, not running", done.stderr)
            done = cluster.ctl("wait", "--workers", "3", "--timeout", "200ms", expect=6)
            self.assertIn("2 of 3 workers are running", done.stderr)
            done = cluster.ctl("wait", "local-*", "--state", "stopped", "--timeout", "200ms", expect=6)
            self.assertIn("local-0 is running, local-1 is running, not stopped", done.stderr)


if __name__ == "__main__":
    unittest.main()
