"""What goes between a mouth and daskd: frames, each a header of 24 bytes and what it says it carries (PROTOCOL.md)."""

from __future__ import annotations

import enum
import json
import struct
from typing import Any, Callable, Union

HEADER = struct.Struct("!BxHIQQ")  # kind, peer, length of what follows, stream, offset
LONGEST = 1 << 20

Bytes = Union[bytes, memoryview]


class Kind(enum.IntEnum):
    CONTROL = 0  # JSON, between daskd and this mouth
    OPEN = 1  # offset: the port
    DATA = 2
    ACK = 3  # passed on up to offset
    FIN = 4  # nothing comes after offset
    RESET = 5
    RESUME = 6  # received up to offset: what follows is to be sent again


class BadFrame(Exception):
    """The other end does not speak this protocol."""


def packed(kind: Kind, peer: int, stream: int, offset: int, length: int = 0) -> bytes:
    return HEADER.pack(kind, peer, length, stream, offset)


def control(message: Any) -> bytes:
    text = json.dumps(message).encode()
    return packed(Kind.CONTROL, 0, 0, 0, len(text)) + text


class Reader:
    """Cuts what has arrived into frames: `on_frame(kind, peer, stream, offset, content)`."""

    def __init__(self, on_frame: Callable[[int, int, int, int, memoryview], None]) -> None:
        self._on_frame = on_frame
        self._rest = b""

    def take(self, data: bytes) -> None:
        """Raises BadFrame."""
        if self._rest:
            data = self._rest + data
        whole, at, end = memoryview(data), 0, len(data)
        while end - at >= HEADER.size:
            kind, peer, length, stream, offset = HEADER.unpack_from(data, at)
            if length > LONGEST:
                raise BadFrame(f"a frame of {length} bytes")
            begin = at + HEADER.size
            if end - begin < length:
                break
            at = begin + length
            self._on_frame(kind, peer, stream, offset, whole[begin:at])
        self._rest = data[at:]
