"""Log files of the launches: each writes its own through O_APPEND, here they are rotated and read.

Rotation copies and truncates, so that the writer keeps its descriptor and never has to know.
"""

from __future__ import annotations

import os
import stat

from daskd_agent import home, private_directory

KEPT = 3  # x.log.1 (newest) … x.log.3
TAIL_LINES = 5
TAIL_BYTES = 8192
COPY_BYTES = 1 << 20  # at once


def made_ready(path: str) -> str:
    """`path` without "~", in a directory that is there: on another machine nobody else has made it. Raises OSError."""
    path = home.expanded(path)
    private_directory.make(os.path.dirname(path))
    return path


def size_of(path: str) -> int:
    """Bytes in `path`, 0 if there is none."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def is_too_long(size_bytes: int, limit_bytes: int) -> bool:
    return 0 < limit_bytes < size_bytes


def tail(path: str, start: int) -> list[str]:
    """The last lines of `path` from offset `start` on; empty if it cannot be read."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            # Somebody else may have cut the file: then all of it is new.
            begin = start if start <= size else 0
            file.seek(max(begin, size - TAIL_BYTES))
            lines = file.read(TAIL_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [line for line in lines if line.strip()][-TAIL_LINES:]


def rotate(path: str, limit_bytes: int) -> bool:
    """Whether `path` was over `limit_bytes` and its newest part is now in x.log.1, the file itself empty.

    A full disk loses the old lines rather than the room: the file is emptied in any case.
    """
    if not is_too_long(size_of(path), limit_bytes):
        return False
    try:
        for number in range(KEPT, 1, -1):
            if os.path.exists(f"{path}.{number - 1}"):
                os.replace(f"{path}.{number - 1}", f"{path}.{number}")
        _copy_end(path, f"{path}.1", limit_bytes)
    except OSError:
        pass
    try:
        os.truncate(path, 0)
    except OSError:
        return False
    return True


def _copy_end(source: str, target: str, limit_bytes: int) -> None:
    """Copy the last `limit_bytes` of `source`, from the beginning of a line.

    What is written meanwhile comes along, but little of a flood: who writes may be faster than we.
    """
    with open(source, "rb") as reader, open(target, "wb", opener=_private) as out:
        begin = reader.seek(0, os.SEEK_END) - limit_bytes
        reader.seek(max(begin, 0))
        if begin > 0:
            reader.readline(limit_bytes // 2)
        at = reader.tell()
        end = at + limit_bytes + limit_bytes // 16
        while at < end and (copied := os.sendfile(out.fileno(), reader.fileno(), at, min(COPY_BYTES, end - at))):
            at += copied


class Removed:
    """Logs that were removed while their process runs: what it goes on writing is in no directory any more.

    It is taken from the process's own descriptor into a new file of the same name, at every look.
    """

    def __init__(self) -> None:
        self._pids: set[int] = set()

    def keep(self, pid: int, path: str) -> bool:
        """Whether the log of `pid` was removed and is now what `path` holds."""
        is_new = not os.path.exists(path)
        if is_new:
            self._pids.add(pid)
        if pid not in self._pids:
            return False
        hidden = f"/proc/{pid}/fd/1"
        try:
            written = os.stat(hidden)
            if not stat.S_ISREG(written.st_mode) or written.st_nlink:
                self._pids.discard(pid)  # the number is another process's by now, or it writes elsewhere
                return False
            private_directory.make(os.path.dirname(path))
            self._move(hidden, path)
        except OSError:
            pass  # it has just ended, or the disk is full
        return is_new

    def has(self, pid: int) -> bool:
        """Whether what `pid` writes must be looked for: the kernel does not tell of it."""
        return pid in self._pids

    def forget(self, pid: int) -> None:
        self._pids.discard(pid)

    def _move(self, hidden: str, path: str) -> None:
        with open(hidden, "rb") as reader, open(path, "ab", opener=_private) as writer:
            while block := reader.read(1 << 20):
                writer.write(block)
        os.truncate(hidden, 0)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
