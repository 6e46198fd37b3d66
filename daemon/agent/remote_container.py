"""An agent's container on another machine. daskd says the engine's command lines; what only this host knows stands in
them as a word of `places`. It explains, too, what the engine has said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any, Callable, Iterator

from daskd_agent import enter, home, interpreter

LINES_KEPT = 20


class EngineFailure(Exception):
    """What was tried (`run` or `pull`), its exit code, and its last lines."""

    def __init__(self, tried: str, code: int, lines: list[str]) -> None:
        super().__init__(f"{tried} failed with code {code}: {lines[-1] if lines else chr(45)}")
        self.told = {"tried": tried, "code": code, "lines": lines}


def start(
    order: dict[str, Any], runtime: str, cwd: str, environment: dict[str, str], log: str, on_pull: Callable[[], None]
) -> None:
    """Return when the agent listens. `order`: `run`, `query`, `pull` command lines, `directories` that must be there,
    `stays`: whether the engine's own program is the container. Raises EngineFailure."""
    places = places_of(runtime, cwd)
    for directory in _filled(order["directories"], places):
        os.makedirs(directory, exist_ok=True)
    first_words = {"environment": {**environment, home.VARIABLE: os.path.expanduser("~")}, "cwd": cwd, "log": log}
    with open(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "wb", buffering=0) as file:
        try:
            _run(order, places, first_words, file)
        except EngineFailure:
            if not order["query"] or _succeeds(_filled(order["query"], places)):
                raise
            on_pull()
            _pull(_filled(order["pull"], places), file)
            _run(order, places, first_words, file)


def places_of(runtime: str, cwd: str) -> dict[str, str]:
    return {
        "@RUNTIME@": runtime,
        "@CWD@": cwd,
        "@HOME@": os.path.expanduser("~"),
        "@USER@": f"{os.getuid()}:{os.getgid()}",
        "@START@": os.urandom(4).hex(),
    }


def _filled(words: list[str], places: dict[str, str]) -> list[str]:
    def fill(word: str) -> str:
        for place, value in places.items():
            word = word.replace(place, value)
        return word

    # Root is itself in a container of podman's anyway.
    return [fill(word) for word in words if os.getuid() or word != "--userns=keep-id"]


def _run(order: dict[str, Any], places: dict[str, str], first_words: dict[str, Any], log: Any) -> None:
    words = _filled(order["run"], places)
    descriptor = interpreter.handed_over(first_words)
    try:
        engine = _started(words, descriptor)
    finally:
        os.close(descriptor)
    lines: list[str] = []
    for line in _output(engine, log):
        if line == enter.LISTENING:
            if not order["stays"]:  # its container goes on without it
                os.killpg(engine.pid, signal.SIGKILL)
                engine.wait()
            return
        lines = [*lines, line][-LINES_KEPT:]
    raise EngineFailure("run", _code_of(engine), lines)


def _pull(words: list[str], log: Any) -> None:
    engine = _started(words, subprocess.DEVNULL)
    lines = list(_output(engine, log))[-LINES_KEPT:]
    if code := _code_of(engine):
        raise EngineFailure("pull", code, lines)


def _started(words: list[str], stdin: int) -> subprocess.Popen:
    try:
        return subprocess.Popen(
            words, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, cwd="/"
        )
    except FileNotFoundError:
        raise EngineFailure("find", 127, [f"there is no '{words[0]}' on PATH"]) from None


def _output(engine: subprocess.Popen, log: Any) -> Iterator[str]:
    assert engine.stdout is not None
    with engine.stdout:
        for line in engine.stdout:
            log.write(line)
            if text := line.decode("utf-8", "replace").strip():
                yield text


def _code_of(engine: subprocess.Popen) -> int:
    """As a shell has it."""
    code = engine.wait()
    return 128 - code if code < 0 else code


def _succeeds(words: list[str]) -> bool:
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return done.returncode == 0


def uncontain() -> None:
    """On daskd's word, which is standard input, when the agent has ended."""
    order = json.load(sys.stdin.buffer)
    os.environ["PATH"] = order["path"]  # this was started without a login
    remove_all(order, os.path.dirname(interpreter.PROGRAM))


def remove_all(order: dict[str, Any], runtime: str) -> None:
    """Every container that this agent ever had, running or not. `order`: `list` and `remove`."""
    places = places_of(runtime, "/")
    if not order["list"]:
        return
    listed = subprocess.run(_filled(order["list"], places), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if names := listed.stdout.split():
        subprocess.run([*_filled(order["remove"], places), *names], stdin=subprocess.DEVNULL, capture_output=True)
