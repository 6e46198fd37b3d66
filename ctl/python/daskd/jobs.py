"""Jobs whose results outlive the program that asked for them: those of `daskctl run`."""

from __future__ import annotations

import json
import os
import pickle
import sys
from typing import Any, Callable, Iterable, Iterator, List, Optional, Sequence, Union

from daskd.control import Control
from daskd.errors import DaskdError


class Job:
    """One job, by its name. It goes on without this object."""

    def __init__(self, control: Control, name: str) -> None:
        self._control = control
        self.name = name

    def progress(self) -> dict[str, Any]:
        """Its state, and how many of its calls have finished, failed, are under way …"""
        progress: dict[str, Any] = self._control.call("job.progress", job=self.name)
        return progress

    def wait(self, timeout: Optional[float] = None) -> dict[str, Any]:
        """Its progress, once it has ended. DaskdError after `timeout` seconds."""
        progress: dict[str, Any] = self._control.call("job.progress", None, job=self.name, wait=True, timeout_s=timeout)
        return progress

    def entries(self, wait: bool = True, timeout: Optional[float] = None) -> List[dict[str, Any]]:
        """An entry for each call that has ended, in their order: `index`, `args`, and `result`, or `error` and
        `traceback`."""
        answer = self._control.call("job.gather", None, job=self.name, format="pickle", wait=wait, timeout_s=timeout)
        try:
            with open(answer["path"], "rb") as file:
                entries: List[dict[str, Any]] = pickle.load(file)
        finally:
            os.unlink(answer["path"])
        return entries

    def results(self, timeout: Optional[float] = None) -> List[Any]:
        """The result of each call, once all have ended. DaskdError if one of them failed, or was cancelled."""
        entries = self.entries(timeout=timeout)
        failed = [entry for entry in entries if "error" in entry]
        if failed:
            first = failed[0]
            raise DaskdError(f"{len(failed)} of {len(entries)} calls of '{self.name}' failed; call {first['index']} "
                             f"{first['args']}: {first['error']}", "entries() has all of them")
        calls = self.progress()["calls"]
        if len(entries) < calls:
            raise DaskdError(f"{len(entries)} of {calls} calls of '{self.name}' were done when it ended",
                             "entries() has them")
        return [entry["result"] for entry in entries]

    def cancel(self, forget: bool = False) -> None:
        """Ends it; what has a result keeps it, unless `forget`, which removes the job."""
        self._control.call("job.cancel", job=self.name, forget=forget)

    def __repr__(self) -> str:
        return f"<Job {self.name!r}>"


class Jobs:
    """All jobs of a cluster: `DaskdCluster.jobs`. It can be iterated, and asked for one by its name."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def submit(
        self,
        function: Union[str, Callable[..., Any]],
        args: Sequence[Any] = (),
        iterables: Sequence[Iterable[Any]] = (),
        loops: int = 1,
        retries: int = 0,
        name: Optional[str] = None,
    ) -> Job:
        """Calls `function(*args, *combination)` for each combination of the iterables' values, `loops` times.

        The function is one that can be imported, or of this program's own file, or is named as on the command line:
        "MODULE:FUNC", "FILE.py:FUNC". Values must be such as JSON has.
        """
        answer = self._control.call(
            "job.submit", None,
            function=function if isinstance(function, str) else place_of(function),
            args=[{"value": value} for value in args],
            iterate=[text_of(values) for values in iterables],
            loops=loops, retries=retries, name=name, cwd=os.getcwd(),
        )
        return Job(self._control, answer["job"])

    def __getitem__(self, name: str) -> Job:
        job = Job(self._control, name)
        job.progress()  # it must be there
        return job

    def __iter__(self) -> Iterator[Job]:
        return iter([Job(self._control, job["job"]) for job in self._control.call("job.list")["jobs"]])


def place_of(function: Callable[..., Any]) -> str:
    """Where workers find it.

    >>> place_of(json.dumps)
    'json:dumps'
    >>> place_of(lambda x: x)
    Traceback (most recent call last):
        ...
    ValueError: <lambda> cannot be found by workers: it must stand in a module or file, outside of other functions
    """
    name = function.__qualname__
    module = sys.modules.get(function.__module__)
    file = getattr(module, "__file__", None)
    if "<" in name or (function.__module__ == "__main__" and not file):
        raise ValueError(f"{name} cannot be found by workers: it must stand in a module or file, outside of other functions")
    return f"{os.path.abspath(str(file))}:{name}" if function.__module__ == "__main__" else f"{function.__module__}:{name}"


def text_of(values: Iterable[Any]) -> str:
    """
    >>> text_of(range(3)), text_of(("a", "b"))
    ('range(0, 3, 1)', '["a", "b"]')
    """
    if isinstance(values, range):
        return f"range({values.start}, {values.stop}, {values.step})"
    return json.dumps(list(values))
