import os
import time
import unittest

from support import AgentCase, wait_until

LIMIT = 16 << 20

# 100 MB/s for 3 s, whatever happens to the file.
FLOOD = """
import os, time
line = b"x" * 99 + b"\\n"
block = line * 20_000
begin = time.monotonic()
for number in range(150):
    os.write(1, block)
    time.sleep(max(0, begin + number / 50 - time.monotonic()))
os.write(1, b"the end\\n")
open("flooded", "w").write("1")
time.sleep(60)
"""


class Flood(AgentCase):
    def size_of_all(self, name: str) -> int:
        total = 0
        for suffix in ("", ".1", ".2", ".3", ".4"):
            try:
                total += os.stat(self.path(f"{name}.log{suffix}")).st_size
            except OSError:
                pass
        return total

    def test_a_flooded_log_stays_bounded_and_keeps_nobody_waiting(self) -> None:
        self.start_agent()
        wire, _ = self.greet()
        self.run_code(wire, "w", FLOOD, log_size=LIMIT)
        most, slowest = 0, 0.0

        def is_over() -> bool:
            nonlocal most, slowest
            most = max(most, self.size_of_all("w"))
            begin = time.monotonic()
            wire.send(op="examine", name="w", incarnation=1)
            wire.expect("examined")
            slowest = max(slowest, time.monotonic() - begin)
            return os.path.exists(self.path("flooded"))

        wait_until(is_over, "the end of the flood")
        self.assertLess(most, 6 * LIMIT, f"{most / LIMIT} times the limit")
        self.assertLess(slowest, 0.5, "the agent answers meanwhile")
        wait_until(lambda: os.path.getsize(self.path("w.log")) <= LIMIT, "the last rotation")
        self.assertTrue(os.path.exists(self.path("w.log.3")))
        self.assertFalse(os.path.exists(self.path("w.log.4")))
        for suffix in (".1", ".2", ".3"):
            with open(self.path(f"w.log{suffix}"), "rb") as file:
                self.assertEqual(file.read(100), b"x" * 99 + b"\n", f"{suffix} begins with a whole line")
            os.truncate(self.path(f"w.log{suffix}"), 0)  # nobody wants to see them if this fails

    def test_a_log_that_grows_later_is_noticed(self) -> None:
        """By then nobody looks any more: the kernel tells of the write."""
        self.start_agent()
        wire, _ = self.greet()
        code = "import os, time\nos.mkfifo('go')\nopen('go').read()\nos.write(1, b'y' * 5000)\ntime.sleep(60)\n"
        self.run_code(wire, "w", code, log_size=4096)
        wait_until(lambda: os.path.exists(self.path("go")), "the worker's start")

        def rests() -> bool:
            before = self.wakeups()
            time.sleep(1.5)
            return self.wakeups() - before <= 5
        wait_until(rests, "a quiet log wakes nobody")
        with open(self.path("go"), "w"):
            pass
        wait_until(lambda: os.path.exists(self.path("w.log.1")), "the rotation")

    def wakeups(self) -> int:
        assert self.agent is not None
        with open(f"/proc/{self.agent.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("voluntary_ctxt_switches"))


if __name__ == "__main__":
    unittest.main()
