"""All jobs of the cluster: a directory each."""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import sys
from typing import Iterator, Optional

from daskd_agent import private_directory
from daskd_job_runner import job as job_module
from daskd_job_runner.job import Job
from daskd_job_runner.problem import Problem
from daskd_job_runner.spec import NAME, Spec

DRAFT = ".new-"


class Jobs:
    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._jobs: dict[str, Job] = {}
        private_directory.make(directory)
        for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
            if entry.name.startswith(DRAFT):  # of a submission that was not finished
                shutil.rmtree(entry.path, ignore_errors=True)
            elif os.path.exists(os.path.join(entry.path, "job.json")):
                self._load(entry.name, entry.path)

    def __iter__(self) -> Iterator[Job]:
        return iter(sorted(self._jobs.values(), key=lambda job: job.created_at))

    def __getitem__(self, name: str) -> Job:
        if name not in self._jobs:
            raise Problem("unknown_name", f"there is no job '{name}'", "see: daskctl jobs")
        return self._jobs[name]

    def with_token(self, token: str) -> Optional[Job]:
        return next((job for job in self if token and job.token == token), None)

    def free_name(self, wanted: Optional[str], spec: Spec) -> str:
        """`wanted` if it can be had (Problem otherwise), or one that says what is called."""
        if wanted:
            if not NAME.fullmatch(wanted):
                raise Problem("usage", f"'{wanted}' is no name for a job", "use 1 to 64 letters, digits, '_', '-' or '.', not first")
            if wanted in self._jobs:
                raise Problem("failed", f"there is a job '{wanted}' already",
                              f"take another name, or remove that one: daskctl cancel --forget {wanted}")
            return wanted
        is_command = spec.function["kind"] == "command"
        text = spec.function["words"][0].split()[0] if is_command else spec.function["name"]
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", os.path.basename(text)).strip("-")[:48] or "job"
        number = 1
        while f"{stem}-{number}" in self._jobs:
            number += 1
        return f"{stem}-{number}"

    def add(self, name: str, spec: Spec, token: str) -> Job:
        """On the disk when this returns: all of it, or OSError and nothing."""
        path = os.path.join(self._directory, name)
        draft = os.path.join(self._directory, DRAFT + name)
        kept = {"name": name, "token": token, "created_at": now(), **spec.to_json()}
        try:
            os.mkdir(draft, 0o700)
            job_module.write(os.path.join(draft, "job.json"), kept)
            os.rename(draft, path)
        except OSError:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        job = self._jobs[name] = Job(name, path, spec, token, kept["created_at"])
        return job

    def remove(self, job: Job) -> None:
        del self._jobs[job.name]
        gone = os.path.join(self._directory, DRAFT + job.name)
        os.rename(job.directory, gone)
        shutil.rmtree(gone, ignore_errors=True)

    def _load(self, name: str, path: str) -> None:
        try:
            with open(os.path.join(path, "job.json"), encoding="utf-8") as file:
                kept = json.load(file)
            job = Job(name, path, Spec.from_json(kept), kept["token"], kept["created_at"])
            ended = None
            if os.path.exists(os.path.join(path, "ended.json")):
                with open(os.path.join(path, "ended.json"), encoding="utf-8") as file:
                    ended = json.load(file)
            job.recover(ended)
        except (OSError, ValueError, KeyError, TypeError, Problem) as error:
            print(f"daskd: the job in {path} cannot be read: {type(error).__name__}: {error}", file=sys.stderr)
            return
        self._jobs[name] = job


def now() -> str:
    time = datetime.datetime.now(datetime.timezone.utc)
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"
