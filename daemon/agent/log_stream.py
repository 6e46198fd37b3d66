"""Standard output and error of an agent, scheduler or worker: its log.

A full disk makes every `print` raise, and a task that prints would fail for it. The log is not worth that: what cannot
be written is left out.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import Any

DISK_IS_AT_FAULT = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)


class LogFile(io.FileIO):
    """Never fails for the disk's sake."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in DISK_IS_AT_FAULT:
                raise
            return len(data)


def opened(path: str) -> int:
    """A descriptor that appends to `path`, or to nothing where the disk does not allow it."""
    try:
        os.makedirs(os.path.dirname(path) or ".", mode=0o700, exist_ok=True)
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError as error:
        if error.errno not in DISK_IS_AT_FAULT:
            raise
        return os.open(os.devnull, os.O_WRONLY)


def install() -> None:
    """Let `sys.stdout` and `sys.stderr` write to descriptors 1 and 2 that way, line by line: what a killed worker has
    printed should be in its log."""
    if isinstance(getattr(sys.stdout.buffer, "raw", None), LogFile):
        return  # a forked child has its agent's, and what was imported there may hold them
    sys.stdout = sys.__stdout__ = _stream(1, sys.stdout)
    sys.stderr = sys.__stderr__ = _stream(2, sys.stderr)


def _stream(descriptor: int, before: Any) -> io.TextIOWrapper:
    before.flush()
    raw = LogFile(descriptor, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding=before.encoding, errors=before.errors, line_buffering=True
    )
