"""Private Unix sockets: only our own user may connect. Also used by the scheduler link."""

from __future__ import annotations

import os
import socket
import stat
import struct
from typing import Optional

PRIVATE = 0o177  # umask: mode 0600
QUEUE = 16


def listening(path: str) -> socket.socket:
    """A socket that listens at `path`, whatever stood there before; it appears when it already answers."""
    fresh = f"{path}.{os.getpid()}"
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(PRIVATE)
    try:
        listener.bind(fresh)
    finally:
        os.umask(before)
    listener.listen(QUEUE)
    listener.setblocking(False)
    os.replace(fresh, path)
    return listener


def is_at(path: str, inode: int) -> bool:
    """Whether what stands at `path` is still the socket of that inode."""
    try:
        return os.stat(path).st_ino == inode
    except OSError:
        return False


def inherited(descriptor: int) -> Optional[socket.socket]:
    """The socket that listens at `descriptor` already, if there is one; the number itself becomes /dev/null."""
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        return None
    given = socket.socket(fileno=os.dup(descriptor))
    if given.family != socket.AF_UNIX or not given.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        given.close()
        return None
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, descriptor)
    os.close(null)
    given.setblocking(False)
    return given


def is_served(path: str) -> bool:
    """Whether a process listens at `path`."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except BlockingIOError:
            return True  # its queue is full
        except OSError:
            return False
        return True


def is_own_user(peer: socket.socket) -> bool:
    """Whether the process at the other end runs as our user."""
    size = struct.calcsize("3i")
    _pid, uid, _gid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return uid == os.getuid()
