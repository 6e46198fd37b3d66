"""The first process in a container (enter.py); here it runs outside of one."""

import json
import os
import signal
import subprocess
import sys
import unittest
from pathlib import Path

from support import DEADLINE_S, AgentCase, is_alive, wait_until


class Enter(AgentCase):
    def enter(self, environment=None, **order):
        """Starts it and returns what it says first."""
        order = {"environment": environment or {}, "cwd": self.directory, "log": self.path("agent.log"), **order}
        words = [sys.executable, self.program, "enter", "--id", "test", "--socket", self.path("agent.sock")]
        words += ["--image", "lab:1"]
        self.agent = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.agent.stdin.write(json.dumps(order).encode())
        self.agent.stdin.close()
        self.addCleanup(self.agent.stdout.close)
        return self.agent.stdout.readline().decode()

    def test_the_agent_gets_what_was_on_standard_input(self):
        self.assertEqual(self.enter({"COLOUR": "blue\ngreen", "PYTHONHASHSEED": "7"}), "daskd-agent: listening\n")
        wire, hello = self.greet()
        self.assertNotEqual(hello["pid"], self.agent.pid)
        code = ("import json, os, sys; json.dump([os.environ['COLOUR'], os.environ['PYTHONHASHSEED'], os.getcwd()],"
                f" open({self.path('told')!r}, 'w'))")
        self.run_code(wire, "w", code, cwd=None)
        self.assertEqual(self.report("told"), ["blue\ngreen", "7", self.directory])
        self.assertNotIn("blue", Path(f"/proc/{hello['pid']}/cmdline").read_text())
        wire.send(op="shutdown")
        self.assertEqual(self.agent.wait(DEADLINE_S), 0, "the agent's own code")
        self.assertEqual(self.agent.stdout.read(), b"", "all else is in the log")

    def test_it_stays_as_long_as_a_worker_lives(self):
        self.enter()
        wire, hello = self.greet()
        worker = self.run_code(wire, "w", "import time; time.sleep(600)")["pid"]
        wait_until(lambda: '"signed"' in self.ledger(), "its signature: without it it would end with the agent")
        os.kill(hello["pid"], signal.SIGKILL)
        wait_until(lambda: not os.path.exists(f"/proc/{hello['pid']}"), "the agent's end; it is reaped")
        self.assertTrue(is_alive(worker))
        self.assertIsNone(self.agent.poll())
        os.kill(worker, signal.SIGKILL)
        self.assertEqual(self.agent.wait(DEADLINE_S), 128 + signal.SIGKILL)

    def test_the_next_one_takes_over_what_runs(self):
        self.enter()
        wire, hello = self.greet()
        worker = self.run_code(wire, "w", "import time; time.sleep(600)")["pid"]
        wait_until(lambda: '"signed"' in self.ledger(), "its signature")
        os.kill(hello["pid"], signal.SIGKILL)
        wait_until(lambda: not is_alive(hello["pid"]), "the agent's end")
        first = self.agent
        self.addCleanup(first.kill)
        self.enter()
        wire, hello = self.greet()
        self.assertEqual([process["pid"] for process in hello["processes"]], [worker])
        wire.send(op="renew", reason="test")
        wire.expect("renewed")
        self.assertIn('"image":"lab:1"', self.ledger(), "it is known by whoever finds no agent")
        os.kill(worker, signal.SIGKILL)
        self.assertIsNone(wire.expect("exited", name="w")["signal"])
        self.assertEqual(first.wait(DEADLINE_S), 128 + signal.SIGKILL, "nothing is left of it")
        wire.send(op="shutdown")
        self.assertEqual(self.agent.wait(DEADLINE_S), 0)

    def ledger(self):
        return Path(self.path("agent.table")).read_text()

    def test_a_signal_to_end_is_the_agents(self):
        self.enter()
        wire, hello = self.greet()
        self.spawn_scheduler(wire)
        self.agent.send_signal(signal.SIGTERM)
        self.assertEqual(wire.expect("exited")["name"], "scheduler")
        self.assertEqual(self.agent.wait(DEADLINE_S), 0)
        self.assertFalse(is_alive(hello["pid"]))

    def test_the_agent_does_not_outlive_it(self):
        self.enter()
        _, hello = self.greet()
        self.agent.kill()
        wait_until(lambda: not is_alive(hello["pid"]), "the agent's end")

    def test_refusals(self):
        self.assertIn("cannot enter /nowhere: No such file", self.enter(cwd="/nowhere"))
        self.assertEqual(self.agent.wait(DEADLINE_S), 1)
        self.agent.stdout.close()
        self.enter()
        first = self.agent
        self.greet()
        self.assertIn("another agent serves", self.enter())
        self.assertEqual(self.agent.wait(DEADLINE_S), 1)
        self.agent = first


if __name__ == "__main__":
    unittest.main()
