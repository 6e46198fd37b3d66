"""A cluster whose workers are on the hosts of ssh_hosts.py, and whose daskd runs on their head."""

from __future__ import annotations

import subprocess
import sys
import unittest
from typing import Any

import ssh_hosts
from daskd_testing import Cluster
from processes import command
from waiting import Follower, wait_until

# Runs on the head: `client` is connected.
PREAMBLE = """
import time
from distributed import Client, wait
client = Client(timeout="20s")
"""

# Every worker fetches 4 MB from every other one.
EXCHANGE = """
import os
workers = sorted(client.scheduler_info()["workers"])
made = [client.submit(os.urandom, 4_000_000, workers=[worker], pure=False) for worker in workers]
wait(made)
sizes = [client.submit(lambda data: sum(map(len, data)), made, workers=[worker], pure=False) for worker in workers]
print(len(workers), set(client.gather(sizes)) == {4_000_000 * len(workers)})
"""


class SshCluster(Cluster):
    """`pool`: keys of the pool `lab`; `name`: of the cluster."""

    def __init__(self, rig: ssh_hosts.SshHosts, name: str = "default", **pool: Any) -> None:
        within = ["nsenter", "-t", str(rig.head.pid), "-n", "-m", "--wd=."]  # type: ignore[union-attr]
        super().__init__({"daskd": {"pools": {"lab": {"launcher": "ssh", "threads": 1, **pool}}}}, name=name, within=within)
        self.rig = rig

    def python(self, code: str) -> list[str]:
        return [*self.within, sys.executable, "-c", PREAMBLE + code]

    def client_environment(self) -> dict[str, str]:
        exports = [line.removeprefix("export ") for line in self.ctl("env").stdout.splitlines()]
        return {**self.env, **dict(line.split("=", 1) for line in exports)}

    def compute(self, code: str) -> str:
        """What `code` prints, run with a client on the head."""
        done = subprocess.run(self.python(code), env=self.client_environment(), capture_output=True, text=True, timeout=90)
        if done.returncode:
            raise AssertionError(f"{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def start_computing(self, code: str) -> Follower:
        return Follower(self.python(code), env=self.client_environment())

    def pids(self) -> dict[str, int]:
        """Of the workers, as their hosts number them."""
        return {worker["name"]: worker["pid"] for worker in self.status()["workers"]}

    def states(self) -> dict[str, str]:
        return {worker["name"]: worker["state"] for worker in self.status()["workers"]}

    def wait_states(self, timeout: float = 60, **wanted: str) -> None:
        """`lab_h1_0="running"`: until the workers are so."""
        names = {name.replace("_", "-"): state for name, state in wanted.items()}
        wait_until(lambda: {name: state for name, state in self.states().items() if name in names} == names, timeout,
                   f"{names}")

    def texts(self) -> str:
        """Of all events."""
        return "\n".join(event.get("text") or "" for event in self.events())

    def _print_logs(self) -> None:
        super()._print_logs()
        for event in self.ctl("events", expect=None).stdout.splitlines()[-60:]:
            print(event, file=sys.stderr)
        for host in self.rig.hosts.values():
            for log in host.home.glob(".local/state/daskd/*/logs/*.log"):
                print(f"--- {host.name} {log.name}", *log.read_text(errors="replace").splitlines()[-25:], sep="\n", file=sys.stderr)


def daskish(host: ssh_hosts.Host) -> list[str]:
    """What of a cluster runs on the host."""
    return [line for pid in host.pids() if "dask" in (line := command(pid)) and "sshd" not in line]


def connections(hosts: ssh_hosts.SshHosts, name: str) -> int:
    """Established SSH connections of the head to a host."""
    out = hosts.run(["ss", "-Htn", "state", "established", "dst", f"{hosts[name].address}:22"]).stdout
    return len(out.splitlines())


class SshClusterCase(unittest.TestCase):
    """Tests that share hosts: WANTED by name, each with its sshd_config."""

    WANTED: dict[str, dict[str, object]] = {"h1": {}}
    hosts: ssh_hosts.SshHosts

    @classmethod
    def setUpClass(cls) -> None:
        ssh_hosts.require()
        cls.hosts = ssh_hosts.SshHosts(**cls.WANTED)
        cls.addClassCleanup(cls.hosts.close)

    def assert_nothing_left(self, *names: str, timeout: float = 15) -> None:
        for name in names or self.hosts.hosts:
            host = self.hosts[name]
            wait_until(lambda: not daskish(host), timeout, f"nothing left on {name}: {daskish(host)}")
