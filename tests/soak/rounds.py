"""One round: some faults close behind each other, while the stream of computations goes on; and what each of them may use."""

from __future__ import annotations

import fnmatch
import json
import os
import random
import signal
import socket
import threading
import time
from typing import Any, Optional

from daskd_testing import Cluster
from load import Load, Refused
from machine import by_role
from processes import alive, parent
from waiting import wait_until
from wanted import Expected, Wanted

# What a verb may end with when daskd, its agent or the scheduler have just been hit: failed, does not answer, timed
# out, not all of it. Never wrong usage, an unknown name, or a signal.
DISTURBED = {0, 1, 5, 6, 7}


class Round:
    """`chance` decides everything; `is_disturbed`: a fault before this one may make a verb fail."""

    def __init__(self, cluster: Cluster, load: Load, wanted: Wanted, chance: random.Random) -> None:
        self.cluster, self.load, self.wanted, self.chance = cluster, load, wanted, chance
        self.expected = Expected()
        self.is_disturbed = False
        self.verbs = 0
        self._continuations: list[threading.Timer] = []
        self._kept: list[socket.socket] = []

    def status(self) -> dict[str, Any]:
        """As far as is known: nothing while daskd does not answer."""
        shown = self.cluster.ctl("status", "--json", expect=None).stdout
        return json.loads(shown) if shown else {"state": "unknown", "workers": []}

    def wait_running(self) -> dict[str, Any]:
        """For a moment in which nothing that happened before disturbs any more; the status then."""
        self.finish()
        wait_until(lambda: self.status()["state"] == "running", 60, "the cluster is running")
        self.is_disturbed = False
        return self.status()

    def running(self) -> list[dict[str, Any]]:
        """Those whose end daskd has not seen yet are none."""
        return [worker for worker in self.status()["workers"] if worker["state"] == "running" and alive(worker["pid"])]

    def a_worker(self) -> Optional[dict[str, Any]]:
        running = sorted(self.running(), key=lambda worker: worker["name"])
        return self.chance.choice(running) if running else None

    def pid_of(self, role: str) -> Optional[int]:
        """The youngest, should one of them be on its way out."""
        return max(by_role(self.cluster.mark).get(role, []), default=None)

    def signal(self, pid: Optional[int], number: int) -> str:
        if pid is None:
            return "nobody there"
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return f"pid {pid} has just gone"
        return f"pid {pid}"

    def stop_for_a_while(self, pid: Optional[int], longest_s: float) -> str:
        seconds = self.chance.uniform(0.05, longest_s)
        told = self.signal(pid, signal.SIGSTOP)
        timer = threading.Timer(seconds, self.signal, (pid, signal.SIGCONT))
        timer.start()
        self._continuations.append(timer)
        return f"{told} for {seconds:.2f} s"

    def is_watched(self, worker: dict[str, Any]) -> bool:
        """Whether the agent that has started it still lives."""
        try:
            return parent(worker["pid"]) in by_role(self.cluster.mark).get("agent", [])
        except IndexError:  # it has ended
            return False

    def may_end(self, worker: dict[str, Any], *causes: str) -> None:
        """Nobody sees how one ends whose agent is dead."""
        self.expected.add(worker["name"], *causes, *([] if self.is_watched(worker) and not self.is_disturbed else ["lost"]))

    def matching(self, glob: str) -> list[str]:
        """The names of workers, stopped ones included, that a glob means."""
        return fnmatch.filter([worker["name"] for worker in self.status()["workers"]], glob)

    def scheduler_ends(self, *causes: str) -> None:
        self.expected.add("scheduler", *causes, "start_failed")
        self.expected.add("*-*", "scheduler_lost", "requested", "signal", "lost", "exit", "start_failed")

    def verb(self, *arguments: str, fails: bool = False) -> str:
        """`fails`: it may refuse with 1, in words that people understand."""
        self.verbs += 1
        words = [*arguments, "--json", *([] if arguments[0] == "daemon" else ["--timeout", "60s"])]
        done = self.cluster.ctl(*words, expect=None, timeout=90)
        allowed = DISTURBED if self.is_disturbed else {0, 1} if fails else {0}
        if done.returncode not in allowed:
            raise AssertionError(f"daskctl {' '.join(words)}: exit {done.returncode}, not one of {sorted(allowed)}\n"
                                 f"{done.stdout}{done.stderr}")
        if done.returncode == 0 and json.loads(done.stdout).get("schema") != 1:
            raise AssertionError(f"daskctl {' '.join(words)} printed no object of schema 1: {done.stdout}")
        return f"{' '.join(arguments)}: exit {done.returncode}"

    def ask(self, name: str, /, **order: Any) -> str:
        """Of the client; what disturbed it may have made it impossible. Ends in its answer, if it has one."""
        try:
            answer = self.load.do(name, **order)
        except Refused as error:
            if not self.is_disturbed:
                raise AssertionError(str(error)) from None
            return str(error).splitlines()[0]
        return " ".join([name, *map(str, order.values())]) + (f": {answer}" if answer else "")

    def keep(self, peer: socket.socket) -> None:
        """Until the round is over."""
        self._kept.append(peer)

    def finish(self) -> None:
        for timer in self._continuations:
            timer.join()
        for peer in self._kept:
            peer.close()

    def pause(self, longest_s: float) -> None:
        time.sleep(self.chance.uniform(0, longest_s))
