"""A worker's death is heard while the kernel still takes it apart, and nothing else is taken for one."""

import os
import signal
import unittest
from pathlib import Path

from distributed import Client, wait
from support import LinkCase, wait_until

HANDLED_SIGNALS = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}


# So much that taking it apart takes longer than a wake-up on a busy machine.
MUCH = 400 << 20


class Canary(LinkCase):
    def setUp(self) -> None:
        super().setUp()
        self.start_scheduler()
        args = [self.snapshot["address"], "--no-nanny", "--nthreads", "1", "--no-dashboard", "--memory-limit", "0"]
        self.order = {"args": args, "standby": 1}
        self.pid = self.spawn(self.agent_wire, "a", 1, **self.order)["pid"]
        self.link.expect("worker_added", name="a")

    def canary(self) -> Path:
        """The one thread with a table of descriptors that holds a single one."""
        alone = [task for task in Path(f"/proc/{self.pid}/task").iterdir() if len(list((task / "fd").iterdir())) == 1]
        self.assertEqual(len(alone), 1)
        return alone[0]

    def client(self) -> Client:
        client = Client(self.snapshot["address"])
        self.addCleanup(client.close)
        return client

    def wait_for_spare(self) -> None:
        assert self.agent is not None
        children = Path(f"/proc/{self.agent.pid}/task/{self.agent.pid}/children")
        wait_until(lambda: len(children.read_text().split()) >= 3, "scheduler, worker and standby")

    def test_it_holds_its_pipe_alone_and_takes_no_signal(self) -> None:
        canary = self.canary()
        self.assertTrue(os.readlink(next((canary / "fd").iterdir())).startswith("pipe:"))
        status = dict(line.split(":\t", 1) for line in (canary / "status").read_text().splitlines() if ":\t" in line)
        blocked = int(status["SigBlk"], 16)
        self.assertEqual([number for number in HANDLED_SIGNALS if not blocked >> (number - 1) & 1], [])

    def test_death_is_heard_before_the_process_is_gone(self) -> None:
        filled = self.client().submit(lambda size: b"x" * size, MUCH)
        wait(filled)
        self.wait_for_spare()
        os.kill(self.pid, signal.SIGKILL)
        exited = self.agent_wire.expect("exited", name="a")
        self.assertEqual((exited["code"], exited["signal"]), (None, "SIGKILL"))
        self.assertIsNone(exited["max_rss_bytes"], "nobody had reaped it")

    def test_another_program_in_its_place_has_not_died(self) -> None:
        self.wait_for_spare()
        client = self.client()
        becoming = client.submit(lambda: os.execv("/bin/sleep", ["sleep", "60"]))
        exe = f"/proc/{self.pid}/exe"
        wait_until(lambda: os.path.basename(os.readlink(exe)) == "sleep", "the other program")
        _, hello = self.greet()
        self.assertIn(self.pid, [process["pid"] for process in hello["processes"]])
        self.assertEqual(hello["exits"], [])
        becoming.cancel()


if __name__ == "__main__":
    unittest.main()
