"""Nothing that a launch has started outlives it, whatever it did to hide."""

import os
import signal
import textwrap
import unittest

from support import AgentCase, is_alive, wait_until

# A plain child, one in a session of its own, and one that forked twice and never executed anything.
FAMILY = """
import json, os, subprocess, sys, time

family = {
    "worker": os.getpid(),
    "child": subprocess.Popen(["sleep", "99"]).pid,
    "session": subprocess.Popen(["sleep", "99"], start_new_session=True).pid,
    "grandchild": int(subprocess.run(["sh", "-c", "setsid sleep 99 >/dev/null & echo $!"], stdout=-1).stdout),
}
reader, writer = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(writer, str(os.getpid()).encode())
        time.sleep(99)
    os._exit(0)
os.wait()
family["daemon"] = int(os.read(reader, 99))
with open(f"{NAME}.tmp", "w") as file:
    json.dump(family, file)
os.rename(f"{NAME}.tmp", NAME)
"""


class Tree(AgentCase):
    def family(self, name: str) -> dict:
        # Dask imports a preload twice; one family is enough.
        code = f"import os\nNAME = '{name}.json'\nif not os.path.exists(NAME):\n{textwrap.indent(FAMILY, '    ')}"
        self.run_code(self.wire, name, code)
        family = self.report(f"{name}.json")
        self.addCleanup(self.kill_left, dict(family))
        return family

    @staticmethod
    def kill_left(family: dict) -> None:
        for pid in family.values():
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)

    def wait_for_end(self, family: dict) -> None:
        for who, pid in family.items():
            wait_until(lambda: not is_alive(pid), f"the end of {who}")

    def setUp(self) -> None:
        super().setUp()
        self.start_agent()
        self.wire, _ = self.greet()

    def test_tree_signal_reaches_all_and_no_others(self) -> None:
        family, others = self.family("w"), self.family("other")
        self.wire.send(op="signal", name="w", incarnation=1, signal=signal.SIGKILL, tree=True)
        self.wait_for_end(family)
        self.assertTrue(all(map(is_alive, others.values())))

    def test_sigterm_to_the_tree_is_followed_by_cont(self) -> None:
        family = self.family("w")
        self.wire.send(op="signal", name="w", incarnation=1, signal=signal.SIGTERM, tree=True)
        # Dask may take its time to end a worker that still looks for its scheduler.
        worker = family.pop("worker")
        wait_until(lambda: not is_alive(worker) or "Received signal SIGTERM" in self.log_of("w"), "the worker's SIGTERM")
        self.wait_for_end(family)

    def test_leftovers_are_killed_after_the_exit(self) -> None:
        family, others = self.family("w"), self.family("other")
        os.kill(family["worker"], signal.SIGKILL)
        self.wire.expect("exited", name="w")
        self.wait_for_end(family)
        self.assertTrue(all(map(is_alive, others.values())))

    def test_shutdown_right_after_an_exit_forgets_no_leftovers(self) -> None:
        family = self.family("w")
        os.kill(family["worker"], signal.SIGKILL)
        self.wire.expect("exited", name="w")
        self.wire.send(op="shutdown")
        self.assertEqual(self.agent.wait(10), 0)
        self.wait_for_end(family)

    def test_shutdown_leaves_nobody(self) -> None:
        families = [self.family("a"), self.family("b")]
        self.wire.send(op="shutdown")
        self.assertEqual(self.agent.wait(10), 0)
        for family in families:
            self.wait_for_end(family)


if __name__ == "__main__":
    unittest.main()
