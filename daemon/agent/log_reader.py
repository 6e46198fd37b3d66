"""Logs of this host for a daskd on another one: their last lines, and what is written while somebody follows."""

from __future__ import annotations

import os
import selectors
from typing import Any, BinaryIO, Callable, Optional

from daskd_agent import home, inotify, logs
from daskd_agent.loop import Loop, Timer

MOST_BYTES = 1 << 20  # of a log's end
CHUNK = 64 << 10  # of what is new, at once; also the longest line
LOOK_S = 0.05  # after a write, and while daskd reads more slowly
ABSENT_S = 1.0

Message = dict


class _Followed:
    def __init__(self, path: str, offset: int) -> None:
        self.path = path
        self.offset = offset  # after the last whole line that was told
        self.file: Optional[BinaryIO] = None  # open, so that a new one of its name is another one
        self.seen = 0  # its size at the last look
        self.watch: Optional[int] = None
        self.timer: Optional[Timer] = None

    def close(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        if self.file is not None:
            self.file.close()

    def next_lines(self) -> tuple[list[str], bool]:
        """Whole ones, and whether there are no more for now. A log that was cut, or replaced, begins anew."""
        try:
            self._open()
        except OSError:
            return [], True  # it is not there now
        assert self.file is not None
        self.seen = os.fstat(self.file.fileno()).st_size
        if self.seen < self.offset:
            self.offset = 0
        data = os.pread(self.file.fileno(), CHUNK, self.offset)
        is_all = len(data) < CHUNK
        end = data.rfind(b"\n") + 1 or (0 if is_all else len(data))  # or a line that is longer
        self.offset += end
        lines = data[:end].split(b"\n")
        return [_text(line) for line in (lines if lines[-1] else lines[:-1])], is_all

    def _open(self) -> None:
        present = os.stat(self.path)
        if self.file is not None and os.path.samestat(present, os.fstat(self.file.fileno())):
            return
        if self.file is not None:
            self.file.close()
            self.offset = 0
        self.file = open(self.path, "rb")


class LogReader:
    """`tell` sends to daskd, as long as `has_room`."""

    def __init__(self, loop: Loop, tell: Callable[[Message], None], has_room: Callable[[], bool]) -> None:
        self._loop = loop
        self._tell = tell
        self._has_room = has_room
        self._followed: dict[Any, _Followed] = {}
        self._inotify: Optional[int] = None

    def read(self, message: Message) -> None:
        """The last `lines` of `log`, or where it is followed again, what comes after `offset`."""
        path, offset = home.expanded(message["log"]), message.get("offset")
        if offset is None:
            lines, offset = last_lines(path, message["lines"])
            self._tell({"event": "log", "id": message["id"], "lines": lines, "offset": offset})
        if message.get("follow"):
            self._open()
            followed = self._followed[message["id"]] = _Followed(path, offset)
            self._look(message["id"], followed)

    def end(self, message: Message) -> None:
        followed = self._followed.pop(message["id"], None)
        if followed is not None:
            followed.close()
        if not self._followed and self._inotify is not None:
            self._loop.forget(self._inotify)
            os.close(self._inotify)
            self._inotify = None

    def end_all(self) -> None:
        """The daskd that read is gone."""
        for identity in list(self._followed):
            self.end({"id": identity})

    def _open(self) -> None:
        if self._inotify is None:
            self._inotify = inotify.opened()
            if self._inotify is not None:
                self._loop.watch(self._inotify, selectors.EVENT_READ, lambda _: self._hear())

    def _hear(self) -> None:
        assert self._inotify is not None
        written = inotify.changed(self._inotify)
        for identity, followed in self._followed.items():
            if followed.watch in written:
                followed.watch = None
                self._look_later(identity, followed, LOOK_S)

    def _look_later(self, identity: Any, followed: _Followed, delay_s: float) -> None:
        followed.timer = self._loop.later(delay_s, lambda: self._look(identity, followed))

    def _look(self, identity: Any, followed: _Followed) -> None:
        followed.timer = None
        if not self._has_room():
            self._look_later(identity, followed, LOOK_S)
            return
        lines, is_all = followed.next_lines()
        if lines:
            self._tell({"event": "log", "id": identity, "lines": lines, "offset": followed.offset})
        if not is_all:
            self._look_later(identity, followed, 0)
        elif followed.watch is None and not self._watch(followed):
            self._look_later(identity, followed, ABSENT_S)
        elif logs.size_of(followed.path) != followed.seen:
            self._look_later(identity, followed, LOOK_S)  # it was written to before it was watched

    def _watch(self, followed: _Followed) -> bool:
        if self._inotify is not None:
            followed.watch = inotify.watch_next_change(self._inotify, followed.path)
        return followed.watch is not None


def last_lines(path: str, count: int) -> tuple[list[str], int]:
    """Whole lines, oldest first, and where they end; none of a log that is not there."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            begin = max(0, size - MOST_BYTES)
            file.seek(begin)
            data = file.read(size - begin)
    except OSError:
        return [], 0
    if begin:
        data = data[data.find(b"\n") + 1 :]  # the first may be cut
    end = data.rfind(b"\n") + 1
    rest = len(data) - end
    lines = data[:end].split(b"\n")[:-1]
    return [_text(line) for line in lines[len(lines) - min(count, len(lines)) :]], size - rest


def _text(line: bytes) -> str:
    return line[:CHUNK].decode("utf-8", "replace")
