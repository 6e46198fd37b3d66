"""Log files of the launches: each writes its own through O_APPEND, here they are rotated and read.

Rotation copies and truncates, so that the writer keeps its descriptor and never has to know.
"""

from __future__ import annotations

import os

KEPT = 3  # x.log.1 (newest) … x.log.3
TAIL_LINES = 5
TAIL_BYTES = 8192


def made_ready(path: str) -> str:
    """`path` without "~", in a directory that is there: on another machine nobody else has made it. Raises OSError."""
    path = os.path.expanduser(path)
    os.makedirs(os.path.dirname(path) or ".", mode=0o700, exist_ok=True)
    return path


def size_of(path: str) -> int:
    """Bytes in `path`, 0 if there is none."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


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
    size = size_of(path)
    if limit_bytes <= 0 or size <= limit_bytes:
        return False
    try:
        for number in range(KEPT, 1, -1):
            if os.path.exists(f"{path}.{number - 1}"):
                os.replace(f"{path}.{number - 1}", f"{path}.{number}")
        _copy_end(path, f"{path}.1", size - limit_bytes)
    except OSError:
        pass
    try:
        os.truncate(path, 0)
    except OSError:
        return False
    return True


def _copy_end(source: str, target: str, begin: int) -> None:
    """Copy `source` from `begin` on: no more than the limit is kept of a log that was flooded."""
    with open(source, "rb") as reader:
        out = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            reader.seek(begin)
            if begin:
                reader.readline()  # a line that would be cut
            while block := reader.read(1 << 20):
                os.write(out, block)
        finally:
            os.close(out)
