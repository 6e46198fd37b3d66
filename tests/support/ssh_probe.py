"""Runs ssh_probe (tests/ssh_probe), which does by daemon/ssh what it is told, against the hosts of ssh_hosts.py."""

from __future__ import annotations

import os
import subprocess
import unittest
from pathlib import Path

import ssh_hosts
from waiting import Follower

PROBE = Path(os.environ.get("DASKD_BUILD_DIR", "build/dev"), "bin/ssh_probe").resolve()
REFUSED = 255  # its exit code when there is no connection


class SshCase(unittest.TestCase):
    """Tests that share hosts: WANTED by name, each with its sshd_config."""

    WANTED: dict[str, dict[str, object]] = {"h1": {}}
    hosts: ssh_hosts.SshHosts

    @classmethod
    def setUpClass(cls) -> None:
        ssh_hosts.require()
        cls.hosts = ssh_hosts.SshHosts(**cls.WANTED)
        cls.addClassCleanup(cls.hosts.close)

    def configure(self, text: str) -> Path:
        """An ssh_config of this test's own, whose lines come before the usual ones."""
        file = self.hosts.directory / f"ssh_config.{self._testMethodName}"
        file.write_text(text + self.hosts.config.read_text())
        return file

    def command(self, *args: object, config: Path | None = None) -> list[str]:
        return self.hosts.on_head([PROBE, config or self.hosts.config, *args])

    def probe(self, *args: object, config: Path | None = None, text: bool = True,
              **options: object) -> subprocess.CompletedProcess[str]:
        """`probe("h1", "exec", "true")`: runs to its end."""
        return subprocess.run(self.command(*args, config=config), capture_output=True, text=text,
                              **{"timeout": 60, **options})  # type: ignore[call-overload]

    def start(self, *args: object, config: Path | None = None) -> Follower:
        """Goes on until its input ends."""
        follower = Follower(self.command(*args, config=config), stdin=subprocess.PIPE)
        self.addCleanup(follower.__exit__)
        return follower

    @staticmethod
    def end_input(started: Follower) -> None:
        started.process.stdin.close()  # type: ignore[union-attr]
        started.process.stdin = None

    def assert_refused(self, done: subprocess.CompletedProcess[str], *words: str) -> None:
        self.assertEqual(done.returncode, REFUSED, done)
        for word in words:
            self.assertIn(word, done.stderr)

    def assert_works(self, done: subprocess.CompletedProcess[str], output: str) -> None:
        self.assertEqual((done.returncode, done.stdout), (0, output), done)
