"""The processes below this one, as /proc shows them: which there are, what they hold, how they end.

This process makes itself their subreaper, so that daemons stay below it, however they detach themselves.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from pathlib import Path
from typing import Iterator

PR_SET_CHILD_SUBREAPER = 36
PATIENCE_S = 20.0
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def owned() -> Iterator[None]:
    """While the block runs, whatever loses its parent becomes our child; nothing below us outlives the block.

    That holds for an end by SIGTERM or SIGHUP too, as `timeout` or a closed terminal brings it.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot become a subreaper")
    for number in ENDING_SIGNALS:
        signal.signal(number, _end)
    try:
        yield
    finally:
        end_all()


def descendants() -> list[int]:
    """All living processes below this one; zombies do not count."""
    children: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            state, parent = _state_and_parent(int(entry.name))
            if state not in ("", "Z", "X"):
                children.setdefault(parent, []).append(int(entry.name))
    found: list[int] = []
    to_visit = [os.getpid()]
    while to_visit:
        below = children.get(to_visit.pop(), [])
        found += below
        to_visit += below
    return found


def end_all() -> None:
    """Kill every descendant at once, as a power cut would, and reap them. RuntimeError if one does not go."""
    deadline = time.monotonic() + PATIENCE_S
    while pids := descendants():
        # Stopped first: nobody gets to restart what was killed before it.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                _kill(pid, number)
        _reap()
        if time.monotonic() > deadline:
            raise RuntimeError(f"cannot kill {pids}")
    _reap()


def pss_bytes(pids: list[int]) -> int:
    """What these processes hold, a shared page counted in equal shares to all who map it."""
    return sum(_kb_of(pid, "smaps_rollup", "Pss:") for pid in pids) * 1024


def rss_bytes(pid: int) -> int:
    return _kb_of(pid, "status", "VmRSS:") * 1024


def peak_rss_bytes(pid: int) -> int:
    return _kb_of(pid, "status", "VmHWM:") * 1024


def cpu_s(pid: int) -> float:
    """CPU time of all its threads, exact to the nanosecond where utime and stime count ticks of 10 ms."""
    return sum(int(task.split()[0]) for task in _task_files(pid, "schedstat")) / 1e9


def wakeups(pid: int) -> int:
    """How often its threads have been woken: voluntary context switches."""
    lines = (line for task in _task_files(pid, "status") for line in task.splitlines())
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))


def started_at(pid: int) -> float:
    """When it was started, on CLOCK_MONOTONIC; exact to a clock tick, 10 ms."""
    ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    asleep_s = time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
    return ticks / os.sysconf("SC_CLK_TCK") - asleep_s


def parent_of(pid: int) -> int:
    return _state_and_parent(pid)[1]


def children_of(pid: int) -> list[int]:
    return [child for child in descendants() if parent_of(child) == pid]


def _state_and_parent(pid: int) -> tuple[str, int]:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "", 0
    return fields[0], int(fields[1])


def _task_files(pid: int, name: str) -> list[str]:
    return [Path(task.path, name).read_text() for task in os.scandir(f"/proc/{pid}/task")]


def _kb_of(pid: int, file: str, field: str) -> int:
    try:
        for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1])
    except OSError:
        pass  # it has just ended
    return 0


def _end(number: int, _frame: object) -> None:
    for further in ENDING_SIGNALS:
        signal.signal(further, signal.SIG_IGN)  # let the end take its time
    sys.exit(128 + number)


def _kill(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
