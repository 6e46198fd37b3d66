"""The client process, seen from the soak."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

ANSWER_S = 150


class Refused(Exception):
    """The client could not do what it was asked."""


class Load:
    """Starts the client process; ends it when the `with` block is left."""

    def __init__(self, address: str, seed: int, env: dict[str, str], log: Path) -> None:
        self.log = log
        program = str(Path(__file__).with_name("client.py"))
        with log.open("w") as errors:
            self._process = subprocess.Popen([sys.executable, "-B", program, address, str(seed)], env=env, text=True,
                                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def do(self, name: str, /, **order: Any) -> Any:
        """Has it done, and returns its answer, or raises Refused."""
        self._process.stdin.write(json.dumps({"do": name, **order}) + "\n")
        self._process.stdin.flush()
        try:
            reply = json.loads(self._answers.get(timeout=ANSWER_S))
        except (queue.Empty, ValueError):
            raise AssertionError(f"the client process has no answer to {name!r}") from None
        if "error" in reply:
            raise Refused(reply["error"])
        return reply["done"]

    def _read(self) -> None:
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put("")  # it has ended

    def __enter__(self) -> Load:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
