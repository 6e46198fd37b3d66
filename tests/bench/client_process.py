"""`daskctl status --json` as a whole process: how long it takes and how much memory it needs."""

from __future__ import annotations

import fcntl
import os
import select

import tree
from observer import now
from rivals import DASKCTL, Session

COMMAND = [DASKCTL, "status", "--json"]
SMALL_PIPE = 4096
TIMEOUT_MS = 10_000


def wall_s(session: Session) -> float:
    """From posix_spawn to its end, its output thrown away."""
    actions = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    began = now()
    pid = os.posix_spawn(DASKCTL, COMMAND, session.env, file_actions=actions)
    os.waitpid(pid, 0)
    return now() - began


def peak_rss_bytes(session: Session) -> int:
    """Its high-water mark once it prints.

    wait4 would tell the larger of its own and that of the process that started it. So its output goes into a pipe too
    small for it, and its memory is read while it waits there.
    """
    read_end, write_end = os.pipe()
    fcntl.fcntl(read_end, fcntl.F_SETPIPE_SZ, SMALL_PIPE)
    pid = os.posix_spawn(DASKCTL, COMMAND, session.env, file_actions=[(os.POSIX_SPAWN_DUP2, write_end, 1)])
    os.close(write_end)
    poll = select.poll()
    poll.register(read_end, select.POLLIN)
    poll.poll(TIMEOUT_MS)
    peak = tree.peak_rss_bytes(pid)
    while os.read(read_end, 1 << 16):
        pass
    os.close(read_end)
    os.waitpid(pid, 0)
    return peak
