"""The four ways to start workers that are compared, each with its own scheduler, and with equal settings."""

from __future__ import annotations

import abc
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Iterator

import tree
from observer import Observer, now

PRELOAD = str(Path(__file__).with_name("stamp_preload.py"))
BIN = Path(os.environ["DASKD_BUILD_DIR"]).resolve() / "bin"
DASKCTL = str(BIN / "daskctl")
DOWN_S = 60


class Rival(abc.ABC):
    """One way to run a scheduler and N workers with one thread each and no memory limit, on loopback."""

    name: str

    @contextlib.contextmanager
    def running(self, n: int) -> Iterator[Session]:
        """Starts everything; nothing of it is left when the block ends. The workers are not awaited."""
        directory = Path(tempfile.mkdtemp(prefix="bench-", dir="/tmp"))
        session = Session(directory)
        try:
            self._start(session, n)
            yield session
        finally:
            try:
                self._stop(session)
            finally:
                tree.end_all()
                session.observer.close()
                shutil.rmtree(directory, ignore_errors=True)

    @abc.abstractmethod
    def _start(self, session: Session, n: int) -> None: ...

    def _stop(self, session: Session) -> None:
        """What must happen before everything that is left gets killed."""


class Session:
    """One life of a rival: its directory, its environment and the observer of its scheduler."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.observer = Observer(str(directory / "stamps.sock"))
        self.env = self._environment()
        self.began_at = 0.0
        self._processes: list[subprocess.Popen[bytes]] = []

    def _environment(self) -> dict[str, str]:
        """Ours, without what would lead to somebody's configuration, systemd or daskd."""
        kept = {key: value for key, value in os.environ.items()
                if not key.startswith(("DASK_", "DASKD_", "XDG_", "PYTHON"))
                and key not in ("VIRTUAL_ENV", "CONDA_PREFIX", "DBUS_SESSION_BUS_ADDRESS", "NOTIFY_SOCKET")}
        return {**kept, "HOME": str(self.directory), "DASK_ROOT_CONFIG": str(self.directory / "etc"),
                "BENCH_STAMPS": str(self.directory / "stamps.sock")}

    def begin(self, argv: list[str]) -> None:
        """Starts a program; the first one starts the clock."""
        log = open(self.directory / "output.log", "ab")
        with log:
            self.began_at = self.began_at or now()
            # A session each, because the kernel shares CPUs among sessions first (autogroups), and daskd makes its own.
            self._processes.append(subprocess.Popen(argv, env=self.env, cwd=self.directory, stdin=subprocess.DEVNULL,
                                                    stdout=log, stderr=log, start_new_session=True))

    def first_process(self) -> subprocess.Popen[bytes]:
        """The one that started the clock."""
        return self._processes[0]


class Nanny(Rival):
    """Dask's own: `dask scheduler` and `dask worker --nworkers N`, started together."""

    def __init__(self, name: str, method: str) -> None:
        self.name = name
        self._method = method

    def _start(self, session: Session, n: int) -> None:
        session.env["DASK_DISTRIBUTED__WORKER__MULTIPROCESSING_METHOD"] = self._method
        port = _free_port()
        loopback = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0"]
        session.begin([sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", str(port), *loopback,
                       "--preload", PRELOAD])
        session.begin([sys.executable, "-m", "distributed.cli.dask_worker", f"tcp://127.0.0.1:{port}",
                       "--nworkers", str(n), "--nthreads", "1", "--memory-limit", "0", *loopback,
                       "--local-directory", str(session.directory)])


class Daskd(Rival):
    """`daskctl up`, with no daskd running before."""

    def __init__(self, name: str, spawn: str = "fork", pool: dict[str, Any] | None = None) -> None:
        """`pool`: further keys of the pool's configuration."""
        self.name = name
        self._pool = {"threads": 1, "memory": "none", "spawn": spawn, "python": sys.executable, **(pool or {})}

    def _start(self, session: Session, n: int) -> None:
        # Each worker is killed many times: a pause between its restarts would be measured too.
        pool = {**self._pool, "workers": n, "backoff": {"reset_after": "0s"},
                "local_directory": str(session.directory)}
        scheduler = {"python": self._pool["python"], "dashboard": "127.0.0.1:0", "preload": [PRELOAD]}
        config = session.directory / "daskd.yaml"
        config.write_text(json.dumps({"daskd": {"scheduler": scheduler, "pools": {"local": pool}}}))
        session.env |= {"DASK_CONFIG": str(config), "DASKD_CLUSTER": "bench",
                        "DASKD_RUNTIME_DIR": str(session.directory / "run"),
                        "DASKD_STATE_DIR": str(session.directory / "state")}
        session.begin([DASKCTL, "up"])

    def _stop(self, session: Session) -> None:
        subprocess.run([DASKCTL, "down", "--force"], env=session.env, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=DOWN_S, check=False)


NANNY = "nanny"
FORKSERVER = "nanny, forkserver"
EXEC = "daskd, exec"
DASKD = "daskd"
ALL: tuple[Rival, ...] = (Nanny(NANNY, "spawn"), Nanny(FORKSERVER, "forkserver"), Daskd(EXEC, "exec"), Daskd(DASKD))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
