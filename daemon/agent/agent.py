"""The agent: what each operation of PROTOCOL.md does, and what happens when a child ends."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
from typing import Any, Callable, Iterator, Optional

from daskd_agent import canary, cgroup, examine, facts, faults, head_files, job, ledger, memory, renew
from daskd_agent import scratch, spawn, stamps, warm
from daskd_agent.adopted import Adopted
from daskd_agent.conversation import Conversation
from daskd_agent.desk import Desk
from daskd_agent.families import Families
from daskd_agent.front_door import FrontDoor
from daskd_agent.log_keeper import LogKeeper
from daskd_agent.log_reader import LogReader
from daskd_agent.loop import Loop, Timer
from daskd_agent.orphan import Orphanhood
from daskd_agent.starts import Starts
from daskd_agent.table import Launch, Table
from daskd_agent.wire import Connection, Message

REAPED_AT_ONCE = 100  # a task that has forked thousands must not keep others waiting
DISMISSAL_S = 0.1  # a caretaker that has nothing left stays until daskd has heard of the last end
GRACE_S = 10.0  # between SIGTERM and SIGKILL when the agent ends on its own account
KILL_PATIENCE_S = 5.0  # a process in state D may never go
REMOVAL_PATIENCE_S = 2.0  # for scratch directories, when the agent ends
SHORTEN_S = 1.0  # until the ledger is replaced by a shorter one: restarts come first


class Agent:
    """Owns all the parts and the table; `state` is what an agent before this one left.

    `order`: that of its job, if it runs in one (job.py).
    """

    def __init__(
        self,
        options: argparse.Namespace,
        loop: Loop,
        listener: socket.socket,
        state: renew.State,
        warmth: warm.Warmth,
        order: Optional[dict[str, Any]] = None,
    ) -> None:
        self._options = options
        self._loop = loop
        operations: dict[Any, Callable[[Connection, Message], None]] = {
            "spawn": self._spawn,
            "signal": self._signal,
            "examine": self._examine,
            "log": lambda _, message: self._reader.read(message),
            "end_log": lambda _, message: self._reader.end(message),
            "ping": lambda *_: self._talk.tell({"event": "pong"}),
            "ack": lambda _, message: self._acknowledge(message["seq"]),
            "listen": lambda *_: self._door.make_again(),
            "renew": lambda _, message: self._renew(message.get("reason") or "renew"),
            "goodbye": lambda *_: self._orphanhood.goodbye(),
            "shutdown": lambda *_: self._dismiss(),
        }
        self._talk = Conversation(loop, operations, self._on_greeted, self._on_left, state.get("protocol"))
        self._door = FrontDoor(
            loop, listener, options.socket, state["socket_inode"], self._talk.connect, self._keep_ledger
        )
        self._state = state
        self._warmth = warmth
        self._facts: dict[str, Any] = state["facts"] or facts.of_process() if warmth.failure else facts.of_host()
        self._table = Table.from_state(state["table"])
        self._orphanhood = Orphanhood(
            loop,
            state["owner"],
            lambda: bool(self._table.launches),
            lambda: self._desk.scheduler(),
            self._end_unwanted,
            self._end_gracefully,
            **({"idle_s": order["join_timeout_s"]} if order else {}),
        )
        self.exit_code = 0
        self._order = order
        self._hours = job.Hours(order) if order else None
        self._was_wanted = False  # by some daskd
        self._ending = ""  # why its job is about to end: nothing is started any more
        self._logs = LogKeeper(loop)
        self._reader = LogReader(loop, self._talk.tell, lambda: self._talk.has_room)
        self._canaries = canary.Canaries(loop, self._on_death)
        program = {"python": sys.executable, "warm": options.warm, "image": options.image}
        self._ledger = ledger.Ledger(ledger.beside(options.socket), program, self._entries)
        self._shortening: Optional[Timer] = None
        self._adopted = Adopted(loop, lambda launch: self._end(launch, None, None))
        self._families = Families(loop, self._table.launches.values, self._sweep_belongings)
        self._memory = memory.MemoryWatch(
            loop, lambda launch: launch.send_signal(signal.SIGTERM), self._families.kill
        )
        self._groups = cgroup.Groups(state.get("cgroup"))
        self._scratch = scratch.ScratchDirectories(scratch.entries_beside(options.socket))
        self._desk = Desk(
            loop,
            warmth.spawn == "fork",
            state.get("desk") or {},
            self._table.launches.values,
            self._kill_for_desk,
            self._ledger.enter,
            self._report() if order else None,
        )
        self._dying: dict[int, spawn.Port] = {}  # told as ended, not yet reaped: by pid, the port that each still has
        self._starts = Starts(
            loop,
            spawn.Spawner(state["limits"], self._canaries, self._ledger, in_job=order is not None),
            self._table,
            options.socket,
            warmth.spawn == "fork",
            self._hours,
            self._desk.address_for,
            self._dying.values,
            lambda taken: self._talk.tell({"event": "ports_taken", "ports": taken}),
        )
        self._is_ending = False
        self._is_leaving = False  # in a moment, and the next agent is asked for what this one does not answer
        self._is_dismissed = False  # by daskd, which knows of all ends that matter to it
        self._is_caretaker = bool(warmth.failure) and not state["reason"]  # it has nothing but what it took over

    def run(self) -> None:
        """Serve until the agent ends."""
        self._door.open()
        self._loop.on_signal(signal.SIGCHLD, self._reap)
        self._loop.on_signal(signal.SIGTERM, self._end_gracefully)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        self._ledger.replace()
        faults.at("agent.renewed")
        self._resume()
        for launch in list(self._table.launches.values()):
            self._take_over(launch)
        self._reap()
        self._scratch.sweep()
        leaving_s = self._hours.until_leaving_s() if self._hours else None
        if leaving_s is not None:
            self._loop.later(max(0.0, leaving_s), lambda: self._announce_end("its job ends soon (walltime)"))
        self._loop.run()

    def _report(self) -> Message:
        """What the reporter of a job must know."""
        assert self._order is not None
        here = head_files.localized(self._order, head_files.directory_beside(self._options.socket))
        wanted = {"scheduler": here["scheduler"], "dask_config": here["dask_config"]}
        return {**wanted, "job": here["name"], "socket": self._options.socket}

    def _announce_end(self, why: str, at_once: bool = False) -> None:
        """The job is about to end: start nothing more, and end with the last that runs."""
        self._ending = why
        self._talk.tell({"event": "ending", "text": why, "at_once": at_once})
        if not self._table.launches:
            self._finish()

    def _take_over(self, launch: Launch) -> None:
        """From the program that was this process before, or from an agent that is dead."""
        self._logs.add(launch)
        if launch.memory:
            self._memory.add(launch)
        if launch.is_adopted:
            if launch.memory:
                launch.memory_enforced_by = "cgroup" if self._groups.holds(launch.pid) else "agent"
            self._adopted.watch(launch)

    def _keep_ledger(self) -> None:
        """It may have been removed, as the socket was."""
        if not os.path.exists(self._ledger.path):
            self._ledger.replace()

    def _entries(self) -> Iterator[dict[str, Any]]:
        """All that the ledger must hold."""
        yield from self._table.to_entries()
        yield self._desk.entry()

    # daskd

    def _resume(self) -> None:
        """Whom the agent before this one spoke with."""
        self._talk.resume(self._state["connections"])
        if not self._talk.is_going_on:
            self._on_left()
        elif self._state["reason"]:
            self._talk.tell({**self._hello(), "event": "renewed", "reason": self._state["reason"]})
            if self._warmth.failure:
                self._talk.tell({"event": "error", "text": self._warmth.failure})
        self._talk.handle_received()

    def _on_left(self) -> None:
        self._reader.end_all()
        self._door.stay_found()
        self._orphanhood.begin()

    def _on_greeted(self, message: Message) -> None:
        self._reader.end_all()  # what another daskd has asked for
        self._door.rest()
        self._orphanhood.end(message)
        self._was_wanted = True
        self._talk.tell(self._hello())
        if self._ending:
            self._talk.tell({"event": "ending", "text": self._ending, "at_once": self._is_ending})
        self._end_if_useless()

    def _hello(self) -> Message:
        return {
            "event": "hello",
            "protocol": self._talk.protocol,
            **self._facts,
            "spawn": self._warmth.spawn,
            "spawn_reason": self._warmth.spawn_reason,
            "warm": self._warmth.imported,
            "skipped": self._warmth.skipped,
            "threads": warm.thread_count(),
            "has_dashboard": warm.has_dashboard(),
            "processes": [launch.described() for launch in self._table.launches.values()],
            "exits": self._table.exits,
        }

    # Operations

    def _spawn(self, connection: Connection, message: Message) -> None:
        if self._is_leaving:
            return
        named = {"name": message["name"], "incarnation": message["incarnation"]}
        if stamps.have_changed(self._warmth.stamps) and renew.is_possible() and not self._is_ending:
            connection.unread(message)
            self._renew("site-packages changed")
            return
        try:
            launch = self._start(message)
        except (OSError, KeyError, ValueError) as error:
            self._talk.tell({"event": "spawn_failed", **named, "text": f"{type(error).__name__}: {error}"})
            return
        started = {"pid": launch.pid, "start_time": launch.start_time, "started_at": launch.started_at}
        memory = {"memory_enforced_by": launch.memory_enforced_by}
        faults.at("agent.forked")
        self._talk.tell({"event": "spawned", **named, **started, "mode": launch.mode, **memory})
        faults.at("agent.spawned")
        self._desk.started(launch)
        self._logs.add(launch)

    def _start(self, message: Message) -> Launch:
        if self._is_ending:
            raise ValueError("the agent is ending")
        if self._ending:
            raise ValueError(self._ending)
        if self._warmth.failure:
            raise ValueError(self._warmth.failure)
        if self._table.find(message["name"], message["incarnation"]):
            raise ValueError("this incarnation runs already")
        launch = self._starts.start(message)
        self._limit_memory(launch)
        return launch

    def _limit_memory(self, launch: Launch) -> None:
        if launch.memory:
            is_held = self._groups.hold(launch.pid, launch.memory["limit_bytes"])
            launch.memory_enforced_by = "cgroup" if is_held else "agent"
            self._memory.add(launch)

    def _signal(self, _connection: Connection, message: Message) -> None:
        launch = self._table.find(message["name"], message["incarnation"])
        if launch is None:
            return
        launch.was_signalled = True
        if message.get("tree"):
            self._families.signal(launch, message["signal"])
        else:
            launch.send_signal(message["signal"])

    def _acknowledge(self, seq: int) -> None:
        faults.at("agent.acknowledged")
        self._table.acknowledge(seq)
        self._ledger.enter({"entry": "acknowledged", "seq": seq})
        if self._shortening is None:
            self._shortening = self._loop.later(SHORTEN_S, self._shorten_ledger)

    def _shorten_ledger(self) -> None:
        self._shortening = None
        self._ledger.shorten()

    def _examine(self, _connection: Connection, message: Message) -> None:
        launch = self._table.find(message["name"], message["incarnation"])
        if launch is not None:
            named = {"name": launch.name, "incarnation": launch.incarnation}
            self._talk.tell({"event": "examined", **named, **examine.examine(launch.pid)})

    def _renew(self, reason: str) -> None:
        """Does not return, except when it cannot be done, or by one that ends: the next program would not know of that, and
        a caretaker ends by itself, for a better one."""
        if self._is_leaving or self._is_ending or self._options.unable:
            return
        if not renew.is_possible():
            self._talk.tell({"event": "error", "text": "cannot renew: the agent's program or interpreter is gone"})
            return
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, signal.SIGTERM})
        self._loop.handle_signals()  # the next program has those that come from now on
        if self._is_ending:
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            return
        self._families.sweep()
        self._starts.standbys.close()  # made from imports that may be old
        state = {
            "listener": self._door.fileno(),
            "socket_inode": self._door.inode,
            "limits": self._state["limits"],
            "cgroup": self._state.get("cgroup"),
            "skipped": {},
            "reason": reason,
            "facts": self._facts,
            "connections": self._talk.to_state(),
            "table": self._table.to_state(),
            "owner": self._orphanhood.to_state(),
            "protocol": self._talk.protocol,
            "desk": self._desk.to_state(),
        }
        try:
            renew.execute(self._options, state)
        except OSError as error:
            self._warmth.stamps = {}  # do not try at every spawn
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            self._talk.tell({"event": "error", "text": f"cannot renew: {error}"})

    # Children

    def _reap(self) -> None:
        self._desk.hear()
        for _ in range(REAPED_AT_ONCE):
            if not self._reap_one(-1):
                return
        # The kernel gives them in no useful order: a launch that has ended may be behind all the others.
        for launch in list(self._table.launches.values()):
            self._reap_one(launch.pid)
        self._loop.later(0, self._reap)

    def _reap_one(self, which: int) -> bool:
        """Whether `which` (-1: any child) had ended."""
        try:
            pid, status, usage = os.wait4(which, os.WNOHANG)
        except ChildProcessError:
            return False
        if pid == 0:
            return False
        self._canaries.forget(pid)
        launch = self._table.with_pid(pid)
        if pid in self._dying:
            del self._dying[pid]
            self._families.sweep_soon()
        elif launch is None:
            self._orphanhood.reaped(pid)
            self._starts.standbys.reaped(pid)
            self._scratch.reaped(pid)
            self._desk.reaped(pid)
            self._logs.reaped(pid)
        else:
            self._end(launch, status, usage)
        return True

    def _on_death(self, pid: int) -> None:
        """Where a spare worker can take over, it need not wait until the kernel has taken the dead one apart."""
        self._desk.hear()
        launch = self._table.with_pid(pid)
        if launch is None or launch.was_signalled or not self._starts.standbys.has(launch.kind):
            return
        status = canary.status_of_dying(pid)
        if status is not None:
            self._dying[pid] = launch.port
            self._end(launch, status, None)

    def _end(self, launch: Launch, status: Optional[int], usage: Any) -> None:
        """`status` None: it was adopted, and nobody has seen it."""
        faults.at("agent.ended")
        self._memory.forget(launch)
        self._logs.forget(launch)
        if launch.memory_enforced_by == "cgroup":
            by_kernel = self._groups.ended(launch.pid, launch.memory["limit_bytes"])
            launch.excess = launch.excess or by_kernel
        exited = self._table.end(launch, status, usage)
        if not (self._order and self._is_ending):  # how the job ends is for the queue to say
            self._talk.tell(exited)
        faults.at("agent.told")
        self._ledger.enter({"entry": "ended", "marker": launch.marker, "exited": exited})
        faults.at("agent.kept")
        self._desk.ended(launch.name)
        self._families.ended(launch)
        self._orphanhood.check_idle()
        self._end_if_useless()
        if (self._is_ending or self._ending) and not self._table.launches:
            self._finish()

    def _kill_for_desk(self, launch: Launch) -> None:
        launch.was_signalled = True  # Dask waits until nothing of it is left
        self._families.kill(launch)

    def _sweep_belongings(self) -> None:
        self._groups.sweep()
        self._scratch.sweep()

    # The end

    def _end_gracefully(self) -> None:
        """Ask the children to end, make them end after a while, then end."""
        self._is_ending = True
        if self._order:
            self._announce_end("its job was told to end", at_once=True)
        self._starts.standbys.close()
        for launch in self._table.launches.values():
            launch.send_signal(signal.SIGTERM)
        self._loop.later(GRACE_S if self._table.launches else 0, self._shutdown)

    def _end_unwanted(self) -> None:
        """There is nothing to live for."""
        if self._order and not self._was_wanted:
            where, waited_s = self._order["scheduler"], self._order["join_timeout_s"]
            print(f"daskd-agent: no daskd has come by the scheduler at {where} within {waited_s:g} s", file=sys.stderr)
            self.exit_code = 1
        self._finish()

    def _end_if_useless(self) -> None:
        """A caretaker ends with the last that it cares for: the next agent may be able to start something."""
        if self._is_caretaker and self._talk.is_going_on and not self._table.launches:
            self._is_leaving = True
            self._loop.later(DISMISSAL_S, self._finish)

    def _dismiss(self) -> None:
        self._is_dismissed = True
        self._shutdown()

    def _shutdown(self) -> None:
        self._is_ending = True
        self._starts.standbys.close()
        self._families.kill_all()
        self._loop.later(KILL_PATIENCE_S if self._table.launches else 0, self._finish)

    def _finish(self) -> None:
        try:
            self._clean_up()
        finally:
            self._loop.stop()

    def _clean_up(self) -> None:
        self._families.sweep()
        self._starts.standbys.close()
        self._scratch.finish(REMOVAL_PATIENCE_S)
        self._groups.close()
        self._desk.close()
        head_files.remove(head_files.directory_beside(self._options.socket))
        if not self._table.launches and (self._is_dismissed or not self._table.exits):
            self._ledger.close()
        self._door.remove()
        if self._order:
            job.leave(self._options.socket)
