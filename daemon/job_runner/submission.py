"""A job on its way through the cluster: calls are submitted in batches, and what comes of them is written down.

Short calls share a task, so that the cost of a task is shared too; how many follows from how long they take. At most
WINDOW calls are with Dask at a time. A task is not trusted: whatever it does not bring back is submitted again.
"""

from __future__ import annotations

import asyncio
import collections
import json
import pickle
from typing import Any, Callable, Iterable, NamedTuple, Optional

from distributed import Client, Future, as_completed

from daskd_job_runner import calls as on_worker
from daskd_job_runner.bootstrap import run_calls
from daskd_job_runner.data import DataStore
from daskd_job_runner.job import FAILED, Job
from daskd_job_runner.jobs import now
from daskd_job_runner.results import Record

WINDOW = 10_000
BATCH = 500  # tasks that are submitted at once
GATHER = 100  # tasks whose results are fetched at once
TASK_S = 0.05  # what calls that share a task should take together
MOST_TOGETHER = 200
PROBES = 4  # tasks a thread, until it is known how long calls take …
PROBE_S = LOOK_SOON_S = 1.0  # … or that they take longer than this
PAUSE_S = 0.2  # after Dask has lost what it had
RETRY_S = 2.0  # after the disk refused
LOOK_AT_WORKERS_S = 5.0


class Code(NamedTuple):
    """What runs on the workers (calls.py)."""

    key: str
    text: str


class Submission:
    """`tell(from, to, text)` is news of the job for its user. Ends by itself, or by `cancel`."""

    def __init__(self, client: Client, job: Job, code: Code, data: DataStore, tell: Callable[[str, str, str], None]) -> None:
        self._client = client
        self._job = job
        self._code = code
        self._job_key = f"{job.name}-{job.token[:8]}"
        self._data = data
        self._tell = tell
        self._tasks: dict[str, list[int]] = {}  # by key: the calls in it
        self._futures: dict[str, Future] = {}
        self._values = b""  # the arguments, pickled; None where shared data stands
        self._shared: dict[str, Future] = {}  # by the place among the arguments
        self._with_dask = 0  # calls
        self._attempts: collections.Counter = collections.Counter()  # of calls that have failed
        self._suspects: collections.deque = collections.deque()  # calls whose task took its workers with it
        self._on_trial = ""  # the key of a suspect's task
        self._mean_s: Optional[float] = None
        self._begun_at = asyncio.get_running_loop().time()
        self._threads = 0
        self._looked_at = -LOOK_AT_WORKERS_S
        self._serial = 0
        self._is_cancelled = False

    async def run(self) -> None:
        job = self._job
        await self._publish()
        await self._prepare_arguments()
        arriving = as_completed([], loop=self._client.loop)
        try:
            while not job.is_complete and not self._is_cancelled:
                await self._look_at_workers()
                await self._look_at_data()
                for future in self._submit():
                    arriving.add(future)
                if self._tasks:
                    await self._take_in(await self._next_of(arriving))
            if not self._is_cancelled:
                await self._end("finished")
        finally:
            await self._forget()

    async def _publish(self) -> None:
        """What workers must know to run calls. Client.restart() takes it from the scheduler."""
        await self._client.set_metadata(["daskd", self._code.key], self._code.text)
        await self._client.set_metadata(["daskd", self._job_key], json.dumps(self._job.spec.function))

    async def _prepare_arguments(self) -> None:
        arguments = self._job.spec.arguments
        self._values = pickle.dumps([each.get("value") for each in arguments])
        self._shared = {
            str(place): await self._data.future(each["data"]) for place, each in enumerate(arguments) if "data" in each
        }

    async def cancel(self) -> None:
        """What has a result keeps it; the job ends as cancelled."""
        self._is_cancelled = True
        await self._end("cancelled")
        futures = list(self._futures.values())
        self._tasks.clear()
        if futures:
            await self._client.cancel(futures, force=True)

    async def _end(self, state: str) -> None:
        while True:
            try:
                self._job.end(state, now())
            except OSError as error:
                await self._wait_for_disk(error)
                continue
            break
        failed = self._job.counts[FAILED]
        text = f"{failed} of {self._job.calls} calls failed" if failed and state == "finished" else ""
        self._tell("running", state, text)

    async def _forget(self) -> None:
        self._futures.clear()
        try:
            await self._client.set_metadata(["daskd", self._job_key], None)
        except OSError:
            pass  # the scheduler is gone, and all metadata with it

    # --- out

    def _submit(self) -> Iterable[Future]:
        room = WINDOW - self._with_dask
        together = self._calls_together()
        limit = PROBES * max(2, self._threads) - len(self._tasks) if self._is_probing() else BATCH
        tasks: list[list[int]] = []
        while room > 0 and len(tasks) < limit:
            taken = self._job.take(min(together, room))
            if not taken:
                break
            room -= len(taken)
            tasks.append(taken)
        if tasks:
            return self._map(tasks)
        return self._try_suspect() if self._suspects and not self._tasks else []

    def _try_suspect(self) -> list[Future]:
        """One at a time, and after all others: Dask blames every task that a dying worker had."""
        [future] = self._map([[self._suspects.popleft()]])
        self._on_trial = future.key
        return [future]

    def _is_probing(self) -> bool:
        return self._mean_s is None and asyncio.get_running_loop().time() - self._begun_at < PROBE_S

    def _map(self, tasks: list[list[int]]) -> list[Future]:
        keys = []
        for indices in tasks:
            self._serial += 1
            keys.append(f"{self._job.name}-{indices[0]}-{self._serial}")
        combinations = self._job.combinations
        # As bytes: Dask would look into them for keys and tasks.
        calls = [pickle.dumps([(index, combinations[index]) for index in indices]) for indices in tasks]
        number = len(tasks)
        futures = self._client.map(run_calls, [self._code.key] * number, [self._job_key] * number, calls, key=keys,
                                   values=self._values, data=self._shared, pure=False)
        for future, indices in zip(futures, tasks):
            self._with_dask += len(indices)
            self._tasks[future.key] = indices
            self._futures[future.key] = future
        return list(futures)

    def _calls_together(self) -> int:
        """So many that a task takes about TASK_S, and that each thread has several tasks."""
        if self._mean_s is None:
            return 1
        by_time = int(TASK_S / max(self._mean_s, 1e-9))
        left = self._job.counts[0] + self._job.counts[1]
        by_threads = left // (4 * max(1, self._threads))
        return max(1, min(by_time, by_threads, MOST_TOGETHER))

    async def _look_at_workers(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() - self._looked_at >= LOOK_AT_WORKERS_S:
            self._looked_at = loop.time()
            self._threads = sum((await self._client.nthreads()).values())
            self._job.say("" if self._threads else "there is no worker to run its calls; see: daskctl status")

    async def _look_at_data(self) -> None:
        """Tasks wait for ever for data that died with its workers, and nobody says so."""
        if all(future.status == "finished" for future in self._shared.values()):
            return
        futures = list(self._futures.values())
        for future in futures:
            self._job.give_back(self._drop(future))
        await self._client.cancel(futures)
        await self._prepare_arguments()

    # --- in

    async def _next_of(self, arriving: Any) -> list[Future]:
        """What has come, at least something unless time passes."""
        try:
            looks_soon = self._mean_s is None or self._shared
            first = await asyncio.wait_for(arriving.__anext__(), LOOK_SOON_S if looks_soon else LOOK_AT_WORKERS_S)
        except (asyncio.TimeoutError, StopAsyncIteration):
            return []
        return [first, *arriving.next_batch(block=False)]

    async def _take_in(self, arrived: list[Future]) -> None:
        arrived = [future for future in arrived if future.key in self._tasks]
        finished = [future for future in arrived if future.status == "finished"]
        for begin in range(0, len(finished), GATHER):
            await self._fetch(finished[begin:begin + GATHER])
        left = [future for future in arrived if future.key in self._tasks]
        for future in left:
            if future.status == "error":
                await self._fail(future)
        vanished = [future for future in left if future.status != "error"]
        if vanished and not self._is_cancelled:
            await self._bring_back(vanished)

    async def _fetch(self, futures: list[Future]) -> None:
        if not futures:
            return
        try:
            brought = await self._client.gather(futures)
        except Exception:  # one of them was lost on the way: the others may be there
            if len(futures) > 1:
                for future in futures:
                    await self._fetch([future])
            return
        records: list[Record] = []
        for _future, (done, seconds) in zip(futures, brought):
            records += done
            if done:
                self._learn(len(done), seconds)
        await self._keep([record for record in records if not self._is_to_be_retried(record)])
        if any(not done for done, _seconds in brought):
            await self._publish()
        for future, (done, _seconds) in zip(futures, brought):
            kept = {record[0] for record in done}
            indices = self._drop(future)
            self._job.give_back(index for index in indices if index not in kept or self._attempts.get(index))

    def _is_to_be_retried(self, record: Record) -> bool:
        index, kind, _body = record
        if kind != on_worker.FAILURE or self._attempts[index] >= self._job.spec.retries:
            self._attempts.pop(index, None)
            return False
        self._attempts[index] += 1
        return True

    async def _bring_back(self, futures: list[Future]) -> None:
        """Dask does not have them any more: after Client.restart(), or with data that died with its workers."""
        for future in futures:
            self._job.give_back(self._drop(future))
        await asyncio.sleep(PAUSE_S)
        await self._publish()
        await self._prepare_arguments()

    async def _fail(self, future: Future) -> None:
        """A task that brought an exception: none of a call's."""
        exception = await future.exception()
        indices = self._drop(future)
        is_accused = type(exception).__name__ == "KilledWorker" and future.key != self._on_trial
        if is_accused or len(indices) > 1:
            self._suspects.extend(indices)
        else:
            body = json.dumps(on_worker.told(exception)).encode()
            await self._keep([(indices[0], on_worker.FAILURE, body)])

    def _drop(self, future: Future) -> list[int]:
        self._futures.pop(future.key, None)
        indices = self._tasks.pop(future.key, [])
        self._with_dask -= len(indices)
        return indices

    async def _keep(self, records: list[Record]) -> None:
        while records:
            try:
                self._job.keep(records)
            except OSError as error:
                await self._wait_for_disk(error)
                continue
            self._job.say("")
            return

    async def _wait_for_disk(self, error: OSError) -> None:
        self._job.say(f"results cannot be written: {error.strerror or error}; make room, and it goes on")
        await asyncio.sleep(RETRY_S)

    def _learn(self, calls: int, seconds: float) -> None:
        mean = seconds / calls
        self._mean_s = mean if self._mean_s is None else 0.8 * self._mean_s + 0.2 * mean
