"""What must hold whatever has happened: after each round of faults, at quiet moments, and at the end."""

from __future__ import annotations

import collections
import json
import re
import time
import urllib.request
from pathlib import Path
from typing import Any

import jsonschema
from daskd_testing import Cluster, RpcError
from machine import MIB, Usage, by_role, growth, usage, zombies
from waiting import wait_until
from wanted import Expected, Wanted

SETTLED_S = 60  # for the cluster to be as it should be again
LOG_BYTES = 1 * MIB  # log_size of the soak's clusters
SCHEMA = json.loads((Path(__file__).parents[1] / "integration/status.schema.json").read_text())


class Watch:
    def __init__(self, cluster: Cluster, wanted: Wanted) -> None:
        self._cluster, self._wanted = cluster, wanted
        self._log_dir = cluster.state_dir / "logs"
        self._last_seq = 0
        self.exits: collections.Counter[str] = collections.Counter()
        self.dropped_by_dask: set[str] = set()  # addresses of workers
        self.slowest_s = 0.0
        self.first: dict[str, Usage] = {}
        self.last: dict[str, Usage] = {}
        self.peak: dict[str, int] = {}

    def settled(self) -> None:
        """Waits until all is as it should be."""
        began, difference = time.monotonic(), ""

        def is_settled() -> bool:
            nonlocal difference
            try:
                status = self._cluster.rpc("cluster.status", timeout=10)
                difference = self._wanted.difference(status) or self._twice(status)
            except (OSError, RpcError, StopIteration) as error:  # StopIteration: it ended before it had answered
                difference = f"daskd or the scheduler does not answer: {error!r}"
            if difference:
                time.sleep(0.08)
            return not difference

        try:
            wait_until(is_settled, SETTLED_S, "all is as it should be")
        except AssertionError as error:
            raise AssertionError(f"{error}: {difference}") from None
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)

    def after_round(self, expected: Expected) -> None:
        self.settled()
        shown = self._cluster.ctl("status", "--json", expect=None)
        status = json.loads(shown.stdout)
        jsonschema.validate(status, SCHEMA)
        # Where a pool adapts, or a worker that has been told to end is slow, it need not be running any more.
        if shown.returncode != (0 if status["state"] == "running" else 7):
            raise AssertionError(f"status: exit {shown.returncode} in state {status['state']}")
        self._events(expected)
        self._state_file()

    def _events(self, expected: Expected) -> None:
        for event in self._cluster.events(self._last_seq):
            if event["seq"] != self._last_seq + 1:
                raise AssertionError(f"event {event['seq']} follows event {self._last_seq}")
            self._last_seq = event["seq"]
            if event["kind"] in ("worker.state", "scheduler.state") and event["cause"]:
                cause = event["cause"]["cause"]
                self.exits[cause] += 1
                if not expected.allows(event["name"], cause) and not self._is_dasks_doing(event["name"], cause):
                    raise AssertionError(f"no fault of this round explains this end: {json.dumps(event)}")

    def _is_dasks_doing(self, name: str, cause: str) -> bool:
        """Its scheduler drops a worker whose result it expects from another one by now (dask/distributed#7200): its log
        says "should be impossible". Each such line excuses one end."""
        if cause != "scheduler_lost":
            return False
        log = "".join(path.read_text(errors="replace") for path in self._log_dir.glob("scheduler.log*"))
        dropped = set(re.findall(rf"from processing to memory on worker <WorkerState '([^']*)', name: {name},", log))
        fresh = dropped - self.dropped_by_dask
        self.dropped_by_dask |= fresh
        return bool(fresh)

    def _twice(self, status: dict[str, Any]) -> str:
        """A worker that runs twice, or not at all, or under another name; empty if there is none."""
        pids = {worker["name"]: worker["pid"] for worker in status["workers"] if worker["state"] == "running"}
        known = json.loads((self._cluster.state_dir / "scheduler.json").read_text())
        port = known["services"]["dashboard"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/identity.json", timeout=10) as reply:
            registered = sorted(str(worker["name"]) for worker in json.load(reply)["workers"].values())
        if registered != sorted(pids):
            return f"the scheduler has {registered}, daskd {sorted(pids)}"
        roles = by_role(self._cluster.mark)
        for name, pid in pids.items():
            if roles.get(name) != [pid]:
                return f"{name} is process {roles.get(name)}, not {pid}"
        strange = {name: found for name, found in roles.items() if name.startswith(tuple(self._wanted.pools))
                   and name not in pids}
        return f"too many: {strange}" if strange else ""

    def _state_file(self) -> None:
        intent = json.loads((self._cluster.state_dir / "state.json").read_text())
        if not intent["up"] or set(intent["stopped_workers"]) != self._wanted.stopped:
            raise AssertionError(f"the state file differs from what was asked for: {intent}")

    def checkpoint(self) -> None:
        """In a quiet moment: nothing has grown, nothing lies about."""
        self.settled()

        def is_complete() -> bool:
            roles = by_role(self._cluster.mark)
            return all(len(roles.get(role, [])) == 1 for role in ("daskd", "agent", "desk", "scheduler"))
        try:
            wait_until(is_complete, 20, "one daskd, one agent, one desk, one scheduler")
        except AssertionError as error:
            raise AssertionError(f"{error}: {by_role(self._cluster.mark)}") from None
        roles = by_role(self._cluster.mark)
        parents = roles["daskd"] + roles["agent"]
        wait_until(lambda: not zombies(parents), 10, f"no zombies below {parents}")
        for role in ("daskd", "agent", "desk", "scheduler"):
            self.last[role] = now = usage(roles[role][0])
            self.first.setdefault(role, now)
            self.peak[role] = max(self.peak.get(role, 0), now.rss_bytes)
            if grown := growth(role, self.first[role], now):
                raise AssertionError(grown)
        for log in self._log_dir.iterdir():
            wait_until(lambda: log.stat().st_size <= 2 * LOG_BYTES, 20, f"{log} is rotated")

    def nothing_left(self) -> None:
        """After `down`."""
        self._cluster.wait_nothing_left()
        left = [path for path in self._cluster.runtime_dir.rglob("*") if path.is_socket()]
        left += [path for path in self._cluster.runtime_dir.glob("*.scratch/*")]
        left += [path for path in (self._cluster.dir / "scratch").rglob("worker-*")]
        left += [path for path in [self._cluster.state_dir / "scheduler.json"] if path.exists()]
        if left:
            raise AssertionError(f"left behind: {', '.join(map(str, left))}")
        if json.loads((self._cluster.state_dir / "state.json").read_text())["up"]:
            raise AssertionError("the state file says that the cluster is up")
