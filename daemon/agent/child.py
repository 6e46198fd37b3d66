"""The life of a scheduler, worker or job runner process, from its first instruction to its exit code.

A forked child and a fresh interpreter (`exec`) go through the same steps; what only a fork must undo is in
fork_safety.py. Whatever goes wrong is written to the launch's log and ends with code 1.
"""

from __future__ import annotations

import atexit
import importlib
import os
import resource
import socket
import sys
import threading
import traceback
import types
from typing import Any, Callable, NoReturn, Optional

from daskd_agent import bond, canary, dask_settings, fork_safety, home, interpreter, ledger, log_stream, nanny_address
from daskd_agent import title

OOM_SCORE = 500  # the kernel should take a worker before the agent, daskd or the user's shell


ROLES = ("scheduler", "worker", "runner")
LINKS = {"scheduler": "scheduler_link", "runner": "job_link"}  # the field with the socket that it listens on


def title_of(order: dict[str, Any]) -> str:
    titles = {"worker": f"dask worker {order['name']}", "runner": "daskd job runner"}
    return titles.get(order["role"], "dask scheduler")


def run_forked(order: dict[str, Any]) -> NoReturn:
    """In the child, signals blocked. Never returns: the agent's frames below must not go on in two processes."""
    _run(order, is_forked=True)


def run_from_descriptor(descriptor: int) -> NoReturn:
    """In a fresh interpreter."""
    _run(interpreter.received(descriptor), is_forked=False)


def become(order: dict[str, Any], assignment: dict[str, Any]) -> None:
    """In a standby: from now on be the launch that the agent names (name, log, marker)."""
    ledger.sign(order["ledger"], assignment["marker"], order["agent"], order.get("port"))
    draft = os.dup(1)
    _open_log(assignment["log"])
    with os.fdopen(draft, "rb") as file:  # what it has said so far
        file.seek(0)
        log_stream.LogFile(1, "w", closefd=False).write(file.read())
    title.show(title_of({"role": "worker", **assignment}), assignment["marker"])
    os.environ["DASKD_LAUNCH"] = assignment["marker"]


def _run(order: dict[str, Any], is_forked: bool) -> NoReturn:
    code = 1
    try:
        if is_forked:
            fork_safety.restore_signals()
        if order.get("in_job"):
            bond.tie_to(order["agent"])
        else:
            os.setsid()
        control = order.get("control_descriptor")
        if control is None:
            ledger.sign(order["ledger"], order["marker"], order["agent"], order.get("port"))
        if control is None:
            _open_log(order["log"])
        else:
            _open_draft()
        if is_forked:
            fork_safety.close_descriptors({order["link_descriptor"], control, order["canary_descriptor"]} - {None})
            canary.keep(order["canary_descriptor"])
        _set_limits(order)
        title.show(title_of(order), order["marker"])
        os.environ.update(order.get("env") or {})
        os.environ["DASKD_LAUNCH"] = order["marker"]
        work = _job_runner(order) if order["role"] == "runner" else _dask_command(order)
        _enter(order.get("cwd"))
        dask_settings.apply(order.get("dask_config") or {}, order.get("is_config_stale", False))
        _look_like_a_command(order)
        if is_forked:
            fork_safety.reseed()
            fork_safety.collect_garbage_again()
        code = work()
    except SystemExit as end:
        code = _code_of(end)
    except BaseException:
        traceback.print_exc()
    _end(code)


def _open_draft() -> None:
    """A standby has no log yet: what it says is kept until it has."""
    null = os.open(os.devnull, os.O_RDONLY)
    draft = os.memfd_create("daskd-standby")
    _set_streams(null, draft)


def _open_log(path: str) -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    _set_streams(null, log_stream.opened(path))


def _set_streams(null: int, log: int) -> None:
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.close(null)
    os.close(log)
    log_stream.install()


def _set_limits(order: dict[str, Any]) -> None:
    for number, soft, hard in order["limits"]:
        if resource.getrlimit(number) != (soft, hard):
            try:
                resource.setrlimit(number, (soft, hard))
            except (OSError, ValueError) as error:
                print(f"daskd: resource limit {number} not restored: {error}", file=sys.stderr)
    if order.get("nice"):
        try:
            os.nice(order["nice"])
        except OSError as error:
            print(f"daskd: nice {order['nice']}: {error.strerror}", file=sys.stderr)
    try:
        with open("/proc/self/oom_score_adj", "r+") as file:
            if int(file.read()) < OOM_SCORE:
                file.write(str(OOM_SCORE))
    except OSError:
        pass


def _job_runner(order: dict[str, Any]) -> Callable[[], NoReturn]:
    """Imported before the working directory enters sys.path, in the place of the zip application."""
    runner = importlib.import_module("daskd_job_runner.runner")
    scheduler, directory = order["args"]
    return lambda: runner.run(scheduler, directory, order["job_link"], _listener(order))


def _dask_command(order: dict[str, Any]) -> Callable[[], int]:
    own_preload = _own_preload(order)
    return lambda: _run_dask(order["role"], _command_line(order, own_preload))


def _listener(order: dict[str, Any]) -> socket.socket:
    listener = socket.socket(fileno=order["link_descriptor"])
    listener.set_inheritable(False)
    return listener


def _own_preload(order: dict[str, Any]) -> Optional[str]:
    """The preload that this process needs, ready to be found: imported by name before the working directory enters
    sys.path."""
    if order["link_descriptor"] is not None:
        link = importlib.import_module("daskd_scheduler_link")
        link.place = (order["scheduler_link"], _listener(order))  # type: ignore[attr-defined]
        return link.__name__
    if nanny_address.is_needed(order):  # a nanny of Dask's own would hand the preload on to other interpreters
        worker_preload = importlib.import_module("daskd_agent.worker_preload")
        worker_preload.scratch_entries = order["scratch"]  # type: ignore[attr-defined]
        worker_preload.nanny = order.get("nanny")  # type: ignore[attr-defined]
        if order.get("control_descriptor") is not None:
            control = socket.socket(fileno=order["control_descriptor"])
            control.setblocking(False)
            worker_preload.standby_worker.control = control  # type: ignore[attr-defined]
            worker_preload.standby_worker.order = order  # type: ignore[attr-defined]
        return worker_preload.__name__
    return None


def _command_line(order: dict[str, Any], own_preload: Optional[str]) -> list[str]:
    """Dask's arguments. Our preload comes first, so that the user's find the worker as it will be."""
    args = list(order["args"])
    if order["role"] == "worker" and order.get("control_descriptor") is None:
        args += ["--name", order["name"]]
    if order.get("port") is not None:
        args += ["--worker-port", str(order["port"])]  # the last one counts
    if own_preload is None:
        return args
    dask_settings.hide_preload(own_preload)
    if any(word.startswith("--preload") for word in args):
        return ["--preload", own_preload, *args]
    # A preload on the command line would replace the configured ones.
    dask_settings.add_preload(order["role"], own_preload)
    return args


def _enter(directory: Any) -> None:
    if directory:
        try:
            os.chdir(home.expanded(directory))
        except OSError as error:
            sys.exit(f"daskd: cannot enter the working directory {directory}: {error.strerror}")
    # As `python -m` has it, in the place of the zip application.
    sys.path[0] = os.getcwd()


def _look_like_a_command(order: dict[str, Any]) -> None:
    # Not "dask-worker": Dask warns that this command is deprecated.
    sys.argv = ["dask", order["role"], *order["args"]]
    main = types.ModuleType("__main__")
    main.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = main


def _run_dask(role: str, args: list[str]) -> int:
    command = importlib.import_module(f"distributed.cli.dask_{role}").main
    command(args=args, prog_name=f"dask {role}")  # click: ends in SystemExit
    return 0


def _code_of(end: SystemExit) -> int:
    """As the interpreter understands it."""
    if end.code is None:
        return 0
    if isinstance(end.code, int):
        return end.code & 0xFF
    print(end.code, file=sys.stderr)
    return 1


def _end(code: int) -> NoReturn:
    """What the interpreter does at its end, in the same order, but never back through the agent's frames."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)
