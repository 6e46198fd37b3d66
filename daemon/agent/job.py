"""The host agent in a job of a queue: how it gets out of the script that carries it, and how long it has.

What daskd tells it before they can talk is the last line of a private file: a comment, since the job's shell reads the
same file. `name` of the job, `scheduler` (its address), `dask_config` and `files` (as `spawn` has them), `warm` modules,
`walltime_s` or null, `leaving_s` (so long before the end workers begin to leave), `orphan_timeout_s`, `join_timeout_s`.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
import time
from typing import Any, NoReturn, Optional

from daskd_agent import facts

LIFETIME, STAGGER = "--lifetime", "--lifetime-stagger"
FRESH_S = 60.0  # a directory that is younger may not have its lock yet
SHORTEST_LIFE_S = 1.0
LONGEST_TMPDIR = 50


def enter(program: bytes, private_file: str) -> NoReturn:
    """Become the agent, in the same process: the queue knows no other."""
    from daskd_agent import remote  # not once the agent runs: it knows how remote hosts are set up

    try:
        order = read_order(private_file)
    except (OSError, ValueError, IndexError) as error:
        sys.exit(f"daskd: cannot read {private_file}: {error}; is it on a file system that the nodes share?")
    token = order["name"].rpartition("-")[2]
    directory = remote.private_directory(f"job-{token}", _top())
    os.set_inheritable(_lock(directory), True)  # held for as long as the agent lives
    _sweep(os.path.dirname(directory))
    path = os.path.join(directory, "agent.pyz")
    with open(path, "wb") as file:
        file.write(program)
    words = [sys.executable, path, "--id", order["name"], "--socket", os.path.join(directory, f"agent-{token}.sock")]
    words += ["--warm", ",".join(order["warm"]), "--job", private_file]
    os.execv(sys.executable, words)


def _top() -> str:
    """Where agents of jobs have their directories: the queue's own for this job, if it has made one. A variable of the
    machine that the job came from may name none here, and a Unix socket's path must be short."""
    own = os.environ.get("TMPDIR", "")
    is_good = len(own) < LONGEST_TMPDIR and os.path.isdir(own) and os.access(own, os.W_OK)
    return os.path.join(own if is_good else "/tmp", f"daskd-{os.getuid()}")


def read_order(private_file: str) -> dict[str, Any]:
    """Raises OSError, ValueError or IndexError."""
    with open(private_file) as file:
        return json.loads(file.read().splitlines()[-1].lstrip("# "))


def leave(agent_socket: str) -> None:
    """Remove the agent's directory: the agent ends."""
    shutil.rmtree(os.path.dirname(agent_socket), ignore_errors=True)


class Hours:
    """The time that a job has, from the start of its first process on. Without a walltime there is no end."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._walltime_s: Optional[float] = order["walltime_s"]
        self._leaving_s: float = order["leaving_s"]

    def until_leaving_s(self) -> Optional[float]:
        """Until the first worker may leave; None: none ever must. From then on nothing is started."""
        if self._walltime_s is None:
            return None
        age_s = facts.age_s(facts.start_time(os.getpid()))
        return self._walltime_s - 1.5 * self._leaving_s - age_s

    def fit(self, args: list[str]) -> list[str]:
        """A worker's arguments, with a lifetime that ends before the job does, also if the job is not young."""
        rest_s = self.until_leaving_s()
        if rest_s is None or LIFETIME not in args:
            return args
        fitted = list(args)
        at = fitted.index(LIFETIME) + 1
        stagger_at = fitted.index(STAGGER) + 1 if STAGGER in fitted else None
        lifetime_s = min(_seconds(fitted[at]), rest_s + self._leaving_s / 2)
        fitted[at] = f"{max(lifetime_s, SHORTEST_LIFE_S):.3f}s"
        if stagger_at is not None:
            stagger_s = min(_seconds(fitted[stagger_at]), self._leaving_s / 2, lifetime_s / 2)
            fitted[stagger_at] = f"{max(stagger_s, 0):.3f}s"
        return fitted


def _seconds(text: str) -> float:
    from dask.utils import parse_timedelta

    return float(parse_timedelta(text))


def _lock(directory: str) -> int:
    lock = os.open(os.path.join(directory, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _sweep(top: str) -> None:
    """Remove what jobs have left that were killed."""
    for entry in os.scandir(top):
        if not entry.name.startswith("job-") or not entry.is_dir(follow_symlinks=False):
            continue
        try:
            if time.time() - entry.stat().st_mtime < FRESH_S:
                continue
            lock = os.open(os.path.join(entry.path, "lock"), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(entry.path, ignore_errors=True)
        except OSError:
            pass  # its agent lives
        finally:
            os.close(lock)
