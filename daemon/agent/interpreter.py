"""Starting this same interpreter and zip application again: beside the agent, or in its place."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from typing import Any, NoReturn, Optional

HANDLED_SIGNALS = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
PROGRAM = os.path.abspath(sys.argv[0])
ALSO_INHERITED = 4

# Taken before any module that is imported later can change it.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "DASKD_LAUNCH"}


_kept: Optional[int] = None  # the program, open


def keep_program() -> None:
    """From now on `restore_program` can make it again."""
    global _kept
    _kept = os.open(PROGRAM, os.O_RDONLY | os.O_CLOEXEC)


def restore_program() -> None:
    """Where it was removed, and its directory with it. Raises OSError."""
    if _kept is None or os.path.exists(PROGRAM):
        return
    os.makedirs(os.path.dirname(PROGRAM), mode=0o700, exist_ok=True)
    with open(f"/proc/self/fd/{_kept}", "rb") as source, open(PROGRAM + ".new", "wb") as target:
        target.write(source.read())
    os.replace(PROGRAM + ".new", PROGRAM)


def command(*words: str) -> list[str]:
    """The command line that runs this program with this interpreter and its options."""
    options: list[str] = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    return [sys.executable, *options, PROGRAM, *words]


def handed_over(value: Any) -> int:
    """A descriptor from which `received` reads `value` once: never a command line, which everybody could see."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("daskd-agent")
    else:  # an old C library
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(json.dumps(value).encode())
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def received(descriptor: int) -> Any:
    with os.fdopen(descriptor, "rb") as file:
        return json.loads(file.read())


def spawn(verb: str, value: Any, environment: dict[str, str], shown: str, also: Optional[int] = None) -> int:
    """Start `verb` of this program in a new process; the pid. By posix_spawn: quick and safe beside threads too.

    `shown` is a last word on the command line: for people who read `ps`, and room for a title.
    `also` is a descriptor that the process finds as ALSO_INHERITED.
    """
    descriptor = handed_over(value)
    inherited = 3
    try:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            # Through a third number, because dup2 onto itself would leave it close-on-exec.
            (os.POSIX_SPAWN_DUP2, descriptor, 255),
            (os.POSIX_SPAWN_DUP2, 255, inherited),
            (os.POSIX_SPAWN_CLOSE, 255),
        ]
        if also is not None:
            actions += [
                (os.POSIX_SPAWN_DUP2, also, 255),
                (os.POSIX_SPAWN_DUP2, 255, ALSO_INHERITED),
                (os.POSIX_SPAWN_CLOSE, 255),
            ]
        words = command(verb, str(inherited), shown)
        return os.posix_spawn(
            sys.executable, words, environment, file_actions=actions, setsigmask=[], setsigdef=HANDLED_SIGNALS
        )
    finally:
        os.close(descriptor)


def become(descriptor: int) -> NoReturn:
    """In a spawned process: turn into the program described by {argv, env, cwd}, in a session of its own."""
    wanted = received(descriptor)
    os.setsid()
    os.chdir(wanted.get("cwd") or "/")
    argv = wanted["argv"]
    environment = wanted.get("env")
    os.execvpe(argv[0], argv, ENVIRONMENT if environment is None else environment)
