"""Where the kernel can enforce memory limits: a cgroup (v2) of its own for each worker, below the agent's.

Only where the agent's cgroup may be written, has the memory controller, and is ours to divide: no other process is in
it, or systemd has delegated it (`systemd-run --user --scope -p Delegate=yes daskctl up`). What the agent watches itself
(memory.py) it goes on watching: that ends a worker a little earlier, and politely.
"""

from __future__ import annotations

import os
from typing import Any, Optional

CONTROLLER = "memory"
WORKER = "daskd-worker-"
INNER = "daskd-agent"  # processes may be only in the leaves of a tree that has controllers


def prepared() -> Optional[str]:
    """The directory of the agent's own cgroup, ready for groups below it; None where that cannot be."""
    place = _own_place()
    if place is not None and os.path.basename(place) == INNER:  # another agent of this daskd has divided it
        place = os.path.dirname(place)
        return place if _has_divided(place) else None
    return place if place is not None and prepare(place) else None


def prepare(place: str) -> bool:
    try:
        is_ours = _pids(place) == [os.getpid()] or _is_delegated(place)
        if not is_ours or CONTROLLER not in _read(place, "cgroup.controllers").split():
            return False
        os.mkdir(os.path.join(place, INNER))
    except OSError:
        return False
    try:
        _move_all(place, os.path.join(place, INNER))
        _write(place, "cgroup.subtree_control", f"+{CONTROLLER}")
    except OSError:
        _undo(place)
        return False
    return True


class Groups:
    """The workers' groups below `place`; without a place nobody gets one."""

    def __init__(self, place: Optional[str]) -> None:
        self._place = place
        self._left: set[int] = set()  # of processes that have ended

    def hold(self, pid: int, limit_bytes: int) -> bool:
        """Put a process into a group of its own with this limit. What it used before counts for the agent."""
        if self._place is None:
            return False
        group = self._group(pid)
        try:
            os.mkdir(group)
            _write(group, "memory.max", limit_bytes)
            _write(group, "memory.oom.group", 1)
            _write(group, "cgroup.procs", pid)
        except OSError as error:
            print(f"daskd-agent: no cgroup for process {pid}: {error}", flush=True)
            self._left.add(pid)
            return False
        return True

    def holds(self, pid: int) -> bool:
        """Whether an agent before this one has put it into a group."""
        return self._place is not None and os.path.isdir(self._group(pid))

    def ended(self, pid: int, limit_bytes: int) -> Optional[dict[str, Any]]:
        """Call when it has ended, before `sweep`: what it used, if the kernel has ended it for that."""
        if self._place is None:
            return None
        self._left.add(pid)
        try:
            events = dict(line.split() for line in _read(self._group(pid), "memory.events").splitlines())
        except OSError:
            return None
        if int(events.get("oom_kill", 0)) == 0:
            return None
        try:
            used = int(_read(self._group(pid), "memory.peak"))
        except OSError:
            used = limit_bytes  # a kernel before 5.19
        return {"used_bytes": used, "limit_bytes": limit_bytes}

    def sweep(self) -> None:
        """Remove the groups of the ended, and whatever is left in them."""
        for pid in list(self._left):
            try:
                _write(self._group(pid), "cgroup.kill", 1)
            except OSError:
                pass  # a kernel before 5.14
            try:
                os.rmdir(self._group(pid))
            except FileNotFoundError:
                pass
            except OSError:
                continue  # not yet empty: next time
            self._left.discard(pid)

    def close(self) -> None:
        """Leave the agent's cgroup as it was."""
        self.sweep()
        if self._place is not None:
            _undo(self._place)

    def _group(self, pid: int) -> str:
        return os.path.join(self._place or "", f"{WORKER}{pid}")


def _undo(place: str) -> None:
    if any(name.startswith(WORKER) for name in os.listdir(place)):
        return  # workers live on in groups of theirs
    inner = os.path.join(place, INNER)
    try:
        _write(place, "cgroup.subtree_control", f"-{CONTROLLER}")
        _move_all(inner, place)
        os.rmdir(inner)
    except OSError:
        pass  # it goes with the cgroup around it


def _is_delegated(place: str) -> bool:
    for name in ("user.delegate", "trusted.delegate"):
        try:
            if os.getxattr(place, name) == b"1":
                return True
        except OSError:
            pass  # not set, or not ours to see
    return False


def _has_divided(place: str) -> bool:
    try:
        return CONTROLLER in _read(place, "cgroup.subtree_control").split()
    except OSError:
        return False


def _pids(group: str) -> list[int]:
    return [int(pid) for pid in _read(group, "cgroup.procs").split()]


def _move_all(source: str, target: str) -> None:
    for pid in _pids(source):
        try:
            _write(target, "cgroup.procs", pid)
        except ProcessLookupError:
            pass  # it has just ended


def _own_place() -> Optional[str]:
    try:
        with open("/proc/self/cgroup") as file:
            path = next((line.strip()[3:] for line in file if line.startswith("0::/")), None)
        with open("/proc/self/mountinfo") as file:
            mount = next((line.split()[4] for line in file if " - cgroup2 " in line), None)
    except OSError:
        return None
    return None if path is None or mount is None else os.path.normpath(mount + path)


def _read(group: str, name: str) -> str:
    with open(os.path.join(group, name)) as file:
        return file.read()


def _write(group: str, name: str, value: Any) -> None:
    with open(os.path.join(group, name), "w") as file:
        file.write(str(value))
