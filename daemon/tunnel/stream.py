"""One TCP connection that goes through the tunnel: this mouth's half of it.

Whatever lies between the two halves may lose frames, and then both are told to resume. So each keeps what the other has
not passed on yet, and takes only the byte that it waits for. A stream holds at most WINDOW bytes in each direction.
"""

from __future__ import annotations

import collections
import selectors
import socket
import struct
from typing import TYPE_CHECKING, Optional

from daskd_tunnel.frames import Bytes, Kind

if TYPE_CHECKING:
    from daskd_tunnel.mouth import Mouth

WINDOW = 2 << 20
ACK_AFTER = WINDOW // 4
CHUNK = 128 << 10
WITH_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: the peer must not take the end for a good one


class Stream:
    """`port`: where it was accepted, at the mouth that opened it; None at the other one."""

    def __init__(self, mouth: Mouth, key: int, peer: str, here: socket.socket, port: Optional[int], is_connected: bool):
        self.key = key
        self.peer = peer
        self._mouth = mouth
        self._here = here
        self._port = port
        self._is_connected = is_connected
        self._is_known = port is None  # the other half exists
        self._is_synced = port is None  # it takes what comes next
        self._watched = 0
        # From here into the tunnel. An end counts as one byte more.
        self._kept: collections.deque[bytes] = collections.deque()  # not yet passed on at the other end
        self._kept_from = 0
        self._passed_on = 0
        self._read = 0
        self._is_read_up = False
        self._is_end_passed_on = False
        # Out of the tunnel.
        self._to_write: collections.deque[memoryview] = collections.deque()
        self._received = 0
        self._written = 0
        self._acknowledged = 0
        self._ends_at: Optional[int] = None
        self._is_written_up = False

    def begin(self) -> None:
        if self._port is not None and self._mouth.is_up(self.peer):
            self._open()
        self.watch()

    # What the other half says

    def on_data(self, offset: int, content: memoryview) -> None:
        self._is_known = True
        skip = self._received - offset
        if skip < 0 or skip >= len(content):
            return  # something before it was lost; or it has come before
        if self._received + len(content) - skip - self._written > WINDOW + CHUNK:
            self._break()
            return
        self._received = offset + len(content)
        self._to_write.append(content[skip:])
        self._write()

    def on_ack(self, offset: int) -> None:
        self._is_known = True
        self._passed_on = max(self._passed_on, min(offset, self._read))
        while self._kept and self._kept_from + len(self._kept[0]) <= self._passed_on:
            self._kept_from += len(self._kept.popleft())
        if self._is_read_up and offset > self._read:
            self._is_end_passed_on = True
            self._close_if_done()
        self.watch()

    def on_fin(self, offset: int) -> None:
        self._is_known = True
        if offset == self._received:
            self._ends_at = offset
            self._write()

    def on_resume(self, offset: int) -> None:
        self._is_known = self._is_synced = True
        self._send_again(offset)
        self.watch()

    def on_reset(self) -> None:
        """The other half is gone; as it should be, where both ends have been passed on."""
        self._close(gently=self._is_read_up and self._is_written_up)

    # What the mouth says

    def on_up(self) -> None:
        """There is a way to the other half, again or for the first time."""
        self._is_synced = False
        if self._is_known:
            self.acknowledge()
            self._send(Kind.RESUME, self._received)
        else:
            self._open()
        self.watch()

    def on_down(self) -> None:
        self._is_synced = False
        self.watch()

    def give_up(self) -> None:
        self._close(gently=False)

    def acknowledge(self) -> None:
        self._acknowledged = self._written
        self._send(Kind.ACK, self._written + self._is_written_up)

    def watch(self) -> None:
        """Wait for what can be dealt with now."""
        if self._here.fileno() < 0:
            return
        may_read = (
            self._is_connected
            and self._is_synced
            and not self._is_read_up
            and self._read - self._passed_on < WINDOW
            and self._mouth.has_room_for(self)
        )
        wanted = selectors.EVENT_READ if may_read else 0
        if not self._is_connected or self._to_write:
            wanted |= selectors.EVENT_WRITE
        if wanted == self._watched:
            return
        self._watched = wanted
        if wanted:
            self._mouth.loop.watch(self._here, wanted, self._on_ready)
        else:
            self._mouth.loop.forget(self._here)

    # Within

    def _on_ready(self, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            if not self._is_connected and not self._has_connected():
                return
            self._write()
        if events & selectors.EVENT_READ and self._here.fileno() >= 0:
            self._read_some()

    def _has_connected(self) -> bool:
        if self._here.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._break()
            return False
        self._is_connected = True
        return True

    def _read_some(self) -> None:
        try:
            data = self._here.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            self._break()
            return
        if data:
            self._kept.append(data)
            self._send(Kind.DATA, self._read, data)
            self._read += len(data)
        else:
            self._is_read_up = True
            self._send(Kind.FIN, self._read)
        self.watch()

    def _write(self) -> None:
        if not self._is_connected:
            self.watch()
            return
        while self._to_write:
            content = self._to_write[0]
            try:
                count = self._here.send(content)
            except BlockingIOError:
                break
            except OSError:
                self._break()
                return
            self._written += count
            if count < len(content):
                self._to_write[0] = content[count:]
            else:
                self._to_write.popleft()
        if self._ends_at == self._written and not self._is_written_up:
            self._is_written_up = True
            try:
                self._here.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it has gone by itself
            self.acknowledge()
            self._close_if_done()
        elif self._written - self._acknowledged >= ACK_AFTER:
            self.acknowledge()
        elif self._written != self._acknowledged:
            self._mouth.owe(self)
        self.watch()

    def _open(self) -> None:
        assert self._port is not None
        self._send(Kind.OPEN, self._port)
        self._is_synced = True
        self._send_again(0)

    def _send_again(self, offset: int) -> None:
        at = self._kept_from
        for chunk in self._kept:
            if at + len(chunk) > offset:
                skip = max(0, offset - at)
                self._send(Kind.DATA, at + skip, memoryview(chunk)[skip:] if skip else chunk)
            at += len(chunk)
        if self._is_read_up:
            self._send(Kind.FIN, self._read)

    def _send(self, kind: Kind, offset: int, content: Bytes = b"") -> None:
        self._mouth.send(kind, self, offset, content)

    def _break(self) -> None:
        self._send(Kind.RESET, 0)
        self._close(gently=False)

    def _close_if_done(self) -> None:
        if self._is_written_up and self._is_end_passed_on:
            self._close(gently=True)

    def _close(self, gently: bool) -> None:
        if self._here.fileno() < 0:
            return
        if self._watched:
            self._watched = 0
            self._mouth.loop.forget(self._here)
        if not gently:
            self._here.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, WITH_RESET)
        self._here.close()
        self._kept.clear()
        self._to_write.clear()
        self._mouth.forget(self)
