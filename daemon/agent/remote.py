"""The far end of an SSH connection to an agent: finds or starts the agent, then hands bytes to and fro.

The answer is one line on standard output, "DASKD " and JSON: {"pid"} of an agent that was started (null: it was there),
"python" and "program" that it runs, "path", the PATH of a login here, and "mouth", the socket of the tunnel's; or {"error",
"hint"}. Whatever a shell's start-up files print stands before it. After a good answer standard input and output are the
agent's socket.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import selectors
import socket
import stat
import subprocess
import sys
import zlib
from typing import Any, Iterator, Optional

from daskd_agent import facts, home, inheritance, ledger, logs, remote_container, unix_socket

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
        answer: dict[str, Any] = {"pid": pid, "python": sys.executable, "program": program_beside(path),
                                  "path": os.environ["PATH"]}
        if wanted.get("mouth") is not None:
            answer["mouth"] = find_or_start_mouth(program, wanted)
        agent = socket.socket(socket.AF_UNIX)
        agent.connect(path)
    except Refusal as refusal:
        answer = {"error": str(refusal), "hint": refusal.hint}
    except remote_container.EngineFailure as failure:
        answer = {"error": str(failure), "hint": "", "engine": failure.told}
    except OSError as error:
        answer = {"error": str(error), "hint": ""}
    _say(answer)
    if agent is not None and "error" not in answer:
        _bridge(agent)


def _say(message: dict[str, Any]) -> None:
    os.write(1, (ANSWER + json.dumps(message) + "\n").encode())


def find_or_start(program: bytes, wanted: dict[str, Any]) -> tuple[str, Optional[int]]:
    """The agent's socket, and its pid if it was started now. `wanted`: `cluster` (CLUSTER@HOST of its daskd), `id`,
    `warm` [], `env` {}, `cwd` or "", `log`, `container` as remote_container.start has it, or nothing."""
    directory = private_directory(wanted["cluster"])
    path = os.path.join(directory, f"agent-{wanted['id']}.sock")
    # An image that has to be fetched keeps nobody else waiting.
    with _alone(directory, f"lock-{wanted['id']}" if wanted.get("container") else "lock"):
        if unix_socket.is_served(path):
            return path, None
        return path, _start(program, wanted, directory, path)


def find_or_start_mouth(program: bytes, wanted: dict[str, Any]) -> str:
    """The socket of the tunnel's mouth (tunnel/mouth.py). `mouth`: what daskd calls this host, which may have more names."""
    directory = private_directory(wanted["cluster"])
    path = os.path.join(directory, f"tunnel-{zlib.crc32(wanted['mouth'].encode()):08x}.sock")
    with _alone(directory, "lock"):
        if not unix_socket.is_served(path):
            log = os.path.join(os.path.dirname(wanted["log"]), "tunnel.log")
            _launch(path, [sys.executable, _kept(program, directory), "mouth", path], log, {}, "/")
    return path


@contextlib.contextmanager
def _alone(directory: str, name: str) -> Iterator[None]:
    """Two that come at once must not both start what is missing."""
    lock = os.open(os.path.join(directory, name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)  # this process may live for as long as the agent


def private_directory(cluster: str, top: Optional[str] = None) -> str:
    """/tmp/daskd-UID/CLUSTER, ours alone. Below /tmp even with a home of one's own: a home may be on a network."""
    top = top or os.environ.get("DASKD_RUNTIME_DIR") or f"/tmp/daskd-{os.getuid()}"
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


def _start(program: bytes, wanted: dict[str, Any], directory: str, path: str) -> Optional[int]:
    """The agent's pid, where that is known."""
    words = [sys.executable, _kept(program, directory), "--id", wanted["id"], "--socket", path]
    cwd = _directory_of(wanted.get("cwd"))
    container = wanted.get("container")
    if container:
        log = logs.made_ready(wanted["log"])
        try:
            remote_container.start(container, directory, cwd, wanted["env"], log, lambda: _say({"news": "pull"}))
            return None
        except remote_container.EngineFailure as failure:
            if not _has_left_something(path):
                raise
            # What runs is looked after all the same.
            words += ["--image", container["image"], "--unable", f"no container: {failure}"]
    if wanted.get("warm"):
        words += ["--warm", ",".join(wanted["warm"])]
    return _launch(path, words, wanted["log"], wanted.get("env", {}), cwd)


def _has_left_something(path: str) -> bool:
    """Whether an agent that served there is dead, and its processes are not."""
    left = inheritance.table_of(ledger.read(ledger.beside(path)))["launches"]
    return any(facts.is_alive(launch["pid"], launch["start_time"]) for launch in left)


def _kept(program: bytes, directory: str) -> str:
    file = program_beside(directory + "/")
    with open(file + ".new", "wb") as new:
        new.write(program)
    os.rename(file + ".new", file)
    return file


def program_beside(path: str) -> str:
    return os.path.join(os.path.dirname(path), "agent.pyz")


def _launch(path: str, words: list[str], log: str, environment: dict[str, str], cwd: str) -> int:
    """Its standard input is the socket that it will serve, so that whoever comes next can connect at once."""
    output = os.open(logs.made_ready(log), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with unix_socket.listening(path) as listener:
        process = subprocess.Popen(
            words,
            stdin=listener.fileno(),
            stdout=output,
            stderr=output,
            env={**os.environ, **environment},
            cwd=cwd,
            start_new_session=True,  # it outlives the connection
        )
    os.close(output)
    return process.pid


def _directory_of(wanted: Optional[str]) -> str:
    directory = home.expanded(wanted or "~")
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
