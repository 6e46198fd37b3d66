"""An agent is found or started through nothing but a command's standard input and output, as over SSH."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, Optional

import support

sys.path.insert(0, f"{support.ROOT}/daemon/tunnel")
import frames  # noqa: E402

STUB = """
import base64, json, os, sys
program = base64.b64decode({program!r})
file = os.memfd_create("agent.pyz")
with open(file, "wb", closefd=False) as f: f.write(program)
sys.path.insert(0, f"/proc/self/fd/{{file}}")
from daskd_agent import remote
remote.main(program, json.loads({wanted!r}))
"""


class Channel:
    """What an SSH channel would be: a command that has been sent its program."""

    def __init__(self, program: bytes, wanted: dict[str, Any], runtime_directory: str) -> None:
        text = STUB.format(program=base64.b64encode(program).decode(), wanted=json.dumps(wanted)).encode()
        code = "import sys;exec(sys.stdin.buffer.read(int(sys.argv[1])))"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, str(len(text))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "DASKD_RUNTIME_DIR": runtime_directory},
        )
        self._send(text)
        line = self._process.stdout.readline()
        assert line.startswith(b"DASKD "), line
        self.answer = json.loads(line[6:])

    def send(self, **message: Any) -> None:
        self._send(json.dumps(message).encode() + b"\n")

    def expect(self, event: str) -> dict:
        while line := self._process.stdout.readline():
            message = json.loads(line)
            if message["event"] == event:
                return message
        raise EOFError(event)

    def close(self) -> int:
        self._process.stdin.close()
        code = self._process.wait(support.DEADLINE_S)
        self._process.stdout.close()
        return code

    def _send(self, data: bytes) -> None:
        self._process.stdin.write(data)
        self._process.stdin.flush()


class Remote(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = tempfile.mkdtemp(prefix="daskd-remote-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.runtime = os.path.join(self.directory, "run")
        self.program = Path(support.packed(self.directory)).read_bytes()
        self.pid: Optional[int] = None
        self.addCleanup(self._end_agent)

    def _end_agent(self) -> None:
        if self.pid is not None:
            os.kill(self.pid, signal.SIGTERM)
            support.wait_until(lambda: not support.is_alive(self.pid), "the end of the agent")

    def open(self, **fields: Any) -> Channel:
        wanted = {
            "cluster": "default@head",
            "id": "a1",
            "warm": [],
            "env": {"MARK": "42"},
            "cwd": self.directory,
            "log": os.path.join(self.directory, "logs", "agent.log"),
        }
        channel = Channel(self.program, {**wanted, **fields}, self.runtime)
        self.addCleanup(channel.close)
        self.pid = channel.answer.get("pid") or self.pid
        return channel

    def greet(self, channel: Channel) -> dict:
        channel.send(op="hello", protocol=[1, 1], revive=None, orphan_timeout_s=600, scheduler_link=None)
        return channel.expect("hello")

    def test_starts_an_agent_that_outlives_the_channel_and_is_found_again(self) -> None:
        first = self.open()
        hello = self.greet(first)
        self.assertEqual(hello["pid"], first.answer["pid"])
        self.assertEqual(first.close(), 0)
        second = self.open()
        self.assertIsNone(second.answer["pid"])
        self.assertEqual(self.greet(second)["pid"], hello["pid"])
        second.send(op="shutdown")
        support.wait_until(lambda: not support.is_alive(hello["pid"]), "the end of the agent")
        self.pid = None
        self.assertEqual(second.close(), 0)

    def test_a_second_agent_need_not_wait_for_the_end_of_the_first_ones_channel(self) -> None:
        first = self.open()
        other = self.open(id="a2")
        self.assertNotEqual(other.answer["pid"], first.answer["pid"])
        self.greet(other)
        other.send(op="shutdown")
        support.wait_until(lambda: not support.is_alive(other.answer["pid"]), "the end of the second agent")
        self.pid = first.answer["pid"]

    def test_the_mouth_of_a_tunnel_is_found_or_started_too(self) -> None:
        first = self.open(mouth="h1")
        path = first.answer["mouth"]
        again = self.open(mouth="h1")
        self.assertEqual(again.answer["mouth"], path)
        other = self.open(mouth="alias-of-h1")
        self.assertNotEqual(other.answer["mouth"], path)
        for answer in (first.answer, other.answer):
            with socket.socket(socket.AF_UNIX) as link:
                link.connect(answer["mouth"])
                link.sendall(frames.control({"op": "down", "peer": "none"}))  # the first word is daskd's
                self.assertIn(b'"event": "hello"', link.recv(4096))
        self.assertEqual(first.answer["python"], sys.executable)
        self._end_agent()
        self.pid = None
        support.wait_until(lambda: not any(map(os.path.exists, (path, other.answer["mouth"]))), "the end of both mouths")

    def test_its_directory_is_private(self) -> None:
        self.open()
        for name in ("", "/default@head"):
            self.assertEqual(stat.S_IMODE(os.stat(self.runtime + name).st_mode), 0o700)
        with open(f"/proc/{self.pid}/environ") as file:
            self.assertIn("MARK=42", file.read().split("\0"))

    def test_a_directory_of_others_is_refused(self) -> None:
        os.makedirs(self.runtime)
        os.chmod(self.runtime, 0o755)
        refused = self.open().answer
        self.assertIn("is not a directory of yours alone", refused["error"])

    def test_a_missing_working_directory_is_refused(self) -> None:
        refused = self.open(cwd="/no/such").answer
        self.assertEqual(refused["error"], "there is no directory /no/such")
        self.assertIn("cwd", refused["hint"])


if __name__ == "__main__":
    unittest.main()
