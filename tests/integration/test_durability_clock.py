"""Clocks that jump, and daskd or its host agent stopped for a while: nobody is taken for dead, nothing is forgotten."""

import os
import signal
import socket
import subprocess
import threading
import time
import unittest
from pathlib import Path

from daskd_testing import Cluster, local
from processes import parent
from waiting import wait_until

YEAR_S = 365 * 86400
SHIFTED_CLOCK = Path(__file__).parents[1] / "support/shifted_clock.c"


class WallClock(unittest.TestCase):
    def setUp(self):
        self.cluster = self.enterContext(Cluster(local(backoff={"initial": "100ms", "max": "1s"})))
        library, self.shift = self.cluster.dir / "shifted_clock.so", self.cluster.dir / "shift"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, SHIFTED_CLOCK, "-ldl"], check=True)
        self.cluster.env.update({"LD_PRELOAD": str(library), "SHIFTED_CLOCK": str(self.shift)})
        self.set_clock(0)

    def set_clock(self, shift_s):
        fresh = self.shift.with_suffix(".new")
        fresh.write_text(str(shift_s))
        fresh.rename(self.shift)

    def test_a_year_forth_and_two_back(self):
        cluster = self.cluster
        cluster.ctl("up")
        before = cluster.status()
        years = []
        for shift_s in (YEAR_S, -YEAR_S):
            self.set_clock(shift_s)
            pid = cluster.worker("local-0")["pid"]
            os.kill(pid, signal.SIGKILL)
            begin = time.monotonic()
            last_exit = cluster.wait_replaced("local-0", pid)["last_exit"]
            self.assertLess(time.monotonic() - begin, 10)
            self.assertEqual(last_exit["cause"], "signal")
            years.append(int(cluster.events()[-1]["at"][:4]))
        self.assertEqual(years[0] - years[1], 2, "events bear the time of the wall clock")
        after = cluster.status()
        self.assertEqual(after["state"], "running")
        for of in ("daemon", "scheduler"):
            self.assertLess(abs(after[of]["uptime_s"] - before[of]["uptime_s"]), 600)
        self.assertEqual(after["scheduler"]["restarts"], 0)
        self.assertEqual(cluster.worker("local-1")["restarts"], 0)
        events = cluster.events()
        self.assertEqual([event["seq"] for event in events], sorted(event["seq"] for event in events))
        self.assertEqual(cluster.events(since=events[-2]["seq"]), events[-1:])
        cluster.ctl("wait", "--workers", "2", "--timeout", "5s")
        cluster.ctl("wait", "--workers", "3", "--timeout", "1s", expect=6)

    def test_pauses_between_restarts_are_as_long_as_ever(self):
        cluster = self.cluster
        preload = cluster.dir / "ends.py"
        preload.write_text("import os\ndef dask_setup(worker):\n    os._exit(3)\n")
        cluster.configure(local(workers=1, preload=[str(preload)], backoff={"initial": "1s", "max": "1s"}))
        cluster.ctl("up", "--no-wait")
        wait_until(lambda: cluster.worker("local-0")["restarts"] >= 2, 30, "two restarts")
        for shift_s in (YEAR_S, -YEAR_S):
            self.set_clock(shift_s)
            restarts, begin = cluster.worker("local-0")["restarts"], time.monotonic()
            wait_until(lambda: cluster.worker("local-0")["restarts"] >= restarts + 3, 30, "three more")
            self.assertGreater(time.monotonic() - begin, 1)


class Stopped(unittest.TestCase):
    def stop_daskd(self, cluster):
        pid = cluster.daemon_pid()
        os.kill(pid, signal.SIGSTOP)
        self.addCleanup(self.go_on, pid)
        return pid

    def go_on(self, pid):
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass

    def test_workers_go_on_and_the_dead_are_replaced_later(self):
        with Cluster(local(workers=3, liveness="4s")) as cluster:
            cluster.ctl("up")
            before = {worker["name"]: worker for worker in cluster.status()["workers"]}
            with cluster.client() as client:
                daskd = self.stop_daskd(cluster)
                os.kill(before["local-0"]["pid"], signal.SIGKILL)
                end = time.monotonic() + 6  # longer than liveness
                while time.monotonic() < end:
                    self.assertEqual(client.submit(sum, range(10), pure=False).result(timeout=20), 45)
                    time.sleep(0.1)
                os.kill(daskd, signal.SIGCONT)
                worker = cluster.wait_replaced("local-0", before["local-0"]["pid"])
            self.assertEqual(worker["last_exit"]["signal"], "SIGKILL")
            for name in ("local-1", "local-2"):
                self.assertEqual((cluster.worker(name)["pid"], cluster.worker(name)["restarts"]),
                                 (before[name]["pid"], 0))

    def test_who_registered_meanwhile_was_not_too_late(self):
        with Cluster() as cluster:
            go = cluster.dir / "go"
            preload = cluster.dir / "waits.py"
            preload.write_text("import asyncio, os\nasync def dask_setup(worker):\n"
                               f"    while not os.path.exists({str(go)!r}):\n        await asyncio.sleep(0.05)\n")
            cluster.configure(local(workers=8, preload=[str(preload)], start_timeout="4s", stop_timeout="1s"))
            cluster.ctl("up", "--no-wait")
            wait_until(lambda: all(w["pid"] for w in cluster.status()["workers"]) and cluster.worker_names(), 20,
                       "all processes started")
            from distributed import Client
            with Client(cluster.status()["scheduler"]["address"], set_as_default=False) as client:
                daskd = self.stop_daskd(cluster)
                go.touch()
                client.wait_for_workers(8, timeout=20)
            time.sleep(5)  # start_timeout passes: that is what is tested
            os.kill(daskd, signal.SIGCONT)
            status = cluster.wait_running()
            self.assertEqual([(w["restarts"], w["last_exit"]) for w in status["workers"]], [(0, None)] * 8)

    def test_an_agent_that_does_not_answer_is_told(self):
        with Cluster(local(workers=2)) as cluster:
            cluster.ctl("up")
            before = cluster.worker("local-0")
            agent = parent(before["pid"])
            os.kill(agent, signal.SIGSTOP)
            self.addCleanup(self.go_on, agent)
            with cluster.start_ctl("events", "-f") as follower:
                os.kill(before["pid"], signal.SIGKILL)
                line = follower.wait_for("does not answer", timeout=30)
                self.assertIn(f"kill -CONT {agent}", line)
                self.assertIn(f"kill -CONT {agent}", cluster.ctl("status", expect=None).stdout)
                with cluster.client() as client:
                    self.assertEqual(client.submit(sum, range(10)).result(timeout=20), 45, "the other worker works")
                os.kill(agent, signal.SIGCONT)
                follower.wait_for("it answers again")
            cluster.wait_replaced("local-0", before["pid"])
            self.assertNotIn("kill -CONT", cluster.ctl("status", expect=None).stdout)
            self.assertEqual(cluster.worker("local-1")["restarts"], 0)

    def lose_daskd(self, cluster, agent):
        """While `agent` is stopped, and so cannot tell the next one what runs."""
        os.kill(agent, signal.SIGSTOP)
        self.addCleanup(self.go_on, agent)
        os.kill(cluster.daemon_pid(), signal.SIGKILL)

    def assert_goes_on(self, cluster, agent, before):
        os.kill(agent, signal.SIGCONT)
        cluster.wait_running()
        self.assertEqual(cluster.identities(), before)

    def test_a_new_daskd_is_not_held_up_by_an_agent_that_takes_nobody(self):
        with Cluster(local(workers=1)) as cluster:
            cluster.ctl("up")
            before, agent = cluster.identities(), parent(cluster.worker("local-0")["pid"])
            self.lose_daskd(cluster, agent)
            (path,) = cluster.runtime_dir.glob("agent-*.sock")
            self.fill_queue(path)
            self.assertIn("still run, though their daskd is gone", cluster.ctl("reset", expect=1).stderr)
            cluster.ctl("daemon", "start")
            self.assertRegex(cluster.ctl("status", expect=None).stdout, "takes no connections.*pkill -CONT -f")
            self.assert_goes_on(cluster, agent, before)

    def fill_queue(self, path):
        while True:
            waiting = socket.socket(socket.AF_UNIX)
            self.addCleanup(waiting.close)
            waiting.setblocking(False)
            try:
                waiting.connect(str(path))
            except BlockingIOError:
                return

    def test_a_new_daskd_tells_of_an_agent_that_does_not_greet(self):
        with Cluster(local(workers=1)) as cluster:
            cluster.ctl("up")
            before, agent = cluster.identities(), parent(cluster.worker("local-0")["pid"])
            self.lose_daskd(cluster, agent)
            cluster.ctl("daemon", "start")
            with cluster.start_ctl("events", "-f") as follower:
                follower.wait_for("has not answered yet", timeout=60)
            self.assertIn("pkill -CONT -f", cluster.ctl("status", expect=None).stdout)
            self.assert_goes_on(cluster, agent, before)
            self.assertNotIn("pkill", cluster.ctl("status").stdout)

    def test_an_agent_stopped_for_a_while(self):
        with Cluster(local(workers=2)) as cluster:
            cluster.ctl("up")
            before = cluster.worker("local-0")
            agent = parent(before["pid"])
            os.kill(agent, signal.SIGSTOP)
            timer = threading.Timer(3, os.kill, (agent, signal.SIGCONT))
            timer.start()
            self.addCleanup(timer.join)
            os.kill(before["pid"], signal.SIGKILL)
            worker = cluster.wait_replaced("local-0", before["pid"])
            self.assertEqual((worker["restarts"], worker["last_exit"]["signal"]), (1, "SIGKILL"))
            self.assertEqual(cluster.worker("local-1")["restarts"], 0)


if __name__ == "__main__":
    unittest.main()
