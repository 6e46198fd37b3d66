"""Disks of a test's own, which it may fill and spoil. Needs root: nobody else may mount."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import threading
import unittest
from pathlib import Path
from typing import Iterator

_CLONE_NEWNS = 0x20000


def need_mounts() -> None:
    """Skips the test where mounts are not allowed; else they are this process's own from now on."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.getuid() != 0 or libc.unshare(_CLONE_NEWNS) != 0:
        raise unittest.SkipTest("needs root and its own mounts")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


class Disk:
    """A small file system of its own, mounted at `place`, which is made."""

    def __init__(self, place: Path, size: str = "4m") -> None:
        self.place = place
        place.mkdir(mode=0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "none", str(place)], check=True)

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        """Up to the last byte, and whatever becomes free is taken at once."""
        is_over = threading.Event()
        filling = threading.Thread(target=self._fill, args=[is_over])
        self._take_all()
        filling.start()
        try:
            yield
        finally:
            is_over.set()
            filling.join()
            (self.place / "filler").unlink()

    def _fill(self, is_over: threading.Event) -> None:
        while not is_over.wait(0.01):
            self._take_all()

    def _take_all(self) -> None:
        with open(self.place / "filler", "ab", buffering=0) as file:
            for block in (1 << 16, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(b"x" * block)

    @contextlib.contextmanager
    def read_only(self) -> Iterator[None]:
        """For all who open something now; who writes already may go on."""
        place = str(self.place)
        subprocess.run(["mount", "--bind", place, place], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", place], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", place], check=True)

    def __enter__(self) -> Disk:
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "--lazy", str(self.place)], check=True)
