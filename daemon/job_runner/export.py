"""Results as users read them: values for JSON, and files."""

from __future__ import annotations

import csv
import json
import os
import pickle
from typing import Any, BinaryIO, Iterator, Optional

from daskd_job_runner import calls as on_worker
from daskd_job_runner.job import Job
from daskd_job_runner.problem import Problem
from daskd_job_runner.results import NOWHERE, Results

FORMATS = ("json", "jsonl", "csv", "pickle")
Entry = dict  # {"index", "args", and "result", or "error", "traceback" …}


def entries(job: Job, begin: int = 0, only_failures: bool = False) -> Iterator[Entry]:
    """The calls from `begin` on that have ended, in their order. Results are what the calls returned."""
    places = job.results.places(job.calls)
    if not os.path.exists(job.results_path):
        return
    with job.results.open() as file:
        for index in range(begin, job.calls):
            if places[index] != NOWHERE:
                entry = _entry(job, file, index, places[index])
                if entry is not None and not (only_failures and "error" not in entry):
                    yield entry


def _entry(job: Job, file: BinaryIO, index: int, place: int) -> Entry:
    entry: Entry = {"index": index, "args": list(job.combinations[index])}
    try:
        kind, body = Results.read(file, place)
        if kind == on_worker.FAILURE:
            return {**entry, **json.loads(body)}
        return {**entry, "result": pickle.loads(body)}
    except Exception as error:  # its class is not importable here, say
        return {**entry, "error": f"its result cannot be read here: {type(error).__name__}: {error}", "traceback": ""}


def plain(value: Any) -> Any:
    """As JSON can hold it: arrays as lists, what is not finite as null, anything else as Python prints it."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return [plain(item) for item in sorted(value, key=repr)]
    if hasattr(value, "tolist"):  # NumPy's, and pandas' columns
        return plain(value.tolist())
    if hasattr(value, "to_dict"):  # data frames
        return plain(value.to_dict())
    return repr(value)


def plain_entry(entry: Entry) -> Entry:
    return {key: plain(value) for key, value in entry.items()}


def write(job: Job, path: str, form: str, only_failures: bool) -> int:
    """All that there is, into a file that is new; how many entries."""
    if form not in FORMATS:
        raise Problem("usage", f"'{form}' is no format for results", "it follows from the file's name: " + ", ".join(FORMATS))
    found = entries(job, only_failures=only_failures)
    if form == "pickle":
        with open(path, "wb") as binary:
            all_entries = list(found)
            pickle.dump(all_entries, binary, protocol=4)
        return len(all_entries)
    with open(path, "w", encoding="utf-8", newline="" if form == "csv" else None) as text:
        return {"json": _write_json, "jsonl": _write_lines, "csv": _write_csv}[form](job, found, text)


def _write_json(_job: Job, found: Iterator[Entry], file: Any) -> int:
    count = 0
    for entry in found:
        file.write(("[\n" if count == 0 else ",\n") + json.dumps(plain_entry(entry)))
        count += 1
    file.write("\n]\n" if count else "[]\n")
    return count


def _write_lines(_job: Job, found: Iterator[Entry], file: Any) -> int:
    count = 0
    for entry in found:
        file.write(json.dumps(plain_entry(entry)) + "\n")
        count += 1
    return count


def _write_csv(job: Job, found: Iterator[Entry], file: Any) -> int:
    """A column for each argument; results that are maps have a column for each key, as the first one has them."""
    table = csv.writer(file)
    arguments = [f"arg{number}" for number in range(1, len(job.spec.iterables) + 1)]
    keys: Optional[list[str]] = None
    count = 0
    for entry in map(plain_entry, found):
        result = entry.get("result")
        if keys is None:
            keys = list(result) if isinstance(result, dict) else ["result"]
            table.writerow(["index", *arguments, *keys, "error"])
        if isinstance(result, dict) and keys != ["result"]:
            cells = [result.get(key) for key in keys]
        else:
            cells = [result, *[None] * (len(keys) - 1)]
        table.writerow([_cell(value) for value in (entry["index"], *entry["args"], *cells, entry.get("error"))])
        count += 1
    if keys is None:
        table.writerow(["index", *arguments, "result", "error"])
    return count


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (list, dict, bool)) else value
