"""What the agent must never forget: the launches that run and the exits that no daskd has acknowledged."""

from __future__ import annotations

import dataclasses
import os
import signal
import zlib
from typing import Any, Iterator, Optional

from daskd_agent import facts, logs

Exited = dict  # an `exited` event

# What of a launch is nobody's business but the agent's.
HIDDEN = (
    *("log_size", "log_start", "kind", "was_signalled", "memory", "excess"),
    *("told", "kill_at", "nanny", "port", "marker", "is_adopted"),
)


@dataclasses.dataclass
class Launch:
    """One start of a scheduler or worker: the agent's child, unless it was adopted."""

    name: str
    incarnation: Any
    role: str
    mode: str
    pid: int
    start_time: int
    started_at: str
    log: str
    log_size: int
    log_start: int  # where in the log this launch began to write
    meta: Any
    kind: str = ""  # of worker: which standbys can take its place
    was_signalled: bool = False  # by daskd, which then wants to know when nothing of it is left
    memory: Optional[dict] = None  # {limit_bytes, terminate_bytes, interval_s}: ended beyond it
    excess: Optional[dict] = None  # {used_bytes, limit_bytes}: ended for it
    memory_enforced_by: Optional[str] = None
    told: Optional[dict[str, Any]] = None  # why it ends, if the nanny desk has heard: {"asked", "reason"}
    kill_at: Optional[float] = None  # by time.monotonic(): it was asked to end, and is killed then
    nanny: Optional[list[str]] = None  # its scheduler's address, and its nanny's
    port: Optional[int] = None  # that is its own in the whole cluster
    marker: str = ""  # what its descendants carry as DASKD_LAUNCH
    is_adopted: bool = False  # forked by an agent before this one, which was killed

    @property
    def key(self) -> tuple[str, Any]:
        return (self.name, self.incarnation)

    def is_alive(self) -> bool:
        return facts.is_alive(self.pid, self.start_time)

    def send_signal(self, number: int) -> None:
        """To its process alone, and never to another that has got its pid."""
        if self.is_alive():
            os.kill(self.pid, number)

    def entry(self) -> dict[str, Any]:
        """As the ledger holds it; without a pid until its process has signed."""
        return {"entry": "launch", **dataclasses.asdict(self), "kind": ""}

    def described(self) -> dict[str, Any]:
        """As `hello` lists it."""
        shown = {name: value for name, value in dataclasses.asdict(self).items() if name not in HIDDEN}
        return {**shown, "age_s": facts.age_s(self.start_time)}


def marker_of(name: str, incarnation: Any, agent_socket: str) -> str:
    """Of no other launch on this machine, and short: it takes the place of other variables in /proc (title.py)."""
    return f"{name}/{incarnation}@{zlib.crc32(os.path.abspath(agent_socket).encode()):08x}"


class Table:
    def __init__(self) -> None:
        self.launches: dict[tuple[str, Any], Launch] = {}
        self.exits: list[Exited] = []
        self._last_seq = 0

    def add(self, launch: Launch) -> None:
        self.launches[launch.key] = launch

    def find(self, name: Any, incarnation: Any) -> Optional[Launch]:
        return self.launches.get((name, incarnation))

    def with_pid(self, pid: int) -> Optional[Launch]:
        return next((launch for launch in self.launches.values() if launch.pid == pid), None)

    def end(self, launch: Launch, status: Optional[int], usage: Any) -> Exited:
        """Move `launch` from the running to the exits; the event. `status` and `usage` as wait4 gives them.

        No `usage`: it is dying, and has not been reaped. No `status`: nobody has seen it.
        """
        del self.launches[launch.key]
        self._last_seq += 1
        by_signal = None if status is None else signal_of(status)
        exited = {
            "event": "exited",
            "seq": self._last_seq,
            "name": launch.name,
            "incarnation": launch.incarnation,
            "pid": launch.pid,
            "code": None if by_signal or status is None else status >> 8,
            "signal": by_signal,
            "core": status is not None and bool(status & 0x80),
            "started_at": launch.started_at,
            "at": facts.now(),
            "user_s": round(usage.ru_utime, 3) if usage else None,
            "system_s": round(usage.ru_stime, 3) if usage else None,
            "max_rss_bytes": usage.ru_maxrss * 1024 if usage else None,
            "memory": launch.excess,
            "log_tail": logs.tail(launch.log, launch.log_start),
            "told": launch.told,
        }
        self.exits.append(exited)
        return exited

    def acknowledge(self, seq: int) -> None:
        self.exits = [exited for exited in self.exits if exited["seq"] > seq]

    def to_entries(self) -> Iterator[dict[str, Any]]:
        """What of it a ledger holds (inheritance.py reads it)."""
        for launch in self.launches.values():
            yield launch.entry()
        yield {"entry": "acknowledged", "seq": self._last_seq - len(self.exits)}
        for exited in self.exits:
            yield {"entry": "ended", "marker": "", "exited": exited}

    def to_state(self) -> dict[str, Any]:
        launches = [dataclasses.asdict(launch) for launch in self.launches.values()]
        return {"launches": launches, "exits": self.exits, "last_seq": self._last_seq}

    @staticmethod
    def from_state(state: dict[str, Any]) -> Table:
        table = Table()
        for launch in state["launches"]:
            table.add(Launch(**launch))
        table.exits = state["exits"]
        table._last_seq = state["last_seq"]
        return table


def signal_of(status: int) -> Optional[str]:
    """The signal that a wait status speaks of, such as "SIGKILL"; None after an ordinary exit."""
    number = status & 0x7F
    if number == 0:
        return None
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"SIG{number}"
