"""Waiting for a condition, and for a line of a program's output: always with a deadline, never for luck."""

from __future__ import annotations

import selectors
import signal
import subprocess
import time
from typing import Callable, TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], timeout: float, text: str) -> T:
    """The first true value of `condition()`. After `timeout` seconds an AssertionError that says what `text` was missed."""
    deadline = time.monotonic() + timeout
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {text}")
        time.sleep(0.02)


class Follower:
    """A program that keeps printing, such as `daskctl events -f`. Ends it when the `with` block is left."""

    def __init__(self, argv: list[str], **popen: object) -> None:
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        **{"stdin": subprocess.DEVNULL, **popen})  # type: ignore[call-overload]
        self.output = ""
        self._selector = selectors.DefaultSelector()
        self._selector.register(self.process.stdout, selectors.EVENT_READ)

    def wait_for(self, text: str, timeout: float = 20) -> str:
        """The first line that holds `text`, among those printed already and those to come."""
        deadline = time.monotonic() + timeout
        while True:
            for line in self.output.splitlines(keepends=True):
                if text in line and line.endswith("\n"):
                    return line.rstrip("\n")
            self._read_more(deadline, text)

    def finish(self, timeout: float = 30) -> int:
        """Waits for its end by itself; its exit code."""
        rest, _ = self.process.communicate(timeout=timeout)
        self.output += rest.decode(errors="replace")
        return self.process.returncode

    def interrupt(self) -> int:
        """As Ctrl-C does; its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.finish()

    def __enter__(self) -> Follower:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def _read_more(self, deadline: float, text: str) -> None:
        ready = self._selector.select(max(0.0, deadline - time.monotonic()))
        chunk = self.process.stdout.read1() if ready else b""  # type: ignore[union-attr]
        if not chunk:
            why = "its output ended" if ready else "timed out"
            raise AssertionError(f"no line with {text!r} ({why}) in:\n{self.output}")
        self.output += chunk.decode(errors="replace")
