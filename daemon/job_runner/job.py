"""One job: which of its calls are done, and how well. Knows no Dask."""

from __future__ import annotations

import asyncio
import collections
import json
import os
import time
from typing import Any, Iterable, Optional

from daskd_job_runner import calls as on_worker
from daskd_job_runner.results import Record, Results
from daskd_job_runner.spec import Spec

WAITING, UNDER_WAY, DONE, FAILED = range(4)
RATE_S = 20.0  # over which the rate is taken
SAMPLE_S = 0.25

_STATUS = {on_worker.RESULT: DONE, on_worker.FAILURE: FAILED}


class Job:
    """`directory` holds it: job.json, results, and ended.json once it has ended."""

    def __init__(self, name: str, directory: str, spec: Spec, token: str, created_at: str) -> None:
        self.name = name
        self.directory = directory
        self.spec = spec
        self.token = token
        self.created_at = created_at
        self.combinations = spec.combinations()
        self.results_path = os.path.join(directory, "results")
        self.results = Results(self.results_path)
        self.status = bytearray(len(self.combinations))
        self.counts = collections.Counter({WAITING: len(self.combinations)})
        self.ended: Optional[dict[str, Any]] = None  # what ended.json holds
        self.trouble = ""  # what keeps it from going on, for people
        self.revision = 0
        self.errors: list[dict[str, Any]] = []  # the first few: {"index", "error"}
        self._changed = asyncio.Event()
        self._samples: collections.deque = collections.deque([(time.monotonic(), 0)])
        self._next = 0  # calls from here on were never under way
        self._again: collections.deque = collections.deque()
        self._finished_here = 0

    @property
    def calls(self) -> int:
        return len(self.combinations)

    @property
    def state(self) -> str:
        return str(self.ended["state"]) if self.ended else "running"

    @property
    def is_complete(self) -> bool:
        return self.counts[WAITING] + self.counts[UNDER_WAY] == 0

    # --- what happens to its calls

    def recover(self, ended: Optional[dict[str, Any]]) -> None:
        """Take over what is on the disk; `ended` is what ended.json holds. Of a job that has ended, only numbers are kept
        in memory."""
        if ended:
            self.counts = collections.Counter({DONE: ended["finished"], FAILED: ended["failed"]})
            self.counts[WAITING] = self.calls - ended["finished"] - ended["failed"]
            self.errors = ended["errors"]
            self.status = bytearray()
            self.ended = ended
            return
        for index, kind in self.results.recover():
            if index < self.calls:
                self._set(index, _STATUS[kind])
        self._touch()

    def take(self, count: int) -> list[int]:
        """So many calls that wait, or fewer; they are under way from now on."""
        taken: list[int] = []
        while len(taken) < count and self._again:
            index = self._again.popleft()
            if self.status[index] == WAITING:
                taken.append(index)
                self._set(index, UNDER_WAY)
        while len(taken) < count and self._next < self.calls:
            if self.status[self._next] == WAITING:
                taken.append(self._next)
                self._set(self._next, UNDER_WAY)
            self._next += 1
        return taken

    def give_back(self, indices: Iterable[int]) -> None:
        """They were not done, and wait again."""
        for index in () if self.ended else indices:
            if self.status[index] == UNDER_WAY:
                self._set(index, WAITING)
                self._again.append(index)

    def keep(self, records: list[Record]) -> None:
        """Results and failures, for good. Raises OSError where the disk does not take them: nothing is changed then."""
        fresh = [] if self.ended else [record for record in records if self.status[record[0]] < DONE]
        self.results.append(fresh)
        for index, kind, body in fresh:
            self._set(index, _STATUS[kind])
            self._finished_here += 1
            if kind == on_worker.FAILURE and len(self.errors) < 5:
                self.errors.append({"index": index, "error": json.loads(body)["error"]})
        self._touch()

    def end(self, state: str, at: str) -> None:
        """Raises OSError where that cannot be written down."""
        numbers = {"finished": self.counts[DONE], "failed": self.counts[FAILED], "errors": self.errors}
        ended = {"state": state, "at": at, **numbers}
        write(os.path.join(self.directory, "ended.json"), ended)
        self.recover(ended)
        self._touch()

    def say(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            self._touch()

    def _set(self, index: int, status: int) -> None:
        self.counts[self.status[index]] -= 1
        self.counts[status] += 1
        self.status[index] = status

    # --- for those who look

    async def changed_after(self, revision: int) -> None:
        """Returns when there is something newer than `revision`."""
        while self.revision <= revision:
            await self._changed.wait()

    def _touch(self) -> None:
        self.revision += 1
        self._changed.set()
        self._changed = asyncio.Event()
        now = time.monotonic()
        if now - self._samples[-1][0] >= SAMPLE_S:
            self._samples.append((now, self._finished_here))
        while len(self._samples) > 2 and now - self._samples[0][0] > RATE_S:
            self._samples.popleft()

    def rate(self) -> float:
        """Calls that ended in a second, of late."""
        begun, before = self._samples[0]
        passed = time.monotonic() - begun
        return (self._finished_here - before) / passed if passed > 0 else 0.0

    def summary(self) -> dict[str, Any]:
        left = self.counts[WAITING] + self.counts[UNDER_WAY]
        rate = 0.0 if self.ended else self.rate()
        return {
            "job": self.name,
            "state": self.state,
            "function": self.spec.text(),
            "calls": self.calls,
            "finished": self.counts[DONE],
            "failed": self.counts[FAILED],
            "under_way": self.counts[UNDER_WAY],
            "waiting": self.counts[WAITING],
            "created_at": self.created_at,
            "ended_at": self.ended["at"] if self.ended else None,
            "rate_per_s": round(rate, 3),
            "eta_s": round(left / rate, 1) if rate > 0 and not self.ended else None,
            "trouble": self.trouble or None,
            "errors": self.errors,
            "revision": self.revision,
        }


def write(path: str, value: Any) -> None:
    """Replace a file of JSON, so that a crash leaves the old or the new one."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)
