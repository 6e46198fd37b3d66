"""Data that many calls share, by name: kept on the disk, and scattered to the workers when a job needs it."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
from typing import Any

from distributed import Client, Future

from daskd_agent import private_directory
from daskd_job_runner.problem import Problem
from daskd_job_runner.spec import NAME


class DataStore:
    def __init__(self, client: Client, directory: str) -> None:
        self._client = client
        self._directory = directory
        self._scattered: dict[str, Future] = {}
        private_directory.make(directory)

    def has(self, name: str) -> bool:
        return os.path.exists(self._path(name))

    def put(self, name: str, path: str) -> dict[str, Any]:
        """Keep what the file holds under `name`: what was there before is replaced for the jobs to come."""
        if not NAME.fullmatch(name):
            raise Problem("usage", f"'{name}' is no name for data", "use 1 to 64 letters, digits, '_', '-' or '.', not first")
        value = read(path)
        with open(self._path(name) + ".new", "wb") as file:
            pickle.dump(value, file, protocol=4)
            file.flush()
            os.fsync(file.fileno())
        os.replace(self._path(name) + ".new", self._path(name))
        self._scattered.pop(name, None)
        return {"name": name, "type": type(value).__name__, "bytes": os.path.getsize(self._path(name))}

    async def future(self, name: str) -> Future:
        """Stands for data that workers have."""
        future = self._scattered.get(name)
        if future is None or future.status != "finished":
            with open(self._path(name), "rb") as file:
                value = pickle.load(file)
            while not await self._client.nthreads():  # there must be somebody to have it
                await asyncio.sleep(0.5)
            [future] = await self._client.scatter([value], broadcast=True, hash=False)
            self._scattered[name] = future
        return future

    def _path(self, name: str) -> str:
        return os.path.join(self._directory, name + ".pickle")


def read(path: str) -> Any:
    """What a file holds, by its name: .json, .jsonl, .pickle, .npy, .csv; of any other the text, or bytes."""
    _stem, ending = os.path.splitext(path)
    try:
        if ending in (".pickle", ".pkl"):
            with open(path, "rb") as file:
                return pickle.load(file)
        if ending == ".npy":
            import numpy

            return numpy.load(path)
        if ending == ".csv":
            return _read_csv(path)
        with open(path, "rb") as file:
            content = file.read()
        if ending == ".json":
            return json.loads(content)
        if ending == ".jsonl":
            return [json.loads(line) for line in content.splitlines() if line.strip()]
    except FileNotFoundError:
        raise Problem("failed", f"there is no file {path}") from None
    except Exception as error:
        raise Problem("failed", f"cannot read {path}: {type(error).__name__}: {error}") from None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content


def _read_csv(path: str) -> Any:
    """A data frame where there is pandas, else a list of rows by column."""
    try:
        import pandas
    except ImportError:
        import csv

        with open(path, newline="") as file:
            return list(csv.DictReader(file))
    return pandas.read_csv(path)
