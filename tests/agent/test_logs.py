import os
import unittest
from pathlib import Path

from support import AgentCase, wait_until

FLOOD = """
import os, time
for round in range(4):
    os.write(1, "".join(f"round {round} line {i} " + 60 * "x" + "\\n" for i in range(200)).encode())
    while round < 3 and not os.path.exists(f"go{round}"):
        time.sleep(0.01)
os._exit(0)
"""


class Rotation(AgentCase):
    def test_a_long_log_is_copied_truncated_and_three_are_kept(self) -> None:
        self.start_agent()
        wire, _ = self.greet()
        self.run_code(wire, "w", FLOOD, log_size=4096)
        log = Path(self.path("w.log"))
        for round in range(3):
            wait_until(lambda: f"round {round} line 199" in self.log_of("w", ".1") and not self.log_of("w"), f"rotation {round}")
            self.assertLessEqual(os.path.getsize(f"{log}.1"), 4096)
            self.write(f"go{round}", "")
        tail = wire.expect("exited", name="w")["log_tail"]
        self.assertTrue(tail[-1].startswith("round 3 line 199"), tail)
        self.assertTrue(os.path.exists(f"{log}.3"))
        self.assertFalse(os.path.exists(f"{log}.4"))

    def test_a_log_in_a_new_directory(self) -> None:
        self.start_agent()
        wire, _ = self.greet()
        self.run_code(wire, "w", "import os; print('here'); os._exit(0)", log=self.path("new/deep/w.log"))
        self.assertEqual(wire.expect("exited", name="w")["log_tail"][-1], "here")


if __name__ == "__main__":
    unittest.main()
