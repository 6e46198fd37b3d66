"""The processes that belong to a launch, setsid or not, and how all of them get a signal.

The agent is their subreaper, so a descendant whose parent has died is a child of the agent: the whole tree is what
the launch's process has below it, and what those orphans (known by session or DASKD_LAUNCH) have below them. Orphans
of an adopted launch are somewhere among all processes.
"""

from __future__ import annotations

import os
import signal
from typing import Iterable

from daskd_agent import facts

KERNEL_LISTS_CHILDREN = os.path.exists(f"/proc/self/task/{os.getpid()}/children")


def children(pid: int) -> list[int]:
    """The living children of `pid`; empty if it is gone."""
    if not KERNEL_LISTS_CHILDREN:
        return _children_by_scan(pid)
    found: list[int] = []
    for thread in _threads(pid):
        try:
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                found += map(int, file.read().split())
        except OSError:
            pass  # this thread has just ended
    return found


def descendants(roots: Iterable[int]) -> set[int]:
    """`roots` and everything below them."""
    found: set[int] = set()
    pending = list(roots)
    while pending:
        pid = pending.pop()
        if pid not in found:
            found.add(pid)
            pending += children(pid)
    return found


def orphans_of(pid: int, marker: str, tracked: Iterable[int], among: Iterable[int]) -> list[int]:
    """Those `among` which the launch `pid`, dead or alive, has left; `tracked` are the launches' pids."""
    tracked = set(tracked)
    return [
        other
        for other in among
        if other not in tracked and (_session(other) == pid or (marker and _marker(other) == marker))
    ]


def everybody() -> list[int]:
    """All processes of this machine."""
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def kill_all(roots: Iterable[int]) -> None:
    """SIGKILL `roots` and all their descendants."""
    for pid in _freeze(roots):
        _kill(pid, signal.SIGKILL)


def signal_all(roots: Iterable[int], number: int) -> None:
    """Send `number` to `roots` and all their descendants; none can fork out of reach meanwhile."""
    frozen = _freeze(roots)
    for pid in frozen:
        _kill(pid, number)
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        for pid in frozen:
            _kill(pid, signal.SIGCONT)


def _freeze(roots: Iterable[int]) -> set[int]:
    """Stop and collect until no new process appears."""
    roots = list(roots)
    frozen: set[int] = set()
    while fresh := descendants(roots) - frozen:
        for pid in fresh:
            _kill(pid, signal.SIGSTOP)
        frozen |= fresh
    return frozen


def _kill(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError:
        pass  # gone, or now another user's (sudo)


def _session(pid: int) -> int:
    try:
        return int(facts.stat_fields(pid)[3])
    except OSError:
        return 0


def _marker(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            for setting in file.read().split(b"\0"):
                if setting.startswith(b"DASKD_LAUNCH="):
                    return setting.partition(b"=")[2].decode()
    except OSError:
        pass
    return ""


def _threads(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []


def _children_by_scan(parent: int) -> list[int]:
    """For kernels without CONFIG_PROC_CHILDREN."""
    found = []
    for pid in everybody():
        try:
            if int(facts.stat_fields(pid)[1]) == parent:
                found.append(pid)
        except OSError:
            pass
    return found
