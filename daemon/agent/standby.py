"""Spare workers: each has done everything but register, and becomes whichever worker of its kind is needed next.

A standby is an ordinary `dask worker` that waits inside our preload (standby_worker.py) for its name. A restart
then costs the registration alone: neither the fork nor the start of a worker.
"""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import socket
from typing import Callable, Optional

from daskd_agent import canary, nanny_address, spawn
from daskd_agent.loop import Loop, Timer

# The workers that have just been started register first; one that had to be forked needs a core for a while.
REFILL_S = 0.05
REFILL_AFTER_FORK_S = 0.02
LONGEST_REFILL_S = 0.5
UNUSED_S = 10.0  # a kind of which no worker runs any more

# What makes two workers the same kind: all but who they are and where they log.
KIND = ("args", "env", "cwd", "nice", "dask_config", "mode")
# Their clocks start with the process, so a worker that waits for its name would have used them up.
TIMED = ("--death-timeout", "--lifetime")

Message = dict  # a `spawn` message


@dataclasses.dataclass
class Standby:
    pid: int
    control: socket.socket
    kind: str
    port: spawn.Port


class Standbys:
    """Owns the spare workers of one agent. `kinds_in_use` tells which kinds have launches that run; `choose_port` raises
    ValueError where there is none."""

    def __init__(
        self, loop: Loop, spawner: spawn.Spawner, kinds_in_use: Callable[[], set[str]], choose_port: spawn.ChoosePort
    ) -> None:
        self._loop = loop
        self._spawner = spawner
        self._kinds_in_use = kinds_in_use
        self._choose_port = choose_port
        self._spare: list[Standby] = []
        self._wanted: dict[str, Message] = {}  # by kind: the last that was spawned
        self._forked = 0  # workers since the last refill
        self._refill_timer: Optional[Timer] = None
        self._sweep_timer: Optional[Timer] = None

    def ports(self) -> set[spawn.Port]:
        return {spare.port for spare in self._spare}

    def take(self, message: Message) -> Optional[tuple[int, spawn.Port]]:
        """Make a spare worker the one that `message` wants; its pid and port, or None if there is none."""
        kind = kind_of(message)
        while standby := next((spare for spare in self._spare if spare.kind == kind), None):
            self._spare.remove(standby)
            if canary.status_of_dying(standby.pid) is not None:
                _end(standby)
                continue
            assignment = {field: message[field] for field in ("name", "log", "nanny", "marker")}
            with standby.control:
                try:
                    standby.control.sendall(json.dumps(assignment).encode() + b"\n")
                except OSError:
                    continue  # it has ended, and will be reaped
                return standby.pid, standby.port
        self._forked += 1
        return None

    def has(self, kind: str) -> bool:
        """Whether a spare worker of this kind is ready."""
        return any(spare.kind == kind for spare in self._spare)

    def keep_for(self, message: Message) -> None:
        """Have spare workers for the successors of this launch, once things have calmed down."""
        if not _can_wait(message):
            return
        self._wanted[kind_of(message)] = message
        if self._refill_timer is not None:
            self._refill_timer.cancel()
        pause_s = min(REFILL_S + self._forked * REFILL_AFTER_FORK_S, LONGEST_REFILL_S)
        self._refill_timer = self._loop.later(pause_s, self._refill)

    def reaped(self, pid: int) -> None:
        """A child that was no launch has ended. It is not replaced before the next launch: it may be broken."""
        for standby in self._spare:
            if standby.pid == pid:
                standby.control.close()
                self._spare.remove(standby)
                return

    def close(self) -> None:
        """End them all: they have no work to lose."""
        for standby in self._spare:
            _end(standby)
        self._spare.clear()
        self._wanted.clear()

    def _refill(self) -> None:
        self._refill_timer = None
        self._forked = 0
        for kind, message in self._wanted.items():
            missing = message["standby"] - sum(spare.kind == kind for spare in self._spare)
            for _ in range(missing):
                try:
                    port = self._choose_port(message)
                except ValueError:
                    break  # workers come first
                pid, control = self._spawner.start_standby(message, port)
                self._spare.append(Standby(pid, control, kind, port))
        if self._sweep_timer is None:
            self._sweep_timer = self._loop.later(UNUSED_S, self._end_unused)

    def _end_unused(self) -> None:
        self._sweep_timer = None
        used = self._kinds_in_use()
        for standby in [spare for spare in self._spare if spare.kind not in used]:
            self._wanted.pop(standby.kind, None)
            _end(standby)
            self._spare.remove(standby)


def _end(standby: Standby) -> None:
    standby.control.close()
    os.kill(standby.pid, signal.SIGKILL)


def kind_of(message: Message) -> str:
    return json.dumps([message.get(field) for field in KIND], sort_keys=True)


def _can_wait(message: Message) -> bool:
    is_timed = any(word.startswith(TIMED) for word in message["args"])
    is_forked = message.get("mode", "fork") == "fork"
    return nanny_address.is_needed(message) and is_forked and not is_timed and bool(message.get("standby"))
