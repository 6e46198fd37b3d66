"""A job queue of the test's own: its daemons listen on loopback only and live in a temporary directory.

Several may run side by side. What a queue needs beyond this is in slurm.py and grid_engine.py.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

from processes import kill_all
from waiting import wait_until


class JobQueue:
    """Starts in `with`; when the block is left, all its daemons and jobs are killed and its directory is removed."""

    daemons: tuple[str, ...] = ()  # programs without which there is no such queue
    user = "nobody"  # whose jobs they are: not root, which Grid Engine refuses

    @classmethod
    def why_not(cls) -> str:
        """Why this queue cannot run here; empty if it can."""
        if os.geteuid() != 0:
            return "needs root"
        missing = [name for name in cls.daemons if not shutil.which(name)]
        return f"not installed: {' '.join(missing)}" if missing else ""

    def __init__(self) -> None:
        self.mark = uuid.uuid4().hex
        self.dir = Path(tempfile.mkdtemp(prefix="daskd-queue-", dir="/tmp"))
        self.dir.chmod(0o755)
        self.home = self.private_dir("home", self.user)
        # Daemons and jobs carry the mark, by which they are found and ended.
        self.env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": str(self.home),
                    "DASKD_TEST_ID": self.mark}

    def start(self) -> None:
        """Returns when jobs can be submitted."""
        raise NotImplementedError

    def __enter__(self) -> JobQueue:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        kill_all(self.mark)
        shutil.rmtree(self.dir, ignore_errors=True)

    def private_dir(self, name: str, owner: str = "root") -> Path:
        """A new directory of the rig that belongs to `owner`."""
        path = self.dir / name
        path.mkdir(parents=True)
        account = pwd.getpwnam(owner)
        os.chown(path, account.pw_uid, account.pw_gid)
        return path

    def run(self, *argv: str, input: str = "", user: str | None = None,
            check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a command as the job's user, in their home; fails unless it succeeds."""
        account = pwd.getpwnam(user or self.user)
        done = subprocess.run(argv, env=self.env, cwd=self.home, input=input, capture_output=True, text=True,
                              user=account.pw_uid, group=account.pw_gid, extra_groups=[], timeout=60)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def daemon(self, *argv: str, **env: str) -> None:
        """Starts a program that goes to the background by itself, as root."""
        with open(self.dir / "daemons.log", "a") as log:
            done = subprocess.run(argv, env={**self.env, **env}, cwd="/", stdin=subprocess.DEVNULL, stdout=log,
                                  stderr=log, timeout=60)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(argv)}: exit {done.returncode}\n{(self.dir / 'daemons.log').read_text()}")

    def wait_command(self, *argv: str, timeout: float = 30) -> None:
        """Waits until a command succeeds."""
        wait_until(lambda: self.run(*argv, check=False).returncode == 0, timeout, " ".join(argv))
