"""The first process in a container: gets in what must not be on a command line, and keeps the container there.

daskd cannot hand a socket or an environment through a container engine, but standard input and output it can. `enter`
reads one JSON object {environment, cwd, log}, listens for daskd, says so, and starts the agent as its child. It is not
the agent itself because a container ends with its first process, and workers live on when their agent dies.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import sys
from typing import Any

from daskd_agent import interpreter, tree, unix_socket

LISTENING = "daskd-agent: listening"  # daskd waits for this line
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def enter(words: list[str]) -> int:
    """Be the container's first process; the agent's exit code, once nothing is left. `words` are the agent's."""
    order = json.load(sys.stdin.buffer)
    path = words[words.index("--socket") + 1]
    if unix_socket.is_served(path):
        print(f"daskd-agent: another agent serves {path}")
        return 1
    try:
        os.chdir(order["cwd"])
    except OSError as error:
        print(f"daskd-agent: cannot enter {order['cwd']}: {error.strerror}")
        return 1
    with unix_socket.listening(path) as listener:
        print(LISTENING, flush=True)
        _write_to(order["log"])
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        agent = os.fork()
        if agent == 0:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
            _be_the_agent(words, order["environment"], listener)
    return _stay(agent)


def _write_to(log: str) -> None:
    """The engine reads our output only as long as it likes."""
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _be_the_agent(words: list[str], environment: dict[str, str], listener: socket.socket) -> None:
    try:
        listener.setblocking(True)
        os.dup2(listener.fileno(), 0)
        os.execve(sys.executable, interpreter.command(*words), {**interpreter.ENVIRONMENT, **environment})
    except OSError as error:
        print(f"daskd-agent: {error}", flush=True)
    finally:
        os._exit(1)


def _stay(agent: int) -> int:
    """Until the agent and all that it has left have ended; a signal to end is theirs."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    signal.signal(signal.SIGTERM, _pass_on)
    code = 1
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            return code
        if pid == agent:
            code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def _pass_on(number: int, _frame: Any) -> None:
    for child in tree.children(os.getpid()):
        try:
            os.kill(child, number)
        except OSError:
            pass  # it has just ended
