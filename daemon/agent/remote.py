"""The far end of an SSH connection to an agent: finds or starts the agent, then hands bytes to and fro.

The answer is one line on standard output, "DASKD " and JSON: {"pid"} of an agent that was started (null: it was there),
or {"error", "hint"}. Whatever a shell's start-up files print stands before it. After a good answer standard input and
output are the agent's socket.
"""

from __future__ import annotations

import fcntl
import json
import os
import selectors
import socket
import stat
import subprocess
import sys
from typing import Any, Optional

from daskd_agent import logs, unix_socket

ANSWER = "DASKD "
CHUNK = 65536


class Refusal(Exception):
    """Why no agent can be started, and the remedy."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.hint = hint


def main(program: bytes, wanted: dict[str, Any]) -> None:
    """Find the agent that `wanted` describes or start it; answer, and connect to it until one end closes."""
    agent = None
    try:
        path, pid = find_or_start(program, wanted)
        agent = socket.socket(socket.AF_UNIX)
        agent.connect(path)
        answer: dict[str, Any] = {"pid": pid}
    except Refusal as refusal:
        answer = {"error": str(refusal), "hint": refusal.hint}
    except OSError as error:
        answer = {"error": str(error), "hint": ""}
    os.write(1, (ANSWER + json.dumps(answer) + "\n").encode())
    if agent is not None and "error" not in answer:
        _bridge(agent)


def find_or_start(program: bytes, wanted: dict[str, Any]) -> tuple[str, Optional[int]]:
    """The agent's socket, and its pid if it was started now. `wanted`: `cluster` (CLUSTER@HOST of its daskd), `id`, `warm` [], `env` {}, `cwd` or "", `log`."""
    directory = private_directory(wanted["cluster"])
    path = os.path.join(directory, f"agent-{wanted['id']}.sock")
    lock = os.open(os.path.join(directory, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two that come at once must not both start one
        if unix_socket.is_served(path):
            return path, None
        return path, _start(program, wanted, directory, path)
    finally:
        os.close(lock)  # this process may live for as long as the agent


def private_directory(cluster: str) -> str:
    """/tmp/daskd-UID/CLUSTER, ours alone. Below /tmp even with a home of one's own: a home may be on a network."""
    top = os.environ.get("DASKD_RUNTIME_DIR") or f"/tmp/daskd-{os.getuid()}"
    path = os.path.join(top, cluster)
    for each in (top, path):
        try:
            os.mkdir(each, 0o700)
        except FileExistsError:
            pass
        facts = os.lstat(each)
        is_ours = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid() and not facts.st_mode & 0o077
        if not is_ours:
            raise Refusal(f"{each} is not a directory of yours alone (mode 0700)", "remove it there, or rename it")
    return path


def _start(program: bytes, wanted: dict[str, Any], directory: str, path: str) -> int:
    file = os.path.join(directory, "agent.pyz")
    with open(file + ".new", "wb") as new:
        new.write(program)
    os.rename(file + ".new", file)
    words = [sys.executable, file, "--id", wanted["id"], "--socket", path]
    if wanted.get("warm"):
        words += ["--warm", ",".join(wanted["warm"])]
    log = os.open(logs.made_ready(wanted["log"]), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    # The agent's standard input is its socket, so that whoever comes next can connect at once.
    with unix_socket.listening(path) as listener:
        agent = subprocess.Popen(
            words,
            stdin=listener.fileno(),
            stdout=log,
            stderr=log,
            env={**os.environ, **wanted.get("env", {})},
            cwd=_directory_of(wanted.get("cwd")),
            start_new_session=True,  # it outlives the connection
        )
    os.close(log)
    return agent.pid


def _directory_of(wanted: Optional[str]) -> str:
    directory = os.path.expanduser(wanted or "~")
    if not os.path.isdir(directory):
        raise Refusal(f"there is no directory {directory}", "set the pool's cwd, or make it there")
    return directory


def _bridge(agent: socket.socket) -> None:
    """Standard input to the agent, what it says to standard output. daskd says nothing before it has the answer, so that
    no byte waits in a buffer of Python's."""
    with selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        selector.register(agent, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                data = os.read(0, CHUNK) if key.fileobj == 0 else agent.recv(CHUNK)
                if not data:
                    return
                if key.fileobj == 0:
                    agent.sendall(data)
                else:
                    _write_all(data)


def _write_all(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]
