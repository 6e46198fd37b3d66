"""All combinations of values, one at a time: a hundred million of them take no memory."""

from __future__ import annotations

import ast
import json
import re
from typing import Any, Sequence

from daskd_job_runner.problem import Problem

_RANGE = re.compile(r"range\s*(\(.*\))\s*", re.DOTALL)
_EXPECTED = "for example: --iterate 'range(10)', --iterate '[1, 2, 3]', --iterate @FILE (a JSON list, or a value a line)"


class Product:
    """
    >>> Product([range(2), "ab"], loops=2)[3:6]
    [(1, 'b'), (0, 'a'), (0, 'b')]
    """

    def __init__(self, iterables: Sequence[Sequence[Any]], loops: int) -> None:
        self._iterables = iterables
        self._once = 1
        for iterable in iterables:
            self._once *= len(iterable)
        self._loops = loops

    def __len__(self) -> int:
        return self._once * self._loops

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[n] for n in range(*index.indices(len(self)))]
        rest = index % self._once
        chosen = []
        for iterable in reversed(self._iterables):
            rest, place = divmod(rest, len(iterable))
            chosen.append(iterable[place])
        return tuple(reversed(chosen))


def parsed(text: str) -> Sequence[Any]:
    """The values that a word of the command line means. Raises Problem.

    >>> parsed("range(3)"), parsed("[1, true]"), parsed("('a', 'b')")
    (range(0, 3), [1, True], ['a', 'b'])
    """
    stripped = text.strip()
    if stripped.startswith("@"):
        return _read(stripped[1:])
    match = _RANGE.fullmatch(stripped)
    if match:
        return _range_of(match[1], text)
    for read in (json.loads, ast.literal_eval):
        try:
            values = read(stripped)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        if isinstance(values, (list, tuple)):
            return _plain(list(values), text)
    raise Problem("usage", f"{_short(text)}: a list of values is expected", _EXPECTED)


def to_json(values: Sequence[Any]) -> Any:
    return {"range": [values.start, values.stop, values.step]} if isinstance(values, range) else values


def from_json(value: Any) -> Sequence[Any]:
    return range(*value["range"]) if isinstance(value, dict) else list(value)


def _range_of(arguments: str, text: str) -> range:
    try:
        values = ast.literal_eval(arguments)
        return range(*values) if isinstance(values, tuple) else range(values)
    except (ValueError, SyntaxError, TypeError):
        raise Problem("usage", f"{_short(text)}: one to three whole numbers are expected in range(…)", _EXPECTED) from None


def _read(path: str) -> Sequence[Any]:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise Problem("failed", f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    try:
        values = json.loads(text)
    except ValueError:
        return text.splitlines()
    return values if isinstance(values, list) else text.splitlines()


def _plain(values: list, text: str) -> list:
    """Only what JSON can hold, since jobs are kept so."""
    try:
        return list(json.loads(json.dumps(values)))
    except (TypeError, ValueError) as error:
        raise Problem("usage", f"{_short(text)}: {error}", "values must be such as JSON has") from None


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
