"""What the agent does when no daskd is there."""

import json
import os
import socket
import sys
import threading
import time
import unittest

from support import AgentCase, LinkCase, is_alive, wait_until

# Stands for daskd: notes that it was started, and ends.
DASKD = """
import json, os, sys
with open(sys.argv[1], "a") as file:
    file.write(json.dumps([os.getcwd(), os.environ.get("FRUIT"), os.getsid(0) == os.getpid()]) + "\\n")
"""


class FakeLink:
    """A scheduler link that knows one number."""

    def __init__(self, path: str, processing: int) -> None:
        self.processing = processing
        self.asked = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            with peer, peer.makefile("rb") as lines:
                peer.sendall(b'{"event":"snapshot","workers":[]}\n')
                question = json.loads(lines.readline())
                result = {"tasks": {"processing": self.processing}}
                peer.sendall(json.dumps({"event": "reply", "id": question["id"], "result": result}).encode() + b"\n")
                self.asked += 1

    def close(self) -> None:
        self._listener.close()


class Revive(AgentCase):
    def setUp(self) -> None:
        super().setUp()
        self.note = self.path("started")
        self.start_agent()
        script = self.write("daskd.py", DASKD)
        argv = [sys.executable, script, self.note]
        self.revive = {"argv": argv, "env": {**os.environ, "FRUIT": "pear"}, "cwd": self.directory}

    def starts(self) -> list:
        if not os.path.exists(self.note):
            return []
        with open(self.note) as file:
            return [json.loads(line) for line in file]

    def test_a_vanished_daskd_is_started_again_and_again(self) -> None:
        wire, _ = self.greet(revive=self.revive)
        self.spawn(wire, "w")
        wire.close()
        wait_until(lambda: len(self.starts()) >= 2, "two starts", 5)
        self.assertEqual(self.starts()[0], [self.directory, "pear", True])

    def test_not_after_goodbye(self) -> None:
        wire, _ = self.greet(revive=self.revive)
        spawned = self.spawn(wire, "w")
        wire.send(op="goodbye")
        wire.close()
        self.greet()  # served after the end of the other
        self.assertEqual(self.starts(), [])
        self.assertTrue(is_alive(spawned["pid"]))

    def test_not_when_somebody_else_does(self) -> None:
        wire, _ = self.greet(revive=None)
        wire.close()
        self.greet()
        self.assertEqual(self.starts(), [])

    def test_survives_a_renewal(self) -> None:
        wire, _ = self.greet(revive=self.revive)
        self.spawn(wire, "w")
        wire.send(op="renew", reason="test")
        wire.expect("renewed")
        wire.close()
        wait_until(self.starts, "a start", 5)


class Orphaned(AgentCase):
    def test_children_and_agent_end_after_the_timeout(self) -> None:
        self.start_agent()
        wire, _ = self.greet(orphan_timeout_s=0.3, scheduler_link=self.path("nobody.sock"))
        pid = self.spawn(wire, "w")["pid"]
        wire.close()
        self.assertEqual(self.agent.wait(30), 0)
        self.assertFalse(is_alive(pid))

    def test_not_while_tasks_are_processing(self) -> None:
        link = FakeLink(self.path("link.sock"), processing=1)
        self.addCleanup(link.close)
        self.start_agent()
        wire, _ = self.greet(orphan_timeout_s=0.1, scheduler_link=self.path("link.sock"))
        pid = self.spawn(wire, "w")["pid"]
        wire.close()
        wait_until(lambda: link.asked == 1, "the first question", 5)
        self.assertTrue(is_alive(pid))
        link.processing = 0
        self.assertEqual(self.agent.wait(30), 0)
        self.assertFalse(is_alive(pid))

    def test_a_daskd_in_time_ends_the_wait(self) -> None:
        self.start_agent()
        wire, _ = self.greet(orphan_timeout_s=0.5)
        pid = self.spawn(wire, "w")["pid"]
        wire.close()
        self.greet()
        time.sleep(1.0)  # past the old time-out
        self.assertTrue(is_alive(pid))

    def test_without_children_and_daskd_it_ends(self) -> None:
        self.start_agent()
        self.assertEqual(self.agent.wait(30), 0)
        self.assertFalse(os.path.exists(self.path("agent.sock")))


class WithoutTheSchedulersSocket(LinkCase):
    """As on another host than the scheduler's."""

    def questions(self) -> list:
        """The processes that ask the scheduler."""
        with open(f"/proc/{self.agent.pid}/task/{self.agent.pid}/children") as file:
            children = file.read().split()
        asking = []
        for pid in children:
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    if b"daskd question" in file.read():
                        asking.append(pid)
            except OSError:
                pass  # it has just ended
        return asking

    def test_the_scheduler_itself_is_asked_what_is_processing(self) -> None:
        self.start_scheduler()
        self.start_worker("w")
        task = self.client().submit(time.sleep, 60)
        wire, _ = self.greet(orphan_timeout_s=0.1)
        wire.close()
        wait_until(self.questions, "a question")
        wait_until(lambda: not self.questions(), "the answer")
        self.assertIsNone(self.agent.poll())
        self.greet()
        self.assertEqual(task.status, "pending")


if __name__ == "__main__":
    unittest.main()
