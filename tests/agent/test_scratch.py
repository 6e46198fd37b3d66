"""The scratch directory of a dead worker is removed; what is anybody else's stays."""

import glob
import os
import shutil
import signal
import unittest
from typing import Any

from support import AgentCase, is_alive, wait_until

MARK = ".daskd-scratch"


class Scratch(AgentCase):
    def setUp(self) -> None:
        super().setUp()
        self.start_agent()
        self.wire, _ = self.greet()

    def space(self) -> list[str]:
        """The directories that workers have claimed."""
        return sorted(map(os.path.dirname, glob.glob(self.path(f"dask-*-space/worker-*/{MARK}"))))

    def start(self, name: str, **fields: Any) -> tuple[int, str]:
        """A worker that lives, and its directory."""
        before = self.space()
        pid = self.spawn(self.wire, name, **fields)["pid"]
        return pid, wait_until(lambda: [new for new in self.space() if new not in before], "a claim")[0]

    def kill(self, name: str) -> None:
        self.wire.send(op="signal", name=name, incarnation=1, signal=signal.SIGKILL, tree=True)
        self.wire.expect("exited", name=name)

    def wait_gone(self, path: str) -> None:
        wait_until(lambda: not os.path.lexists(path), f"{path} removed")

    def test_of_a_killed_worker_it_is_removed_and_of_others_not(self) -> None:
        foreign = self.path("dask-worker-space/worker-foreign")
        for mode in ("fork", "exec"):
            _, others = self.start(f"other-{mode}", mode=mode)
            os.makedirs(foreign, exist_ok=True)
            _, own = self.start(f"w-{mode}", mode=mode)
            self.write(os.path.join(own, "spilled"), "results")
            self.kill(f"w-{mode}")
            self.wait_gone(own)
            self.wait_gone(own + ".dirlock")
            self.assertTrue(os.path.exists(foreign))
            self.assertTrue(os.path.exists(others + ".dirlock"))

    def test_that_of_a_standby_and_of_the_worker_that_it_becomes(self) -> None:
        self.start("a", standby=1)
        spare = wait_until(lambda: self.space() if len(self.space()) == 2 else None, "the standby's claim")
        pid = self.spawn(self.wire, "b", standby=1)["pid"]
        self.kill("b")
        wait_until(lambda: len(set(spare) & set(self.space())) == 1, "its directory removed")
        self.assertFalse(is_alive(pid))

    def test_a_directory_made_anew_is_not_touched(self) -> None:
        _, own = self.start("w")
        shutil.rmtree(own)
        os.mkdir(own)
        self.kill("w")
        wait_until(lambda: not os.listdir(self.path("agent.scratch")), "the entry removed")
        self.assertTrue(os.path.isdir(own))

    def test_links_are_not_followed(self) -> None:
        _, own = self.start("w")
        os.mkdir(self.path("precious"))
        moved = self.path("precious/moved")
        os.rename(own, moved)
        os.symlink(moved, own)
        _, second = self.start("v")
        os.symlink(self.path("precious"), os.path.join(second, "link"))
        self.kill("w")
        self.kill("v")
        self.wait_gone(second)
        self.assertTrue(os.path.exists(os.path.join(moved, MARK)))

    def test_a_directory_that_is_not_dasks_is_not_claimed(self) -> None:
        code = ("async def dask_setup(worker):\n    open('ready', 'w').close()\n"
                "import daskd_agent.scratch as scratch\nscratch.claim('entries', '/tmp')\n")
        self.run_code(self.wire, "w", code)
        wait_until(lambda: os.path.exists(self.path("ready")), "the start")
        self.assertFalse(os.path.exists(self.path("entries")))

    def test_left_by_a_dead_agent_they_are_removed_by_the_next(self) -> None:
        pid, own = self.start("w")
        assert self.agent is not None
        self.agent.kill()
        self.agent.wait()
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(pid), "the worker's end")
        os.unlink(self.path("agent.sock"))
        self.start_agent()
        self.wire, _ = self.greet()
        self.wait_gone(own)

    def test_the_end_of_the_agent_leaves_nothing(self) -> None:
        self.start("w", standby=1)
        wait_until(lambda: len(self.space()) == 2, "the standby's claim")
        self.wire.send(op="shutdown")
        assert self.agent is not None
        self.assertEqual(self.agent.wait(10), 0)
        self.assertEqual(self.space(), [])
        self.assertEqual(glob.glob(self.path("*.scratch")), [])


if __name__ == "__main__":
    unittest.main()
