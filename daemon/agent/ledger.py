"""What the next agent of this id must know if this one is killed: a file beside its socket, one JSON object a line.

The agent enters a launch before it forks. The process signs with its pid as the first thing that it does, and then ends
itself if its agent has died by then: so whoever lives has signed, and whoever has signed can be found. An end is
entered after it was told, and struck out when daskd acknowledges it; the desk leaves what its successor needs.

Lines are appended, and the file is replaced by a shorter one from time to time. Nothing is synced: it need not outlive
the machine. A line that was cut short is passed over. If the file cannot be written the agent goes on, and tries again.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Callable, Iterable, Optional

from daskd_agent import facts, faults

VERSION = 1
LONGEST = 500  # lines, before it is replaced

Entry = dict  # one JSON object; what it is about is its `entry`


def beside(agent_socket: str) -> str:
    return os.path.splitext(agent_socket)[0] + ".table"


def sign(path: str, marker: str, agent: int, port: Optional[int] = None) -> None:
    """In a launch: I am its process, and listen on this port of the cluster's. Does not return if its agent has died: the
    next one may not have seen the signature, and would start the same again."""
    faults.at("launch.forked")
    me = os.getpid()
    try:
        signature = {"entry": "signed", "marker": marker, "pid": me, "start_time": facts.start_time(me), "port": port}
        _append(path, signature)
    except OSError as error:
        print(f"daskd: if the host agent is killed, this process is not found again: {error}", file=sys.stderr)
    if os.getppid() != agent:
        os._exit(0)
    faults.at("launch.signed")


def read(path: str) -> list[Entry]:
    """All entries of a ledger that was written since the machine has started; empty if there is none."""
    entries: list[Entry] = []
    try:
        with open(path, "rb") as file:
            for line in file:
                try:
                    entries.append(json.loads(line))
                except ValueError:
                    pass  # cut short, or the empty line before each
    except OSError:
        return []
    is_ours = bool(entries) and entries[0].get("boot_id") == facts.boot_id() and entries[0].get("version") == VERSION
    return entries if is_ours else []


class Ledger:
    """The agent's hand on the file. `all_entries` are what a fresh file must hold beside its head."""

    def __init__(self, path: str, program: dict[str, Any], all_entries: Callable[[], Iterable[Entry]]) -> None:
        self.path = path
        self._head = {"entry": "agent", "version": VERSION, "boot_id": facts.boot_id(), **program}
        self._all_entries = all_entries
        self._lines: Optional[int] = None  # None: what the file holds is not all

    def enter(self, entry: Entry) -> None:
        """Append; after a failure, once all before it is written."""
        if self._lines is None:
            self.replace()
        if self._lines is None:
            return
        try:
            _append(self.path, entry)
            self._lines += 1
        except OSError as error:
            self._has_failed(error)

    def shorten(self) -> None:
        """Call when there is time."""
        if self._lines is None or self._lines > LONGEST:
            self.replace()

    def replace(self) -> None:
        """Write it anew."""
        fresh = self.path + ".new"
        entries = [self._head, *self._all_entries()]
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(b"".join(map(_line, entries)))
            os.replace(fresh, self.path)
            self._lines = len(entries)
        except OSError as error:
            self._has_failed(error)

    def close(self) -> None:
        """Nothing is left that anybody must know."""
        try:
            os.unlink(self.path)
        except OSError:
            pass  # it could not be written, or was removed

    def _has_failed(self, error: OSError) -> None:
        if self._lines is not None:
            print(f"daskd-agent: {self.path} cannot be kept up to date: {error}", flush=True)
        self._lines = None


def _append(path: str, entry: Entry) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    try:
        line = _line(entry)
        if os.write(descriptor, line) != len(line):
            raise OSError("no room for a whole line")
    finally:
        os.close(descriptor)


def _line(entry: Entry) -> bytes:
    """In one piece, so that two processes can append; begun anew, should the one before have been cut short."""
    return b"\n" + json.dumps(entry, separators=(",", ":")).encode() + b"\n"
