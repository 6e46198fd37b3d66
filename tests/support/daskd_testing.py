"""A real daskd with a real Dask in a temporary directory of its own, for tests written with unittest.

    with Cluster(local(workers=2)) as cluster:
        cluster.ctl("up")
        with cluster.client() as client: ...

When the block is left everything is stopped; a process that survives fails the test. A failing test prints the logs.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any

from free_ports import free_ports
from processes import command, identity, kill_all, marked
from waiting import Follower, wait_until

BUILD_DIR = Path(os.environ["DASKD_BUILD_DIR"]).resolve()
HAS_FAULTS = "DASKD_FAULTS:BOOL=ON" in (BUILD_DIR / "CMakeCache.txt").read_text()  # see common/fault.hpp
DASKCTL = str(BUILD_DIR / "bin/daskctl")
DASKD = str(BUILD_DIR / "bin/daskd")

# ctest kills a test file that takes 300 s, and then nobody would clean up after it.
_FILE_LIMIT_S = 280


def _file_took_too_long(*_: object) -> None:
    raise AssertionError(f"this file's tests took more than {_FILE_LIMIT_S} s")


signal.signal(signal.SIGALRM, _file_took_too_long)
signal.alarm(_FILE_LIMIT_S)


def local(workers: int = 2, **keys: Any) -> dict[str, Any]:
    """A configuration with one pool, `local`, of so many workers with one thread each, and further keys of it.

    The scheduler gets a port of its own: two tests that run side by side would take 8786 from each other.
    """
    pool = {"workers": workers, "threads": 1, **keys}
    return {"daskd": {"scheduler": {"port": own_port()}, "pools": {"local": pool}}}


@functools.lru_cache
def own_port() -> int:
    """The same for all clusters of this process."""
    [port] = free_ports(1)
    return port


class RpcError(Exception):
    """An error reply of the control socket."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.code: int = error["code"]
        self.hint: str = error.get("data", {}).get("hint", "")


class Cluster:
    """One named cluster and the directories, environment and processes that belong to it."""

    def __init__(self, config: dict[str, Any] | str | None = None, *, name: str = "default",
                 env: dict[str, str | None] | None = None, within: list[str] | None = None) -> None:
        """`config`: what the user's YAML file holds; None: there is none. `env`: variables to set, or to unset (None).
        `within`: what goes before a command line to have it run elsewhere, such as in other namespaces."""
        self.name = name
        self.within = within or []
        self.mark = uuid.uuid4().hex
        self.dir = Path(tempfile.mkdtemp(prefix="daskd-", dir="/tmp"))
        for part in ("home", "work"):
            (self.dir / part).mkdir()
        self.config_file = self.dir / "daskd.yaml"
        self.env = self._environment(env or {})
        runtime = self.env.get("DASKD_RUNTIME_DIR") or f"/tmp/daskd-{os.getuid()}/{name}"
        state = self.env.get("DASKD_STATE_DIR") or f"{self.env['HOME']}/.local/state/daskd/{name}"
        self.runtime_dir, self.state_dir = Path(runtime), Path(state)
        if config is not None:
            self.configure(config)

    def _environment(self, changes: dict[str, str | None]) -> dict[str, str]:
        """Ours, without what would lead daskd out of the test's directory or to a systemd."""
        kept = {key: value for key, value in os.environ.items()
                if not key.startswith(("DASK_", "DASKD_", "XDG_", "PYTHON"))
                and key not in ("VIRTUAL_ENV", "CONDA_PREFIX", "DBUS_SESSION_BUS_ADDRESS", "NOTIFY_SOCKET")}
        own = {"HOME": str(self.dir / "home"), "NO_COLOR": "1", "DASK_ROOT_CONFIG": str(self.dir / "etc"),
               "DASKD_CLUSTER": self.name, "DASKD_RUNTIME_DIR": str(self.dir / "run"),
               "DASKD_STATE_DIR": str(self.dir / "state"), "DASKD_TEST_ID": self.mark}
        return {key: value for key, value in {**kept, **own, **changes}.items() if value is not None}

    def configure(self, config: dict[str, Any] | str) -> None:
        """Writes the user's YAML file and makes Dask's search path lead to it."""
        self.config_file.write_text(config if isinstance(config, str) else json.dumps(config, indent=1))
        self.env["DASK_CONFIG"] = str(self.config_file)

    def ctl(self, *args: str, expect: int | None = 0, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Runs daskctl to its end; fails unless its exit code is the expected one (None: any)."""
        done = subprocess.run([*self.within, DASKCTL, *args], env=self.env, cwd=self.dir / "work", stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=timeout)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"daskctl {' '.join(args)}: exit {done.returncode}, expected {expect}\n"
                                 f"{done.stdout}{done.stderr}")
        return done

    def start_ctl(self, *args: str) -> Follower:
        """Runs daskctl beside the test."""
        return Follower([*self.within, DASKCTL, *args], env=self.env, cwd=self.dir / "work")

    def rpc(self, method: str, params: dict[str, Any] | None = None, timeout: float = 60) -> Any:
        """One call on the control socket: its result, or RpcError."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout)
            connection.connect(str(self.runtime_dir / "control.sock"))
            request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile() as lines:
                reply = next(reply for reply in map(json.loads, lines) if reply.get("id") == 1)
        if "error" in reply:
            raise RpcError(reply["error"])
        return reply["result"]

    def client(self, **options: Any) -> Any:
        """A distributed.Client of the running cluster."""
        from distributed import Client  # only here: most tests need not wait for this import
        return Client(self.status()["scheduler"]["address"], timeout="20s", set_as_default=False, **options)

    def status(self) -> dict[str, Any]:
        done = self.ctl("status", "--json", expect=None)
        if not done.stdout:
            raise AssertionError(f"daskctl status: exit {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout)

    def state(self) -> str:
        return self.status()["state"]

    def worker(self, name: str) -> dict[str, Any]:
        return next(worker for worker in self.status()["workers"] if worker["name"] == name)

    def worker_names(self) -> list[str]:
        return [worker["name"] for worker in self.status()["workers"]]

    def identities(self) -> dict[str, tuple[int, int]]:
        """Scheduler and workers that run, each named for good."""
        status = self.status()
        pids = {worker["name"]: worker["pid"] for worker in status["workers"] if worker["pid"]}
        found = {}
        for name, pid in {"scheduler": status["scheduler"]["pid"], **pids}.items():
            with contextlib.suppress(IndexError):  # it has ended meanwhile
                found[name] = identity(pid)
        return found

    def wait_running(self, timeout: float = 30) -> dict[str, Any]:
        """Waits until every desired worker is registered; the status then."""
        wait_until(lambda: self.state() == "running", timeout, "cluster running")
        return self.status()

    def wait_replaced(self, name: str, old_pid: int, timeout: float = 30) -> dict[str, Any]:
        """Waits until worker `name` runs with another pid; what status says of it then."""
        def replacement() -> dict[str, Any] | None:
            worker = self.worker(name)
            return worker if worker["state"] == "running" and worker["pid"] != old_pid else None
        return wait_until(replacement, timeout, f"{name} replaced")

    def wait_nothing_left(self, timeout: float = 15) -> None:
        """Waits until no process of this cluster is left, daskd and host agents included."""
        wait_until(lambda: not marked(self.mark), timeout, "nothing left running")

    def daemon_pid(self) -> int:
        return self.status()["daemon"]["pid"]

    def events(self, since: int = 0) -> list[dict[str, Any]]:
        out = self.ctl("events", "--json-lines", "--since", str(since)).stdout
        return [json.loads(line) for line in out.splitlines()]

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is not None:
                self._print_logs()
            if (self.runtime_dir / "control.sock").exists():
                self.ctl("down", "--force", expect=None)
                self.ctl("daemon", "stop", expect=None)
            if kind is None:
                self._require_nothing_left()
        finally:
            kill_all(self.mark)
            shutil.rmtree(self.dir, ignore_errors=True)

    def _require_nothing_left(self) -> None:
        try:
            self.wait_nothing_left()
        except AssertionError:
            self._print_logs()
            left = "\n".join(f"  {pid} {command(pid)}" for pid in marked(self.mark))
            raise AssertionError(f"left behind after `daskctl down`:\n{left}") from None

    def _print_logs(self) -> None:
        for log in sorted((self.state_dir / "logs").glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()[-60:]
            print(f"--- {log.name}", *lines, sep="\n", file=sys.stderr)
        print(f"--- processes: {[(pid, command(pid)) for pid in marked(self.mark)]}", file=sys.stderr)
