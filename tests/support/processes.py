"""Processes as /proc shows them: who carries a test's mark, and who lives."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat that follow the command (so [0] is the state); empty if there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    return _stat(pid)[:1] not in ([], ["Z"], ["X"])


def identity(pid: int) -> tuple[int, int]:
    """Names a process for good: its pid and its start time in clock ticks since boot."""
    return pid, int(_stat(pid)[19])


def parent(pid: int) -> int:
    return int(_stat(pid)[1])


def command(pid: int) -> str:
    """Its command line, for people; empty once it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def marked(mark: str) -> list[int]:
    """All living processes that were started with DASKD_TEST_ID=`mark`, however they are related to each other."""
    wanted = f"DASKD_TEST_ID={mark}".encode()
    found = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            environment = Path(entry.path, "environ").read_bytes()
        except OSError:
            continue  # it has ended, or it is not ours to look at
        if wanted in environment.split(b"\0") and alive(int(entry.name)):
            found.append(int(entry.name))
    return found


def kill_all(mark: str) -> None:
    """Ends all marked processes at once, as a power cut would."""
    deadline = time.monotonic() + 10
    while pids := marked(mark):
        # Stopped first: nobody gets to restart what was killed before it.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
        if time.monotonic() > deadline:
            raise AssertionError(f"cannot kill {pids}")
