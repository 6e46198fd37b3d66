"""Cgroups: who gets one, and what is written there. Files stand for the kernel's where this machine has none to give."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

from support import AgentCase, packed, wait_until

MIB = 1 << 20


class FakeCgroup(AgentCase):
    """A directory that looks as a cgroup does."""

    def setUp(self) -> None:
        super().setUp()
        sys.path.insert(0, packed(self.directory))
        self.addCleanup(sys.path.pop, 0)
        from daskd_agent import cgroup

        self.cgroup = cgroup
        self.make(controllers="cpu memory", procs=str(os.getpid()))

    def make(self, controllers: str, procs: str) -> None:
        self.write("cgroup.controllers", controllers)
        self.write("cgroup.procs", procs)

    def read(self, name: str) -> str:
        return Path(self.path(name)).read_text()

    def test_only_where_it_is_ours_and_has_the_controller(self) -> None:
        for controllers, procs in (("cpu", str(os.getpid())), ("memory", f"1\n{os.getpid()}\n"), ("memory", "1")):
            self.make(controllers, procs)
            self.assertFalse(self.cgroup.prepare(self.directory))
        self.assertFalse(self.cgroup.prepare("/no/such/place"))
        self.assertFalse(os.path.exists(self.path("daskd-agent")))

    def test_a_delegated_one_may_hold_others(self) -> None:
        self.make(controllers="memory", procs="1 2")
        try:
            os.setxattr(self.directory, "user.delegate", b"1")
        except OSError:
            self.skipTest("no extended attributes here")
        self.assertTrue(self.cgroup.prepare(self.directory))
        self.assertEqual(self.read("daskd-agent/cgroup.procs"), "2")  # after 1

    def test_the_agent_makes_room_for_groups(self) -> None:
        self.assertTrue(self.cgroup.prepare(self.directory))
        self.assertEqual(self.read("daskd-agent/cgroup.procs"), str(os.getpid()))
        self.assertEqual(self.read("cgroup.subtree_control"), "+memory")

    def test_a_worker_has_its_limit_and_its_end_a_cause(self) -> None:
        groups = self.cgroup.Groups(self.directory)
        self.assertTrue(groups.hold(7, 400))
        self.assertEqual(self.read("daskd-worker-7/memory.max"), "400")
        self.assertEqual(self.read("daskd-worker-7/cgroup.procs"), "7")
        self.write("daskd-worker-7/memory.events", "low 0\noom 0\noom_kill 0\n")
        self.assertIsNone(groups.ended(7, 400))
        self.write("daskd-worker-7/memory.events", "low 0\noom 1\noom_kill 3\n")
        self.assertEqual(groups.ended(7, 400), {"used_bytes": 400, "limit_bytes": 400})
        self.write("daskd-worker-7/memory.peak", "399\n")
        self.assertEqual(groups.ended(7, 400), {"used_bytes": 399, "limit_bytes": 400})

    def test_what_is_left_in_a_group_is_killed_until_it_is_gone(self) -> None:
        groups = self.cgroup.Groups(self.directory)
        groups.hold(7, 400)
        groups.ended(7, 400)
        groups.sweep()
        self.assertEqual(self.read("daskd-worker-7/cgroup.kill"), "1")
        self.write("daskd-worker-7/cgroup.kill", "")
        groups.sweep()
        self.assertEqual(self.read("daskd-worker-7/cgroup.kill"), "1")

    def test_without_a_place_nobody_gets_a_group(self) -> None:
        groups = self.cgroup.Groups(None)
        self.assertFalse(groups.hold(7, 400))
        self.assertIsNone(groups.ended(7, 400))
        groups.close()


def real_place() -> str:
    """A writable cgroup that can give memory to others below it, or "" ."""
    with open("/proc/self/mountinfo") as file:
        mount = next((line.split()[4] for line in file if " - cgroup2 " in line), "")
    try:
        with open(f"{mount}/cgroup.subtree_control") as file:
            can = "memory" in file.read().split() and os.access(mount, os.W_OK)
    except OSError:
        can = False
    return mount if can else ""


@unittest.skipUnless(real_place(), "needs a writable cgroup v2 that has the memory controller")
class RealCgroup(AgentCase):
    def setUp(self) -> None:
        super().setUp()
        self.place = f"{real_place()}/daskd-test-{os.getpid()}"
        os.mkdir(self.place)
        self.addCleanup(lambda: wait_until(self.is_removed, "the cgroup removed"))
        self.addCleanup(self._end_agent)

    def is_removed(self) -> bool:
        try:
            os.rmdir(self.place)
        except OSError:
            return False
        return True

    def test_the_kernel_ends_a_worker_beyond_its_limit(self) -> None:
        command = [sys.executable, self.program, "--id", "test", "--socket", self.path("agent.sock")]
        enter = 'echo $$ > "$0/cgroup.procs"; exec "$@"'
        with open(self.path("agent.log"), "ab") as log:
            self.agent = subprocess.Popen(["sh", "-c", enter, self.place, *command], stdout=log, stderr=log)
        wait_until(lambda: os.path.exists(self.path("agent.sock")), "the agent's socket")
        wire, _ = self.greet()
        guard = {"limit_bytes": 400 * MIB, "terminate_bytes": 4000 * MIB, "interval_s": 0.1}
        code = f"import time\nkept = b'x' * {500 * MIB}\ntime.sleep(99)"
        spawned = self.run_code(wire, "w", code, memory=guard)
        self.assertEqual(spawned["memory_enforced_by"], "cgroup")
        exited = wire.expect("exited", name="w")
        self.assertEqual(exited["signal"], "SIGKILL")
        self.assertEqual(exited["memory"]["limit_bytes"], 400 * MIB)


if __name__ == "__main__":
    unittest.main()
