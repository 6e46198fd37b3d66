"""What the processes of a cluster take from the machine: how many there are, and what each of them holds."""

from __future__ import annotations

import collections
import os
from dataclasses import dataclass
from pathlib import Path

from processes import command, marked

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
MIB = 1 << 20


@dataclass
class Usage:
    descriptors: int
    threads: int
    rss_bytes: int


# By how much each may be above its first checkpoint. The scheduler keeps a history of transitions and events by design.
ALLOWED = {
    # A client that asks and never reads leaves 4 MiB of answers, and the heap that held them.
    "daskd": Usage(descriptors=8, threads=0, rss_bytes=16 * MIB),
    "agent": Usage(descriptors=12, threads=0, rss_bytes=40 * MIB),
    "desk": Usage(descriptors=12, threads=2, rss_bytes=30 * MIB),
    "scheduler": Usage(descriptors=24, threads=6, rss_bytes=250 * MIB),
}


def role(pid: int) -> str:
    """What this process is to the cluster: daskd, agent, desk, scheduler, standby, a worker's name, or its command."""
    line = command(pid)
    if "bin/daskd " in line:
        return "daskd"
    if line == "daskd nanny desk":
        return "desk"
    if "agent.pyz --id" in line:
        return "agent"
    if line == "dask scheduler":
        return "scheduler"
    if line == "dask worker (standby)":
        return "standby"
    return line[len("dask worker "):] if line.startswith("dask worker ") else line


def by_role(mark: str) -> dict[str, list[int]]:
    found: dict[str, list[int]] = collections.defaultdict(list)
    for pid in marked(mark):
        found[role(pid)].append(pid)
    return dict(found)


def usage(pid: int) -> Usage:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return Usage(len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task")), pages * PAGE_BYTES)


def zombies(parents: list[int]) -> list[int]:
    """Dead children of these that nobody has waited for."""
    found = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            state, parent = Path(entry.path, "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state == "Z" and int(parent) in parents:
            found.append(int(entry.name))
    return found


def growth(name: str, first: Usage, now: Usage) -> str:
    """What has grown too much; empty if nothing has."""
    allowed = ALLOWED[name]
    grown = [f"{field} {getattr(first, field)} → {getattr(now, field)}" for field in ("descriptors", "threads", "rss_bytes")
             if getattr(now, field) > getattr(first, field) + getattr(allowed, field)]
    return f"{name} has grown: {', '.join(grown)}" if grown else ""
