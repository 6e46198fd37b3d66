"""A real agent in a temporary directory, and the protocol to talk to it."""

from __future__ import annotations

import contextlib
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any, Callable, Iterator, Optional

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 20.0


def packed(directory: str) -> str:
    """The zip application, packed from the sources into `directory`."""
    out = os.path.join(directory, "agent.pyz")
    parts = ("agent", "scheduler_link", "job_runner", "tunnel")
    sources = [file for part in parts for file in glob.glob(f"{ROOT}/daemon/{part}/*.py")]
    subprocess.run([sys.executable, f"{ROOT}/daemon/agent/pack/pack.py", out, *sources], check=True)
    return out


def wait_until(condition: Callable[[], Any], what: str, deadline_s: float = DEADLINE_S) -> Any:
    """The first true value of `condition()`."""
    end = time.monotonic() + deadline_s
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s} s: {what}")
        time.sleep(0.01)
    return value


def is_alive(pid: int) -> bool:
    """Whether `pid` runs; a zombie does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Wire:
    """One connection that speaks JSON lines; keeps the events that nobody has waited for yet."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._socket.settimeout(DEADLINE_S)
        self._lines = self._socket.makefile("rb")
        self._pending: list[dict] = []

    def send(self, **message: Any) -> None:
        self._socket.sendall(json.dumps(message).encode() + b"\n")

    def expect(self, event: str, **fields: Any) -> dict:
        """The next event of this kind with these fields; others are kept."""
        for message in self._pending:
            if _fits(message, event, fields):
                self._pending.remove(message)
                return message
        while line := self._lines.readline():
            message = json.loads(line)
            if _fits(message, event, fields):
                return message
            self._pending.append(message)
        raise EOFError(f"closed while waiting for {event} {fields}; got {self._pending}")

    def is_closed(self) -> bool:
        """Whether the peer ends the connection; waits for it."""
        while line := self._lines.readline():
            self._pending.append(json.loads(line))
        return True

    def close(self) -> None:
        self._lines.close()
        self._socket.close()


def _fits(message: dict, event: str, fields: dict) -> bool:
    return message.get("event") == event and all(message.get(name) == value for name, value in fields.items())


class AgentCase(unittest.TestCase):
    """Each test has its own directory; what it starts is gone afterwards; a failure prints all logs."""

    program: str
    _packed: tempfile.TemporaryDirectory

    @classmethod
    def setUpClass(cls) -> None:
        cls._packed = tempfile.TemporaryDirectory(prefix="daskd-agent-")
        cls.program = packed(cls._packed.name)

    @classmethod
    def tearDownClass(cls) -> None:
        cls._packed.cleanup()

    def setUp(self) -> None:
        self.directory = tempfile.mkdtemp(prefix="daskd-agent-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.agent: Optional[subprocess.Popen] = None
        self.addCleanup(self._end_agent)

    @contextlib.contextmanager
    def logs_on_failure(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            for path in glob.glob(f"{self.directory}/*.log"):
                print(f"--- {os.path.basename(path)}\n{Path(path).read_text(errors='replace')[-20000:]}", file=sys.stderr)
            raise

    def run(self, result: Any = None) -> Any:
        method = getattr(self, self._testMethodName)

        def with_logs() -> None:
            with self.logs_on_failure():
                method()

        setattr(self, self._testMethodName, with_logs)
        return super().run(result)

    def path(self, name: str) -> str:
        return os.path.join(self.directory, name)

    def write(self, name: str, text: str) -> str:
        Path(self.path(name)).write_text(text)
        return self.path(name)

    def start_agent(self, warm: str = "", python: str = sys.executable, env: Optional[dict] = None) -> None:
        words = [python, self.program, "--id", "test", "--socket", self.path("agent.sock"), "--warm", warm]
        with open(self.path("agent.log"), "ab") as log:
            self.agent = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **(env or {})}
            )
        wait_until(lambda: os.path.exists(self.path("agent.sock")), "the agent's socket")

    def kill_agent(self) -> None:
        """As the kernel does when memory runs out."""
        assert self.agent is not None
        self.agent.kill()
        self.agent.wait()
        os.unlink(self.path("agent.sock"))

    def connect(self) -> Wire:
        wire = Wire(self.path("agent.sock"))
        self.addCleanup(wire.close)
        return wire

    def greet(self, **fields: Any) -> tuple[Wire, dict]:
        """A connection that has said hello, and the answer."""
        wire = self.connect()
        hello = {"protocol": [1, 1], "revive": None, "orphan_timeout_s": 600, "scheduler_link": None}
        wire.send(op="hello", **{**hello, **fields})
        return wire, wire.expect("hello")

    def spawn(self, wire: Wire, name: str, incarnation: int = 1, **fields: Any) -> dict:
        """Start a worker without a scheduler to go to (or what `fields` say); the `spawned` event."""
        order = {
            "role": "worker",
            "mode": "fork",
            "args": ["tcp://127.0.0.1:9", "--no-nanny", "--nthreads", "1"],
            "env": {},
            "cwd": self.directory,
            "nice": 0,
            "log": self.path(f"{name}.log"),
            "log_size": 1 << 20,
            "dask_config": {"temporary-directory": self.directory},
            "scheduler_link": None,
            "meta": None,
        }
        wire.send(op="spawn", name=name, incarnation=incarnation, **{**order, **fields})
        return wire.expect("spawned", name=name, incarnation=incarnation)

    def run_code(self, wire: Wire, name: str, code: str, **fields: Any) -> dict:
        """Spawn a worker that runs `code` as a preload module, before it looks for a scheduler."""
        preload = self.write(f"preload_{name}.py", code)
        args = ["tcp://127.0.0.1:9", "--no-nanny", "--nthreads", "1", "--preload", preload]
        return self.spawn(wire, name, **{"args": args, **fields})

    def spawn_scheduler(self, wire: Wire) -> None:
        """A scheduler that runs and ends at SIGTERM; a worker may hang while it still looks for its scheduler."""
        args = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
        self.spawn(wire, "scheduler", role="scheduler", args=args)
        wait_until(lambda: "Scheduler at" in self.log_of("scheduler"), "the scheduler's start")

    def report(self, name: str) -> Any:
        """What a process has written as JSON to `name` (by rename or in one piece)."""

        def read() -> Any:
            try:
                return [json.loads(Path(self.path(name)).read_text())]
            except (OSError, ValueError):
                return None

        return wait_until(read, f"the report {name}")[0]

    def log_of(self, name: str, suffix: str = "") -> str:
        """What the launch `name` has written; empty before it has started."""
        path = Path(self.path(f"{name}.log{suffix}"))
        return path.read_text() if path.exists() else ""

    def _end_agent(self) -> None:
        if self.agent is None:
            return
        if self.agent.poll() is not None and os.path.exists(self.path("agent.table")):
            with contextlib.suppress(OSError):
                os.unlink(self.path("agent.sock"))
            self.start_agent()  # what a killed one has left is ended by the next
        if self.agent.poll() is None:
            with contextlib.suppress(OSError, EOFError):
                wire, _ = self.greet()
                wire.send(op="shutdown")
        try:
            self.agent.wait(10)
        except subprocess.TimeoutExpired:
            self.agent.send_signal(signal.SIGKILL)
            self.agent.wait()


class LinkCase(AgentCase):
    """An agent with a scheduler and the link to that."""

    def setUp(self) -> None:
        super().setUp()
        self.socket = self.path("scheduler.sock")
        self.start_agent()
        self.agent_wire, _ = self.greet()

    def start_scheduler(self, *args: str, incarnation: int = 1) -> dict:
        words = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--dashboard-address", "127.0.0.1:0", *args]
        fields = {"role": "scheduler", "args": words, "scheduler_link": self.socket}
        self.spawn(self.agent_wire, "scheduler", incarnation, **fields)
        self.link = wait_until(self.connect_link, "the link")
        self.snapshot = self.link.expect("snapshot")
        return self.snapshot

    def connect_link(self) -> Optional[Wire]:
        """None while nobody listens."""
        try:
            link = Wire(self.socket)
        except OSError:
            return None
        self.addCleanup(link.close)
        return link

    def start_worker(self, name: str, **fields: object) -> dict:
        args = [self.snapshot["address"], "--no-nanny", "--nthreads", "1", "--no-dashboard"]
        self.spawn(self.agent_wire, name, args=args, **fields)
        return self.link.expect("worker_added", name=name)

    def client(self) -> Any:
        from distributed import Client  # only here: most cases need no client

        client = Client(self.snapshot["address"], set_as_default=False)
        self.addCleanup(client.close, 1)
        return client

    def ask(self, op: str, **fields: object) -> dict:
        self.link.send(op=op, id=op, **fields)
        return self.link.expect("reply", id=op)["result"]
