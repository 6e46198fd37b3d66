"""Does a process work? What the kernel says of it, for daskd to judge."""

from __future__ import annotations

import os
from typing import Any

from daskd_agent import facts, tree

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
WHOLE = ("T", "t")  # stopped by a signal, or held by a debugger: all of its threads are


def examine(pid: int) -> dict[str, Any]:
    """The fields `state` and `cpu_s` of `examined`. Raises OSError if it is gone."""
    return {"state": _liveliest_state(pid), "cpu_s": sum(map(_cpu_s, tree.descendants([pid])))}


def _liveliest_state(pid: int) -> str:
    own = facts.stat_fields(pid)[0].decode()
    if own in WHOLE:
        return own
    states = {_thread_state(pid, thread) for thread in os.listdir(f"/proc/{pid}/task")}
    return next((state for state in ("R", "D") if state in states), own)


def _thread_state(pid: int, thread: str) -> str:
    try:
        return facts.stat_fields(pid, int(thread))[0].decode()
    except OSError:
        return ""  # it has just ended


def _cpu_s(pid: int) -> float:
    """Of a process and of the children that it has reaped."""
    try:
        return sum(map(int, facts.stat_fields(pid)[11:15])) / TICKS_PER_S
    except OSError:
        return 0.0
