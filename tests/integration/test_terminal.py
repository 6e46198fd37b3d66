"""The line of progress that a waiting verb draws on a terminal: it fits, and Ctrl-C leaves nothing of it behind."""

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
ERASE = "\r\033[K"


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
                lines = [line for line in re.split(r"\r\033\[K", drawn) if line]
                self.assertTrue(lines[-1].startswith("running: "), drawn)
                self.assertLess(max(map(len, lines)), COLUMNS)
                waiting.send_signal(signal.SIGINT)
                self.assertEqual(waiting.wait(10), -signal.SIGINT)
                self.assertEqual(read_until(terminal, lambda text: text), ERASE)
            os.close(terminal)
            os.close(theirs)


if __name__ == "__main__":
    unittest.main()
