"""The agent is found, and its logs are written, whatever is removed."""

import os
import unittest
from pathlib import Path

from support import AgentCase, wait_until

SPEAK = """
import os, time
print("before")
while not os.path.exists("go"):
    time.sleep(0.01)
print("after")
time.sleep(600)
"""


class Removal(AgentCase):
    def test_a_removed_socket_is_made_again_when_asked(self) -> None:
        self.start_agent()
        wire, _ = self.greet()
        os.unlink(self.path("agent.sock"))
        wire.send(op="listen")
        wait_until(lambda: os.path.exists(self.path("agent.sock")), "the socket")
        self.assertEqual(os.stat(self.path("agent.sock")).st_mode & 0o777, 0o600)
        _, hello = self.greet()
        self.assertEqual(hello["pid"], self.agent.pid)

    def test_a_socket_that_is_there_stays(self) -> None:
        self.start_agent()
        wire, _ = self.greet()
        before = os.stat(self.path("agent.sock")).st_ino
        wire.send(op="listen")
        wire.send(op="nonsense")
        wire.expect("error")
        self.assertEqual(os.stat(self.path("agent.sock")).st_ino, before)

    def test_a_removed_log_goes_on(self) -> None:
        self.start_agent()
        wire, _ = self.greet()
        self.run_code(wire, "w", SPEAK, log=self.path("logs/w.log"))
        log = Path(self.path("logs/w.log"))
        wait_until(lambda: log.exists() and "before" in log.read_text(), "the first word")
        log.unlink()
        log.parent.rmdir()
        self.write("go", "")
        wait_until(lambda: log.exists() and "after" in log.read_text(), "the second word")

    def test_a_log_that_takes_nothing(self) -> None:
        self.start_agent()
        wire, _ = self.greet()
        code = "import os; print('x' * 99999, flush=True); open('said', 'w').close(); os._exit(7)"
        self.run_code(wire, "w", code, log="/dev/full")
        self.assertEqual(wire.expect("exited", name="w")["code"], 7)
        self.assertTrue(os.path.exists(self.path("said")))


if __name__ == "__main__":
    unittest.main()
