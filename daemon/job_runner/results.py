"""The results of a job on the disk: records that are only ever added to one file.

A record is a header (index of the call, kind, checksum, size) and its bytes. A file that a crash has cut is read up to
its last whole record.
"""

from __future__ import annotations

import array
import os
import struct
import zlib
from typing import BinaryIO, Iterable, Iterator, Tuple

Record = Tuple[int, int, bytes]

_HEADER = struct.Struct("<QBIQ")
KINDS = (1, 2)  # as calls.py has them: RESULT, FAILURE
NOWHERE = (1 << 64) - 1


class Results:
    def __init__(self, path: str) -> None:
        self._path = path

    def append(self, records: Iterable[Record]) -> None:
        """All of them or none: raises OSError where the disk does not take them."""
        data = b"".join(_HEADER.pack(index, kind, zlib.crc32(body), len(body)) + body for index, kind, body in records)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            before = os.fstat(descriptor).st_size
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(descriptor, rest):]
            except OSError:
                os.ftruncate(descriptor, before)
                raise
        finally:
            os.close(descriptor)

    def recover(self) -> Iterator[tuple[int, int]]:
        """(index, kind) of each record; then the file ends with a whole one."""
        end = 0
        try:
            with open(self._path, "rb") as file:
                for _offset, end, index, kind in _walk(file):
                    yield index, kind
                size = os.fstat(file.fileno()).st_size
        except FileNotFoundError:
            return
        if end < size:
            os.truncate(self._path, end)

    def places(self, calls: int) -> array.array:
        """Where the last record of each call begins; NOWHERE: it has none."""
        found = array.array("Q", [NOWHERE]) * calls
        try:
            with open(self._path, "rb") as file:
                for offset, _end, index, _kind in _walk(file):
                    if index < calls:
                        found[index] = offset
        except FileNotFoundError:
            pass
        return found

    def open(self) -> BinaryIO:
        return open(self._path, "rb")

    @staticmethod
    def read(file: BinaryIO, place: int) -> tuple[int, bytes]:
        """(kind, bytes) of the record there. Raises ValueError if its bytes are not what was written."""
        file.seek(place)
        _index, kind, checksum, size = _HEADER.unpack(file.read(_HEADER.size))
        body = file.read(size)
        if len(body) != size or zlib.crc32(body) != checksum:
            raise ValueError("the file of results is damaged here")
        return kind, body


def _walk(file: BinaryIO) -> Iterator[tuple[int, int, int, int]]:
    """(begin, end, index, kind) of each whole record."""
    size = os.fstat(file.fileno()).st_size
    offset = 0
    while offset + _HEADER.size <= size:
        file.seek(offset)
        index, kind, _checksum, length = _HEADER.unpack(file.read(_HEADER.size))
        end = offset + _HEADER.size + length
        if kind not in KINDS or end > size:
            return
        yield offset, end, index, kind
        offset = end
