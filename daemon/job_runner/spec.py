"""What a job is: a function or command, and the values that it is called with. Kept as JSON."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
from typing import Any, Sequence

from daskd_job_runner import product
from daskd_job_runner.problem import Problem

NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
MOST_CALLS = 100_000_000

_MEMBER = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_FUNCTION_HINT = "for example: daskctl run statistics:mean, daskctl run ./analysis.py:simulate"


@dataclasses.dataclass(frozen=True)
class Spec:
    function: dict[str, Any]  # as calls.load takes it
    arguments: list[dict[str, Any]]  # {"value": …} or {"data": NAME}
    iterables: list[Sequence[Any]]
    loops: int
    retries: int

    def combinations(self) -> product.Product:
        return product.Product(self.iterables, self.loops)

    def data_names(self) -> list[str]:
        return [argument["data"] for argument in self.arguments if "data" in argument]

    def text(self) -> str:
        """The function or command, for people."""
        wanted = self.function
        if wanted["kind"] == "command":
            return " ".join(wanted["words"])
        where = wanted["module"] if wanted["kind"] == "module" else os.path.basename(wanted["path"])
        return f"{where}:{wanted['name']}"

    def to_json(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "iterables": [product.to_json(values) for values in self.iterables]}

    @staticmethod
    def from_json(value: dict[str, Any]) -> Spec:
        iterables = [product.from_json(values) for values in value["iterables"]]
        return Spec(value["function"], value["arguments"], iterables, value["loops"], value["retries"])


def read(params: dict[str, Any]) -> Spec:
    """From the parameters of `job.submit`. Raises Problem."""
    words, function = params.get("command") or [], params.get("function")
    texts = [*words, *(params.get("iterate") or [])]
    if not all(isinstance(text, str) for text in texts):
        raise Problem("usage", "command and iterate are lists of texts")
    if not all(isinstance(each, dict) and (set(each) == {"value"} or set(each) == {"data"}) for each in params.get("args") or []):
        raise Problem("usage", "args is a list of {value: …} and {data: NAME}")
    if bool(words) == bool(function):
        raise Problem("usage", "a function or a command is needed, one of both", _FUNCTION_HINT)
    if words and not words[0].strip():
        raise Problem("usage", "the command is empty")
    loops, retries = params.get("loops", 1), params.get("retries", 0)
    if loops < 1 or retries < 0:
        raise Problem("usage", "loops must be 1 or more, retries 0 or more")
    cwd = params.get("cwd") or os.getcwd()
    wanted = _command(words, params.get("shell", False), cwd) if words else _function(function, cwd)
    iterables = [product.parsed(_absolute(text, cwd)) for text in params.get("iterate") or []]
    empty = next((number for number, values in enumerate(iterables, 1) if not values), None)
    if empty is not None:
        raise Problem("usage", f"list {empty} of --iterate is empty: there is nothing to call")
    spec = Spec(wanted, params.get("args") or [], iterables, loops, retries)
    calls = spec.combinations()
    count = calls._once * loops  # len() ends at 2**63
    if count > MOST_CALLS:
        raise Problem("usage", f"{count:,} calls are more than one job can have ({MOST_CALLS:,})", "make several jobs of it")
    return spec


def _command(words: list[str], uses_shell: bool, cwd: str) -> dict[str, Any]:
    return {"kind": "command", "words": words, "shell": uses_shell, "cwd": cwd}


def _function(text: str, cwd: str) -> dict[str, Any]:
    place, colon, name = text.rpartition(":")
    if not colon or not place or not _MEMBER.fullmatch(name):
        raise Problem("usage", f"'{text}' is no function: MODULE:FUNCTION or FILE.py:FUNCTION is expected", _FUNCTION_HINT)
    if not place.endswith(".py"):
        if not _MEMBER.fullmatch(place):
            raise Problem("usage", f"'{place}' is no name of a module", _FUNCTION_HINT)
        return {"kind": "module", "module": place, "name": name}
    path = os.path.join(cwd, place)
    try:
        with open(path, encoding="utf-8") as file:
            source = file.read()
        compile(source, path, "exec")
    except (OSError, UnicodeDecodeError) as error:
        raise Problem("failed", f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    except (SyntaxError, ValueError) as error:
        raise Problem("failed", f"{path}: {error}") from None
    digest = hashlib.sha256(f"{path}\0{source}".encode()).hexdigest()[:12]
    return {"kind": "file", "path": path, "source": source, "name": name, "module": f"daskd_file_{digest}"}


def _absolute(text: str, cwd: str) -> str:
    return "@" + os.path.join(cwd, text[1:]) if text.startswith("@") else text
