"""Scratch directories of workers: whose they are, and their removal when their worker is dead.

A worker claims its directory: it leaves an entry, named after its process, with the path in the agent's own directory
of entries, and a mark of the same content in the scratch directory itself. Only a directory that bears the mark of a
dead process is removed. So nothing is taken from others: not a directory made anew under the same name, nor what a
symbolic link leads to. Entries outlive the agent; the next one with its id goes on with them.
"""

from __future__ import annotations

import fcntl
import os
import time

from daskd_agent import facts, interpreter, private_directory

MARK = ".daskd-scratch"
SPACES = ("dask-worker-space", "dask-scratch-space")  # what older and newer releases of Dask call it
LOCKS = (".dirlock", ".lock")


def entries_beside(agent_socket: str) -> str:
    return os.path.splitext(agent_socket)[0] + ".scratch"


def claim(entries: str, directory: str) -> None:
    """In a worker: `directory` is mine."""
    space, name = os.path.split(os.path.abspath(directory))
    # A worker class of the user's own may work in a directory that is not Dask's to remove.
    if not (name.startswith("worker-") and os.path.basename(space).startswith(SPACES)):
        return
    me = f"{os.getpid()}.{facts.start_time(os.getpid())}"
    with open(os.path.join(directory, MARK), "x") as file:
        file.write(me)
    private_directory.make(entries)
    with open(os.path.join(entries, me), "w") as file:
        file.write(os.path.join(space, name))


class ScratchDirectories:
    """Removes what dead workers have left; `entries` may not exist yet."""

    def __init__(self, entries: str) -> None:
        self._entries = entries
        self._removing: set[int] = set()

    def sweep(self) -> None:
        """Begin to remove the directories of the dead."""
        for name in self._claims():
            pid, _, start_time = name.partition(".")
            entry = os.path.join(self._entries, name)
            directory = _read(entry)
            if facts.is_alive(int(pid), int(start_time)):
                continue
            if _read(os.path.join(directory, MARK)) == name and not os.path.islink(directory):
                if not _take_lock(directory):
                    continue
                self._remove(directory)
            os.unlink(entry)

    def reaped(self, pid: int) -> None:
        """A child that was no launch has ended."""
        self._removing.discard(pid)

    def finish(self, patience_s: float) -> None:
        """Wait until what the dead and the dying had is gone; then the agent can end."""
        deadline = time.monotonic() + patience_s
        while self._claims() and time.monotonic() < deadline:
            self.sweep()
            time.sleep(0.005)
        for pid in self._removing:
            while os.waitpid(pid, os.WNOHANG) == (0, 0) and time.monotonic() < deadline:
                time.sleep(0.005)
        try:
            os.rmdir(self._entries)
        except OSError:
            pass  # there was none, or workers live on

    def _claims(self) -> list[str]:
        try:
            return os.listdir(self._entries)
        except FileNotFoundError:
            return []

    def _remove(self, directory: str) -> None:
        """Beside the agent: a hundred gigabytes of spilled results must not keep others waiting."""
        words = ["rm", "-rf", "--", directory]
        signals = {"setsigmask": [], "setsigdef": interpreter.HANDLED_SIGNALS}
        self._removing.add(os.posix_spawnp("rm", words, interpreter.ENVIRONMENT, **signals))


def _take_lock(directory: str) -> bool:
    """Remove the lock by which Dask's next worker here would find a dead one's directory; False: it has found it, and
    removes it itself. Two at once would fill that worker's log with errors."""
    for lock in LOCKS:
        try:
            descriptor = os.open(directory + lock, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(directory + lock)
        except BlockingIOError:
            return False
        finally:
            os.close(descriptor)
    return True


def _read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""
