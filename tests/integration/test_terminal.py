"""The progress that a waiting verb draws on a terminal: a line a pool, that fits, and Ctrl-C leaves nothing of it."""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
import unittest

from daskd_testing import DASKCTL, Cluster, local

COLUMNS = 20
ERASE = "\r\033[J"


def read_until(terminal, ended, timeout=20):
    """What the terminal has got once `ended` holds of it."""
    text, deadline = "", time.monotonic() + timeout
    while not ended(text):
        if not select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
            raise AssertionError(f"timed out after {text!r}")
        text += os.read(terminal, 65536).decode(errors="replace")
    return text


class Terminal(unittest.TestCase):
    def test_progress_fits_and_is_taken_away(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            terminal, theirs = os.openpty()
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
            with subprocess.Popen([DASKCTL, "wait", "nobody"], env=cluster.env, stdin=subprocess.DEVNULL,
                                  stdout=theirs, stderr=theirs) as waiting:
                drawn = read_until(terminal, lambda text: "…" in text)
                lines = [line for line in re.split(r"\r\033\[J", drawn) if line]
                self.assertTrue(lines[-1].startswith("local  2 of 2"), drawn)
                self.assertLess(max(map(len, lines)), COLUMNS)
                waiting.send_signal(signal.SIGINT)
                self.assertEqual(waiting.wait(10), -signal.SIGINT)
                self.assertEqual(read_until(terminal, lambda text: text), ERASE)
            os.close(terminal)
            os.close(theirs)

    def test_a_line_a_pool_with_what_it_waits_for(self):
        config = local(workers=1)
        with Cluster() as cluster:
            config["daskd"]["pools"]["late"] = {
                "workers": 1, "threads": 1, "preload": [str(cluster.dir / "missing.py")], "backoff": {"initial": "20s", "max": "20s"}}
            cluster.configure(config)
            terminal, theirs = os.openpty()
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))
            with subprocess.Popen([DASKCTL, "up"], env=cluster.env, stdin=subprocess.DEVNULL, stdout=theirs,
                                  stderr=theirs) as up:
                both = re.compile(r"local  1 of 1 worker running\r\nlate .*in backoff \(late-0 again in ")
                drawn = read_until(terminal, both.search, 60)
                screen = [line for line in re.split("\r\n|\r", drawn.replace("\033[J", "").replace("\033[1A", "")) if line]
                self.assertTrue(screen[-1].startswith("late   0 of 1 worker running, 1 in backoff"), drawn)
                self.assertEqual(screen[-2], "local  1 of 1 worker running")
                up.send_signal(signal.SIGINT)
                self.assertEqual(up.wait(10), -signal.SIGINT)
                self.assertTrue(read_until(terminal, lambda text: "\033[1A\033[J" in text))
            os.close(terminal)
            os.close(theirs)
            self.assertEqual(cluster.worker("local-0")["state"], "running", "Ctrl-C undoes nothing")


if __name__ == "__main__":
    unittest.main()
