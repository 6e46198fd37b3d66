"""What `ps` and /proc show of a forked child, which would otherwise look like its agent.

Written over the memory that held the agent's own command line and environment. Everything here is decoration:
whatever fails, the child runs on.
"""

from __future__ import annotations

import ctypes
import os
from typing import Optional

from daskd_agent import facts

PR_SET_NAME = 15


def show(title: str, marker: str) -> None:
    """Show `title` as the command line and DASKD_LAUNCH=`marker` as the environment's first variable."""
    areas = _areas()
    if areas is None:
        return
    arguments, environment = areas
    shown = title.encode()[: arguments[1] - arguments[0] - 1]
    ctypes.memmove(arguments[0], shown.ljust(arguments[1] - arguments[0], b"\0"), arguments[1] - arguments[0])
    _show_marker(f"DASKD_LAUNCH={marker}".encode(), *environment)
    ctypes.CDLL(None).prctl(PR_SET_NAME, title.encode()[:15], 0, 0, 0)
    _keep_title()


def _areas() -> Optional[tuple[tuple[int, int], tuple[int, int]]]:
    """Begin and end of the memory for arguments and for the environment; None where the kernel hides it."""
    fields = facts.stat_fields(os.getpid())
    begin, end, environment_begin, environment_end = (int(field) for field in fields[45:49])
    if begin == 0 or end <= begin:
        return None
    return (begin, end), (environment_begin, environment_end)


def _show_marker(marker: bytes, begin: int, end: int) -> None:
    """A grandchild that is forked and never executed anything is known by this alone (see tree.py)."""
    memory = ctypes.string_at(begin, end - begin)
    if len(marker) >= len(memory):
        return
    # Give the variables that are about to be overwritten another home: getenv still reads them here.
    room = 0
    while room <= len(marker):
        setting = memory[room:].partition(b"\0")[0]
        name = setting.partition(b"=")[0]
        if name in os.environb:
            os.putenv(name, os.environb[name])
        room += len(setting) + 1
    room = min(room, len(memory))
    ctypes.memmove(begin, marker.ljust(room, b"\0"), room)


def _keep_title() -> None:
    """Dask sets a title of its own, which does not name the worker."""
    import distributed.proctitle

    distributed.proctitle.setproctitle_mod = None
