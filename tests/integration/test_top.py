"""`daskctl top` in a real terminal: what it shows, what its keys do, and what it costs."""

import os
import re
import signal
import time
import unittest
from pathlib import Path

from daskd_testing import DASKCTL, Cluster, local
from tmux import Tmux
from waiting import wait_until


def naps(pid):
    """How often a process has gone to sleep so far: each wake-up is one."""
    return int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", Path(f"/proc/{pid}/status").read_text(), re.M)[1])


def events_about(cluster, name, to):
    return [event for event in cluster.events() if event["name"] == name and event["to"] == to]


class Top(unittest.TestCase):
    def test_life(self):
        with Cluster(local(workers=2)) as cluster:
            cluster.ctl("up")
            env = {key: value for key, value in cluster.env.items() if key != "NO_COLOR"}
            with Tmux([DASKCTL, "top", "--interval", "200ms"], env) as terminal:
                screen = terminal.wait_for("default: running, 2 of 2 workers running")
                for shown in ("scheduler tcp://127.0.0.1:", "local 2/2", "tasks     none", "NAME", "EVENTS", "q quit"):
                    self.assertIn(shown, screen)
                self.assertTrue(all(len(line) <= 80 for line in screen.splitlines()), screen)
                self.assertIn("\033[32m", terminal.screen("-e"), "green")
                self.assertNotIn("38;", terminal.screen("-e"), "eight colours are enough")
                terminal.wait_for(" MiB")

                with self.subTest("what happens shows without a key"):
                    os.kill(old := cluster.worker("local-1")["pid"], signal.SIGKILL)
                    terminal.wait_for("local-1 running → backoff: killed by SIGKILL")
                    cluster.wait_replaced("local-1", old)
                    terminal.wait_for("2 of 2 workers running")

                with self.subTest("tasks"), cluster.client() as client:
                    gate = cluster.dir / "gate"

                    def wait_for_file(_, path=str(gate)):  # local: workers could not import it
                        while not os.path.exists(path):
                            time.sleep(0.05)
                    futures = client.map(wait_for_file, range(6), pure=False)
                    terminal.wait_for("0 of 6 done, ")
                    gate.touch()
                    terminal.wait_for("6 of 6 done")
                    del futures

                with self.subTest("restart the second worker"):
                    terminal.keys("j", "r")
                    terminal.wait_for("restart local-1? (y/n)")
                    terminal.keys("y")
                    terminal.wait_for("local-1: restarted")
                    self.assertEqual(cluster.worker("local-1")["last_exit"]["cause"], "requested")

                with self.subTest("stop it, and start it again"):
                    terminal.keys("s", "y")
                    terminal.wait_for("local-1: stopped, until it is started")
                    self.assertEqual(cluster.worker("local-1")["state"], "stopped")
                    terminal.keys("s")
                    terminal.wait_for("local-1: started")
                    self.assertEqual(cluster.worker("local-1")["state"], "running")

                with self.subTest("scale"):
                    terminal.keys("n", "3")
                    terminal.wait_for("workers of local (now 2): 3")
                    terminal.keys("Enter")
                    terminal.wait_for("local: 3 workers")
                    terminal.wait_for("3 of 3 workers running")
                    terminal.keys("-")
                    terminal.wait_for("2 of 2 workers running")

                with self.subTest("a log, as it grows"):
                    terminal.keys("l")
                    terminal.wait_for("log of local-1")
                    with open(cluster.worker("local-1")["log"], "a") as log:
                        log.write("hello from the log\n")
                    terminal.wait_for("hello from the log")
                    terminal.keys("Escape")
                    terminal.wait_for("NAME")

                with self.subTest("another window size"):
                    terminal.resize(130, 40)
                    terminal.wait_for("LAST EXIT")
                    terminal.wait_for("stopped on request")
                    terminal.keys("?")
                    terminal.wait_for("restart it; its results move first")
                    terminal.keys("q")
                    terminal.resize(80, 24)
                    terminal.wait_for("q quit")

                with self.subTest("a daskd that is killed comes back, and so does the screen"):
                    os.kill(pid := cluster.daemon_pid(), signal.SIGKILL)
                    wait_until(lambda: (cluster.status()["daemon"] or {"pid": pid})["pid"] != pid, 30, "another daskd")
                    terminal.wait_for("2 of 2 workers running")

                terminal.keys("q")
                self.assertEqual(terminal.wait_for_end(), 0)

            with self.subTest("figures flow only while somebody watches"):
                pid = cluster.daemon_pid()

                def sleeps_on():
                    before = naps(pid)
                    time.sleep(1.5)  # longer than any interval here
                    return naps(pid) - before <= 1  # the end of our own question
                wait_until(sleeps_on, 30, "daskd has nothing to do")

    def test_where_it_cannot_be(self):
        with Cluster(local()) as cluster:
            self.assertIn("needs a terminal", cluster.ctl("top", expect=2).stderr)
            with Tmux([DASKCTL, "top"], {**cluster.env, "LANG": "C"}) as terminal:
                screen = terminal.wait_for("no daskd runs; waiting for one")
                self.assertTrue(screen.isascii(), screen)
                cluster.ctl("up")
                screen = terminal.wait_for("2 of 2 workers running")
                self.assertTrue(screen.isascii(), screen)
                terminal.keys("C-c")
                self.assertEqual(terminal.wait_for_end(), 0)


if __name__ == "__main__":
    unittest.main()
