"""An ordinary user with a systemd of his own, in namespaces: real units, a real journal."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

from daskd_testing import BUILD_DIR
from waiting import wait_until

_SCRIPT = str(Path(__file__).with_name("systemd-user"))
_UID = 1977  # as in the script


class SystemdUser:
    """Commands of one user, while the `with` block lasts. Skips the test where the machine cannot do it."""

    def __init__(self) -> None:
        self.dir = Path(tempfile.mkdtemp(prefix="daskd-", dir="/tmp"))
        self.home = self.dir / "home"

    def __enter__(self) -> SystemdUser:
        self._session = subprocess.Popen(
            [_SCRIPT, str(self.dir), str(BUILD_DIR / "bin"), "sh", "-c", "echo ready; exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self._session.stdout is not None
        if self._session.stdout.readline().strip() != "ready":
            said = self._session.communicate()[1]
            shutil.rmtree(self.dir, ignore_errors=True)
            if self._session.returncode == 77:
                raise unittest.SkipTest(said)
            raise AssertionError(said)
        self._first = self._first_process()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            print(self.run("journalctl", "--user", "--no-pager", "--lines=100", expect=None))
        self._session.communicate(timeout=200)
        shutil.rmtree(self.dir, ignore_errors=True)

    def run(self, *argv: str, expect: int | None = 0) -> str:
        """Runs a command to its end; what it prints on both streams. Fails unless it exits as expected (None: anyhow)."""
        user = ["setpriv", "--reuid", str(_UID), "--regid", str(_UID), "--init-groups", "--reset-env", "env",
                f"XDG_RUNTIME_DIR=/run/user/{_UID}", f"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{_UID}/bus",
                f"HOME={self.home}", f"PATH={self.dir}/bin:/usr/bin:/bin", "LANG=C.UTF-8", "NO_COLOR=1"]
        inside = ["nsenter", "--target", str(self._first), "--mount", "--pid", "--cgroup", "--ipc", f"--wd={self.home}"]
        done = subprocess.run([*inside, *user, *argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"{' '.join(argv)}: exit {done.returncode}, expected {expect}\n{done.stdout}")
        return done.stdout.strip()

    def status(self, *options: str) -> dict[str, Any]:
        return json.loads(self.run("daskctl", *options, "status", "--json", expect=None))

    def pids(self) -> dict[str, int]:
        """Those of scheduler and workers, by name."""
        status = self.status()
        return {"scheduler": status["scheduler"]["pid"], **{w["name"]: w["pid"] for w in status["workers"]}}

    def property(self, unit: str, name: str) -> str:
        return self.run("systemctl", "--user", "show", "--value", f"--property={name}", unit)

    def scopes(self) -> list[str]:
        listed = self.run("systemctl", "--user", "list-units", "--plain", "--no-legend", "daskd:*.scope")
        return [line.split()[0] for line in listed.splitlines()]

    def processes(self) -> list[str]:
        """The command lines of all that is Dask's or ours."""
        lines = self.run("ps", "-e", "-o", "args=").splitlines()
        return [line for line in lines if "dask" in line.replace(str(self.dir), "") and "systemd-user" not in line]

    def wait_running(self) -> None:
        wait_until(lambda: self.status()["state"] == "running", 30, "the cluster runs")

    def _first_process(self) -> int:
        """The first process of the user's pid namespace, as this machine numbers it."""
        def find(pid: int) -> int | None:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if b"--inside" in words and words[0] != b"unshare":
                return pid
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            return next((found for child in children if (found := find(int(child)))), None)
        return wait_until(lambda: find(self._session.pid), 5, "the first process of the namespace")


