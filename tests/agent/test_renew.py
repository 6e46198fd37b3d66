"""The agent executes itself anew beneath its children."""

import os
import signal
import unittest

from support import AgentCase, is_alive, wait_until


class Renew(AgentCase):
    def test_keeps_pid_children_connection_and_exits(self) -> None:
        self.start_agent()
        wire, before = self.greet()
        alive = self.spawn(wire, "alive", meta="kept")
        self.run_code(wire, "ended", "import os; os._exit(4)")
        exited = wire.expect("exited", name="ended")
        wire.send(op="renew", reason="a new version")
        renewed = wire.expect("renewed")
        self.assertEqual(renewed["reason"], "a new version")
        self.assertEqual((renewed["pid"], renewed["start_time"]), (before["pid"], before["start_time"]))
        self.assertEqual(renewed["exits"], [exited])
        running = [(p["name"], p["pid"], p["meta"]) for p in renewed["processes"]]
        self.assertEqual(running, [("alive", alive["pid"], "kept")])
        os.kill(alive["pid"], signal.SIGKILL)
        self.assertEqual(wire.expect("exited", name="alive")["signal"], "SIGKILL")
        self.spawn(wire, "next")

    def test_an_exit_meanwhile_is_not_missed(self) -> None:
        self.start_agent()
        wire, _ = self.greet()
        spawned = self.spawn(wire, "w")
        wire.send(op="renew", reason="test")
        os.kill(spawned["pid"], signal.SIGKILL)
        wire.expect("renewed")
        self.assertEqual(wire.expect("exited", name="w")["signal"], "SIGKILL")

    def test_operations_that_follow_at_once_are_done_after_it(self) -> None:
        self.start_agent()
        wire, _ = self.greet()
        wire.send(op="renew", reason="test")
        self.spawn(wire, "w")
        wire.expect("renewed")

    def test_a_changed_module_is_imported_anew_before_the_next_spawn(self) -> None:
        module = self.write("fruit.py", "NAME = 'apple'")
        self.start_agent("fruit", env={"PYTHONPATH": self.directory})
        wire, before = self.greet()
        running = self.spawn(wire, "running")
        self.write("fruit.py", "NAME = 'pineapple'")
        os.utime(module, ns=(1, 1))
        self.run_code(wire, "w", "import fruit, sys; sys.exit(len(fruit.NAME))")
        renewed = wire.expect("renewed")
        self.assertEqual((renewed["reason"], renewed["pid"]), ("site-packages changed", before["pid"]))
        self.assertEqual(wire.expect("exited", name="w")["code"], len("pineapple"))
        self.assertTrue(is_alive(running["pid"]))

    def test_one_that_ends_is_not_renewed(self) -> None:
        module = self.write("fruit.py", "NAME = 'apple'")
        self.start_agent("fruit", env={"PYTHONPATH": self.directory})
        wire, before = self.greet()
        ready = self.path("ready")
        deaf = self.run_code(wire, "deaf", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
                             f"open({ready!r}, 'w'); time.sleep(60)")
        wait_until(lambda: os.path.exists(ready), "it is deaf to SIGTERM")
        self.spawn(wire, "obedient")
        os.kill(before["pid"], signal.SIGTERM)
        wire.expect("exited", name="obedient")
        self.write("fruit.py", "NAME = 'pineapple'")
        os.utime(module, ns=(1, 1))
        wire.send(op="spawn", name="w", incarnation=1, role="worker", args=[], log=self.path("w.log"))
        self.assertIn("the agent is ending", wire.expect("spawn_failed", name="w")["text"])
        wire.send(op="renew", reason="test")
        os.kill(deaf["pid"], signal.SIGKILL)
        wire.expect("exited", name="deaf")
        wait_until(lambda: not is_alive(before["pid"]), "the agent has ended")

    def test_a_broken_installation_ends_nothing_and_is_left_when_it_is_mended(self) -> None:
        self.start_agent(env={"PYTHONPATH": self.path("site-packages")})
        wire, before = self.greet()
        running = self.spawn(wire, "running")
        os.makedirs(self.path("site-packages/distributed"))
        self.write("site-packages/distributed/__init__.py", "raise ImportError('half')")
        wire.send(op="renew", reason="test")
        self.assertEqual(wire.expect("renewed")["distributed"], before["distributed"])
        wire.send(op="spawn", name="w", incarnation=1, role="worker", args=[], log=self.path("w.log"))
        self.assertIn("half", wire.expect("spawn_failed", name="w")["text"])
        self.assertTrue(is_alive(running["pid"]))
        os.remove(self.path("site-packages/distributed/__init__.py"))
        os.rename(self.path("site-packages/distributed"), self.path("gone"))
        self.spawn(wire, "w", incarnation=2)

    def test_without_its_program_it_says_so_and_goes_on(self) -> None:
        self.start_agent()
        wire, _ = self.greet()
        os.rename(self.program, self.path("moved"))
        try:
            wire.send(op="renew", reason="test")
            self.assertIn("gone", wire.expect("error")["text"])
            self.spawn(wire, "w")
        finally:
            os.rename(self.path("moved"), self.program)


if __name__ == "__main__":
    unittest.main()
