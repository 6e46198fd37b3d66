import os
import signal
import time
import unittest
from pathlib import Path

from support import AgentCase, is_alive, wait_until

COUNT = 10_000

# The shell between them ends first, so that each of these processes is left to the agent, which reaps it.
MANY = f"""
import subprocess, time
subprocess.run(["sh", "-c", "i=0; while [ $i -lt {COUNT} ]; do ( : & ); i=$((i+1)); done; touch forked"])
time.sleep(60)
"""

LEFT = """
import subprocess, time
script = "i=0; while [ $i -lt 300 ]; do (setsid sleep 100 &); i=$((i+1)); done; touch forked"
subprocess.run(["sh", "-c", script])
time.sleep(60)
"""


class Reaping(AgentCase):
    def children(self) -> list[int]:
        assert self.agent is not None
        return list(map(int, Path(f"/proc/{self.agent.pid}/task/{self.agent.pid}/children").read_text().split()))

    def wait_forked(self) -> None:
        wait_until(lambda: os.path.exists(self.path("forked")), "all processes started", 60)

    def test_ten_thousand_at_once_delay_nobody(self) -> None:
        self.start_agent()
        wire, _ = self.greet()
        other = self.run_code(wire, "other", "import time; time.sleep(60)")
        assert self.agent is not None
        self.run_code(wire, "w", MANY)
        # Stopped, it gathers them.
        self.agent.send_signal(signal.SIGSTOP)
        self.wait_forked()
        self.assertGreater(len(self.children()), COUNT)
        os.kill(other["pid"], signal.SIGKILL)
        begin = time.monotonic()
        self.agent.send_signal(signal.SIGCONT)
        wire.expect("exited", name="other")
        took_s = time.monotonic() - begin
        self.assertLess(took_s, 0.5)
        wait_until(lambda: len(self.children()) < 10, "all reaped")
        self.assertLess(time.monotonic() - begin, 5)

    def test_what_a_worker_started_ends_with_it(self) -> None:
        self.start_agent()
        wire, _ = self.greet()
        worker = self.run_code(wire, "w", LEFT)

        def sleeping() -> list[int]:
            return [pid for pid in self.children() if Path(f"/proc/{pid}/comm").read_text() == "sleep\n"]
        started = wait_until(lambda: len(found := sleeping()) == 300 and found, "300 sleeping processes")
        os.kill(worker["pid"], signal.SIGKILL)
        wire.expect("exited", name="w")
        begin = time.monotonic()
        self.run_code(wire, "next", "import time; time.sleep(60)")
        self.assertLess(time.monotonic() - begin, 1, "its successor does not wait for them")
        wait_until(lambda: not any(map(is_alive, started)), "all ended")


if __name__ == "__main__":
    unittest.main()
