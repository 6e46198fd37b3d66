"""Private memory of a process by what it is mapped for."""

from __future__ import annotations

import re
from pathlib import Path

HEAP, ANONYMOUS, LIBRARIES, STACK, OTHER = "heap (brk)", "anonymous (Python's arenas, malloc)", "libraries' data", \
    "main thread's stack", "other files"
KINDS = (HEAP, ANONYMOUS, LIBRARIES, STACK, OTHER)
MAPPING = re.compile(r"^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+ *(.*)$")


def private_kb_by_kind(pid: int) -> dict[str, int]:
    """Private_Clean and Private_Dirty of smaps, summed by kind; zeros if the process is gone."""
    found = dict.fromkeys(KINDS, 0)
    kind = OTHER
    try:
        lines = Path(f"/proc/{pid}/smaps").read_text().splitlines()
    except OSError:
        return found
    for line in lines:
        if mapping := MAPPING.match(line):
            kind = _kind_of(mapping[1])
        elif line.startswith("Private_"):
            found[kind] += int(line.split()[1])
    return found


def _kind_of(name: str) -> str:
    if name == "[heap]":
        return HEAP
    if name in ("", "[anon]") or name.startswith("[anon:"):
        return ANONYMOUS
    if name == "[stack]":
        return STACK
    return LIBRARIES if ".so" in name or "/bin/" in name else OTHER
