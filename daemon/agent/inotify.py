"""inotify, which Python's library has not: to hear of a file's next change without looking at it again and again."""

from __future__ import annotations

import ctypes
import os
import struct
from typing import Optional

MODIFY = 0x2
ATTRIB = 0x4  # also when the name of an open file is removed
ONESHOT = 0x80000000
HEAD = struct.Struct("iIII")  # watch, mask, cookie, length of the name that follows

_libc = ctypes.CDLL(None, use_errno=True)


def opened() -> Optional[int]:
    """A descriptor to be read when something has changed; None where there are no more to be had."""
    descriptor = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    return descriptor if descriptor >= 0 else None


def watch_next_change(descriptor: int, path: str) -> Optional[int]:
    """The number under which `changed` will report the next write to `path`, or its removal, once; None if it cannot be
    watched."""
    watch = _libc.inotify_add_watch(descriptor, os.fsencode(path), ctypes.c_uint32(MODIFY | ATTRIB | ONESHOT))
    return watch if watch >= 0 else None


def changed(descriptor: int) -> set[int]:
    """The watches whose files have changed since the last call."""
    found = set()
    try:
        data = os.read(descriptor, 1 << 16)
    except BlockingIOError:
        return found
    at = 0
    while at < len(data):
        watch, mask, _, length = HEAD.unpack_from(data, at)
        if mask & (MODIFY | ATTRIB):
            found.add(watch)
        at += HEAD.size + length
    return found
