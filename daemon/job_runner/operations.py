"""What can be asked of the job runner: job.submit, list, progress, gather, cancel, scatter."""

from __future__ import annotations

import asyncio
import os
import traceback
from typing import Any, Callable, Optional

from distributed import Client

from daskd_job_runner import check, export, spec as spec_module
from daskd_job_runner.data import DataStore
from daskd_job_runner.job import DONE, FAILED, Job
from daskd_job_runner.jobs import Jobs, now
from daskd_job_runner.problem import Problem
from daskd_job_runner.submission import Code, Submission

PAGE_BYTES = 256 << 10  # of one answer with results
ENTRY_BYTES = 512 << 10  # of one result that is put into an answer
Params = dict

# Operation: its parameters, and the types that they may have.
_PARAMETERS: dict[str, dict[str, tuple]] = {
    "submit": {
        "name": (str,), "function": (str,), "command": (list,), "shell": (bool,), "args": (list,), "iterate": (list,),
        "loops": (int,), "retries": (int,), "cwd": (str,), "dry_run": (bool,), "token": (str,),
    },
    "list": {},
    "progress": {"job": (str,), "after": (int,), "wait": (bool,), "timeout_s": (int, float)},
    "gather": {
        "job": (str,), "begin": (int,), "only_failures": (bool,), "wait": (bool,), "timeout_s": (int, float), "format": (str,),
    },
    "cancel": {"job": (str,), "forget": (bool,)},
    "scatter": {"name": (str,), "path": (str,)},
}


class Operations:
    """`tell(job, from, to, text)` is news for users."""

    def __init__(self, client: Client, jobs: Jobs, data: DataStore, code: Code,
                 tell: Callable[[str, str, str, str], None]) -> None:
        self._client = client
        self._jobs = jobs
        self._data = data
        self._code = code
        self._tell = tell
        self._submissions: dict[str, Submission] = {}
        self._running: dict[str, asyncio.Task] = {}

    def resume(self) -> None:
        """Go on with what has not ended."""
        for job in self._jobs:
            if job.ended is None:
                have = job.counts[DONE] + job.counts[FAILED]
                text = f"{have} of its {job.calls} calls have results; the other {job.calls - have} are submitted again"
                self._begin(job, text)

    async def answer(self, operation: str, params: Params) -> Any:
        """Raises Problem."""
        if operation not in _PARAMETERS:
            raise Problem("usage", f"the job runner knows no '{operation}'")
        return await getattr(self, f"_{operation}")(_checked(operation, params))

    # --- operations

    async def _submit(self, params: Params) -> Any:
        before = self._jobs.with_token(params.get("token", ""))
        if before is not None:
            return {**before.summary(), "workers_asked": 0}
        spec = spec_module.read(params)
        for name in spec.data_names():
            if not self._data.has(name):
                raise Problem("unknown_name", f"there is no data '{name}'", f"give it to the cluster: daskctl scatter {name} FILE")
        name = self._jobs.free_name(params.get("name"), spec)
        calls = len(spec.combinations())
        if params.get("dry_run"):
            return {"job": name, "calls": calls, "function": spec.text()}
        asked = await check.check(self._client, spec, self._code.text)
        name = self._jobs.free_name(params.get("name"), spec)  # another may have been faster meanwhile
        try:
            job = self._jobs.add(name, spec, params.get("token", ""))
        except OSError as error:
            raise Problem("failed", f"nothing is submitted, because it cannot be recorded: {error}") from None
        self._begin(job, f"{calls} call{'' if calls == 1 else 's'} of {spec.text()}")
        return {**job.summary(), "workers_asked": asked}

    async def _list(self, _params: Params) -> Any:
        return {"jobs": [job.summary() for job in self._jobs]}

    async def _progress(self, params: Params) -> Any:
        """With `after` or `wait` it answers once there is news, or the job has ended."""
        job = self._named(params)
        if params.get("wait"):
            await self._until(self._when_ended(job), params, job)
        elif "after" in params and job.ended is None:
            await self._until(job.changed_after(params["after"]), params, None)
        return job.summary()

    async def _gather(self, params: Params) -> Any:
        job = self._named(params)
        if params.get("wait", True):
            await self._until(self._when_ended(job), params, job)
        only_failures = params.get("only_failures", False)
        run = asyncio.get_running_loop().run_in_executor
        if params.get("format"):
            path = os.path.join(job.directory, f"export.{params['format']}")
            try:
                count = await run(None, export.write, job, path, params["format"], only_failures)
            except OSError as error:
                raise Problem("failed", f"cannot write {path}: {error.strerror or error}") from None
            return {**job.summary(), "entries": count, "path": path}
        page, following = await run(None, _page, job, params.get("begin", 0), only_failures)
        return {**job.summary(), "entries": page, "next": following}

    async def _cancel(self, params: Params) -> Any:
        job = self._named(params)
        submission = self._submissions.get(job.name)
        was_running = job.ended is None
        if submission is not None and was_running:
            await submission.cancel()
        if params.get("forget"):
            running = self._running.get(job.name)
            if running is not None:
                running.cancel()
            self._jobs.remove(job)
        return {**job.summary(), "changed": was_running or bool(params.get("forget"))}

    async def _scatter(self, params: Params) -> Any:
        for name in ("name", "path"):
            if name not in params:
                raise Problem("usage", f"'{name}' is missing")
        try:
            return await asyncio.get_running_loop().run_in_executor(None, self._data.put, params["name"], params["path"])
        except OSError as error:
            raise Problem("failed", f"the data cannot be kept: {error}") from None

    # --- help

    def _begin(self, job: Job, text: str) -> None:
        submission = Submission(self._client, job, self._code, self._data,
                                lambda before, after, why: self._tell(job.name, before, after, why))
        self._submissions[job.name] = submission
        self._tell(job.name, "", "running", text)
        task = self._running[job.name] = asyncio.ensure_future(submission.run())
        task.add_done_callback(lambda done: self._ended(job, done))

    def _ended(self, job: Job, task: asyncio.Task) -> None:
        self._submissions.pop(job.name, None)
        self._running.pop(job.name, None)
        error = None if task.cancelled() else task.exception()
        if error is None or job.ended is not None or self._client.status != "running":
            return  # without a scheduler: the next job runner goes on
        traceback.print_exception(type(error), error, error.__traceback__)
        job.say(f"{type(error).__name__}: {error}")
        job.end("failed", now())
        self._tell(job.name, "running", "failed", job.trouble)

    def _named(self, params: Params) -> Job:
        if "job" not in params:
            raise Problem("usage", "which job?", "see: daskctl jobs")
        return self._jobs[params["job"]]

    @staticmethod
    async def _when_ended(job: Job) -> None:
        while job.ended is None:
            await job.changed_after(job.revision)

    @staticmethod
    async def _until(happening: Any, params: Params, job: Optional[Job]) -> None:
        """`job`: it is an error if time is up."""
        try:
            await asyncio.wait_for(happening, params.get("timeout_s"))
        except asyncio.TimeoutError:
            if job is not None:
                done = job.counts[DONE] + job.counts[FAILED]
                raise Problem("timed_out", f"{done} of {job.calls} calls of '{job.name}' are done",
                              f"it goes on; see: daskctl progress {job.name}") from None


def _page(job: Job, begin: int, only_failures: bool) -> tuple[list, Optional[int]]:
    import json

    page: list = []
    size = 0
    for entry in export.entries(job, begin, only_failures):
        shown = export.plain_entry(entry)
        length = len(json.dumps(shown))
        if length > ENTRY_BYTES:
            shown = {"index": entry["index"], "args": shown["args"], "traceback": "",
                     "error": f"too large to be shown ({length >> 10} KiB as JSON): daskctl gather {job.name} -o FILE"}
        if page and size + length > PAGE_BYTES:
            return page, int(entry["index"])
        size += min(length, ENTRY_BYTES)
        page.append(shown)
    return page, None


def _checked(operation: str, params: Params) -> Params:
    """Without those that are null. Raises Problem for one that is unknown or has the wrong type."""
    known = _PARAMETERS[operation]
    for name, value in params.items():
        if name not in known:
            raise Problem("usage", f"unknown parameter '{name}'")
        wrong = value is not None and (not isinstance(value, known[name]) or isinstance(value, bool) and bool not in known[name])
        if wrong:
            raise Problem("usage", f"parameter '{name}': {known[name][0].__name__} expected, not {type(value).__name__}")
    return {name: value for name, value in params.items() if value is not None}
