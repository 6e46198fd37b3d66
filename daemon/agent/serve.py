"""From the command line to a running agent: socket first, then the imports, then the loop."""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import resource
import signal
import socket
import sys

from daskd_agent import cgroup, dask_settings, faults, inheritance, interpreter, job, ledger, log_stream, renew, spawn
from daskd_agent import unix_socket, wire
from daskd_agent.agent import Agent
from daskd_agent.loop import Loop
from daskd_agent.warm import ThreadsStarted, Warmth, warm

PR_SET_CHILD_SUBREAPER = 36
PATIENCE_S = 10.0  # how long a failed start waits for somebody to tell


def serve(options: argparse.Namespace) -> int:
    """Be the agent until it ends; the exit code."""
    log_stream.install()
    # Until the agent can act on them; imported modules' threads never see them.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, signal.SIGTERM})
    is_resumed = options.resume is not None
    state = interpreter.received(options.resume) if is_resumed else _first_state(options)
    _allow_descriptors()
    interpreter.keep_program()
    warmth = _warm(options, state)
    if options.unable is None and warmth.failure:
        warmth.failure = f"{sys.executable} cannot import distributed: {warmth.failure}"
    listener = socket.socket(fileno=state["listener"])
    listener.set_inheritable(False)
    if warmth.failure:
        print(f"daskd-agent: cannot start anything: {warmth.failure}", file=sys.stderr)
        # Without new processes it can still look after those that run, its own or a dead agent's.
        if not is_resumed and not state["table"]["launches"]:
            _tell_failure(listener, warmth.failure)
            os.unlink(options.socket)
            return 1
    else:
        dask_settings.remember_sources()
    order = job.read_order(options.job) if options.job else None
    agent = Agent(options, Loop(), listener, state, warmth, order)
    agent.run()
    return agent.exit_code


def _first_state(options: argparse.Namespace) -> renew.State:
    if not options.job:
        try:
            os.setsid()
        except OSError:
            pass  # it leads a session already, or a shell's job
    # daskd makes the socket before it starts us, so that it can connect without waiting for one to appear.
    listener = unix_socket.inherited(0)
    if listener is None:
        if unix_socket.is_served(options.socket):
            sys.exit(f"daskd-agent: another agent serves {options.socket}")
        listener = unix_socket.listening(options.socket)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    left = ledger.read(ledger.beside(options.socket))
    table = inheritance.table_of(left)
    faults.at("agent.inherited")
    return {
        "listener": listener.detach(),
        "cgroup": cgroup.prepared(),
        "socket_inode": os.stat(options.socket).st_ino,
        "limits": spawn.present_limits(),
        "skipped": {},
        "reason": None,
        "facts": {},
        "connections": [],
        "table": table,
        "owner": {},
        "desk": inheritance.desk_of(left, table["launches"]),
    }


def _allow_descriptors() -> None:
    """As many as may be: each worker takes two here. Children get the limit as it was."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _warm(options: argparse.Namespace, state: renew.State) -> Warmth:
    if options.unable:
        return Warmth({}, failure=options.unable)
    modules = [module for module in options.warm.split(",") if module]
    try:
        return warm(modules, state["skipped"])
    except ThreadsStarted as found:
        state["skipped"][found.module] = "it starts threads, which a fork cannot share"
        renew.execute(options, state)


def _tell_failure(listener: socket.socket, text: str) -> None:
    hint = f"{sys.executable} -m pip install distributed, or set `python` of the pool to an interpreter that has it"
    listener.settimeout(PATIENCE_S)
    try:
        peer, _ = listener.accept()
        with peer:
            peer.settimeout(PATIENCE_S)
            peer.recv(wire.READ_BYTES)  # closing with its `hello` unread would drop our answer
            peer.sendall(json.dumps({"event": "fatal", "text": text, "hint": hint}).encode() + b"\n")
    except OSError:
        pass  # nobody came; the log has it
