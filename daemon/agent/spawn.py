"""Starting a launch, from the agent's side: by fork, or as a fresh interpreter (`exec`)."""

from __future__ import annotations

import gc
import os
import resource
import signal
import socket
import sys
import traceback
from typing import Any, Callable, Optional

from daskd_agent import child, dask_settings, facts, faults, interpreter, logs, unix_socket
from daskd_agent.canary import Canaries
from daskd_agent.ledger import Ledger
from daskd_agent.table import Launch

Limits = list  # [resource, soft, hard], …
Port = Optional[int]  # that is a process's own in the whole cluster; None: any will do
TakeStandby = Callable[[dict], Optional[tuple[int, Port]]]
ChoosePort = Callable[[dict], Port]

DEFAULT_LOG_SIZE = 16 << 20


def present_limits() -> Limits:
    """The limits as this process has them: taken before any import can change them, given to every child."""
    numbers = {value for name, value in vars(resource).items() if name.startswith("RLIMIT_")}
    return [[number, *resource.getrlimit(number)] for number in sorted(numbers)]


class Spawner:
    """Starts processes for one agent: `limits` are what they get, `canaries` hear of their death, in `ledger` they sign.
    `in_job`: they belong to a job of a queue (bond.py)."""

    def __init__(self, limits: Limits, canaries: Canaries, ledger: Ledger, in_job: bool = False) -> None:
        self._limits = limits
        self._canaries = canaries
        self._ledger = ledger
        self._in_job = in_job

    def start(
        self, wanted: dict[str, Any], can_fork: bool, take_standby: TakeStandby, choose_port: ChoosePort
    ) -> Launch:
        """Start what a `spawn` message wants; the launch. Raises OSError, or KeyError and ValueError for a bad message.

        `take_standby` gives pid and port of a spare worker that has become this launch, if there is one of its kind.
        """
        if wanted["role"] not in child.ROLES:
            raise ValueError(f"role {wanted['role']!r}: one of {', '.join(child.ROLES)} expected")
        mode = "fork" if can_fork and wanted.get("mode", "fork") == "fork" else "exec"
        launch = Launch(
            name=wanted["name"],
            incarnation=wanted["incarnation"],
            role=wanted["role"],
            mode=mode,
            pid=0,
            start_time=0,
            started_at=facts.now(),
            log=wanted["log"],
            log_size=wanted.get("log_size") or DEFAULT_LOG_SIZE,
            log_start=logs.size_of(wanted["log"]),
            meta=wanted.get("meta"),
            memory=wanted.get("memory"),
            nanny=[wanted["args"][0], wanted["nanny"]] if wanted["nanny"] else None,
            marker=wanted["marker"],
        )
        self._ledger.enter(launch.entry())
        faults.at("agent.entered")
        standby = take_standby(wanted) if mode == "fork" else None
        if standby is not None:
            launch.pid, launch.port = standby
        else:
            launch.port = choose_port(wanted)
            launch.pid = self._start({**self._signed(wanted), "port": launch.port}, mode)
        try:
            launch.start_time = facts.start_time(launch.pid)
        except OSError:  # out of descriptors: nobody would watch it
            os.kill(launch.pid, signal.SIGKILL)
            raise
        return launch

    def _signed(self, order: dict[str, Any]) -> dict[str, Any]:
        """With what a child needs that is to sign the ledger."""
        signed = {"limits": self._limits, "ledger": self._ledger.path, "agent": os.getpid()}
        return {**order, **signed, "in_job": self._in_job}

    def start_standby(self, wanted: dict[str, Any], port: Port) -> tuple[int, socket.socket]:
        """Fork a worker of the kind that `wanted` describes, which waits for its name; pid, and where to send it."""
        ours, its = socket.socketpair()
        with its:
            order = {**self._signed(wanted), "name": "(standby)", "marker": "(standby)", "nanny": None, "port": port}
            pid = self._fork({**order, "link_descriptor": None, "control_descriptor": its.fileno()})
        return pid, ours

    def _start(self, order: dict[str, Any], mode: str) -> int:
        begin = self._fork if mode == "fork" else _exec
        link = order.get(child.LINKS.get(order["role"], ""))
        if not link:
            return begin({**order, "link_descriptor": None})
        # Made here, so that daskd can connect as soon as it hears of the process.
        with unix_socket.listening(link) as listener:
            return begin({**order, "link_descriptor": listener.fileno()})

    def _fork(self, order: dict[str, Any]) -> int:
        is_stale = dask_settings.are_stale(order.get("env") or {})
        end, its_end = os.pipe2(os.O_CLOEXEC)
        try:
            pid = _fork({**order, "canary_descriptor": its_end, "is_config_stale": is_stale})
        except OSError:
            os.close(end)
            raise
        finally:
            os.close(its_end)
        self._canaries.watch(pid, end)
        return pid


def forked(run: Callable[[], None]) -> int:
    """The pid of a child that calls `run`, which must not return; its signals are still blocked."""
    sys.stdout.flush()
    sys.stderr.flush()
    # A signal for the child must not run the agent's handlers, whose pipe both share: it waits for the child's own.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    gc.disable()
    try:
        pid = os.fork()
        if pid == 0:
            try:
                run()
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)  # never back through the agent's frames
        return pid
    finally:
        gc.enable()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _fork(order: dict[str, Any]) -> int:
    return forked(lambda: child.run_forked(order))


def _exec(order: dict[str, Any]) -> int:
    environment = {**interpreter.ENVIRONMENT, **(order.get("env") or {}), "DASKD_LAUNCH": order["marker"]}
    link = order["link_descriptor"]
    if link is not None:
        order = {**order, "link_descriptor": interpreter.ALSO_INHERITED}
    return interpreter.spawn("run", order, environment, child.title_of(order), also=link)
