"""conf/dask.mk: the targets of make-dask, in a Makefile that includes it."""

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

from daskd_testing import DASKCTL, Cluster, own_port
from ssh_cluster import EXCHANGE, PREAMBLE, SshClusterCase, connections

_MODULE = Path(__file__).resolve().parents[2] / "conf/dask.mk"


class MakeCluster(Cluster):
    """The cluster that make's variables describe, in ~/.dask/local.mk."""

    def __init__(self, workers: str, within: list[str] | None = None, **variables: str) -> None:
        super().__init__(name="make", within=within)
        mine = {"dask-workers": workers, "dask-scheduler-port": str(own_port()), "daskctl": DASKCTL,
                "dask-worker-port-base": str(20000 + os.getpid() % 10000), **variables}
        folder = self.dir / "home/.dask"
        folder.mkdir()
        (folder / "local.mk").write_text("".join(f"{name} = {value}\n" for name, value in mine.items()))
        (self.dir / "work/Makefile").write_text(f"include {_MODULE}\n")

    def make(self, *args: str, expect: int = 0) -> str:
        """Runs make; what it and its recipes print."""
        done = subprocess.run([*self.within, "make", *args], env=self.env, cwd=self.dir / "work", stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        if done.returncode != expect:
            raise AssertionError(f"make {' '.join(args)}: exit {done.returncode}\n{done.stdout}")
        return done.stdout

    def states(self) -> dict[str, str]:
        return {worker["name"]: worker["state"] for worker in self.status()["workers"]}


class Make(unittest.TestCase):
    def test_twice_is_once(self):
        with MakeCluster("01@ 02@") as cluster:
            cluster.make("-j4", "dask")
            before = cluster.identities()
            cluster.make("-j4", "dask", "dask-workers", "dask-worker-01@")
            self.assertEqual(cluster.identities(), before)
            with cluster.client() as client:
                self.assertEqual(sum(client.gather(client.map(lambda x: x + 1, range(100)))), 5050)
            cluster.make("dask-kill")
            self.assertEqual(cluster.state(), "down")

    def test_parts(self):
        with MakeCluster("01@ 02@") as cluster:
            cluster.make("dask-scheduler")
            self.assertEqual(cluster.states(), {})
            cluster.make("dask-worker-02@")
            self.assertEqual(cluster.states(), {"02@": "running"})
            cluster.make("dask-workers")
            self.assertEqual(cluster.states(), {"01@": "running", "02@": "running"})
            cluster.make("dask-kill-worker-01@")
            self.assertEqual(cluster.states(), {"01@": "stopped", "02@": "running"})
            cluster.make("dask-kill-workers")
            cluster.make("dask-kill-scheduler")
            self.assertEqual(cluster.status()["scheduler"]["state"], "stopped")
            cluster.make("dask")
            self.assertEqual(cluster.states(), {"01@": "running", "02@": "running"})
            self.assertIn("No rule", cluster.make("dask-worker-typo", expect=2))

    def test_changed_variables_touch_what_differs(self):
        with MakeCluster("01@ 02@") as cluster:
            cluster.make("dask")
            before = cluster.identities()
            cluster.make("dask", "dask-workers=01@ 02@ 03@")
            self.assertEqual(cluster.states(), {"01@": "running", "02@": "running", "03@": "running"})
            self.assertEqual({**cluster.identities(), **before}, cluster.identities())
            cluster.make("dask", "dask-workers=01@ 02@ 03@", "dask-threads-per-worker=2")
            self.assertEqual({worker["threads"] for worker in cluster.status()["workers"]}, {2})

    def test_nothing_has_to_be_there(self):
        with MakeCluster("") as cluster:
            for target in ("dask-status", "dask-kill", "dask-kill-workers", "dask-kill-scheduler",
                           "dask-kill-worker-default@", "dask-reset", "dask-clean"):
                cluster.make(target)
            self.assertRegex(cluster.make("dask-suggest-load"), re.compile(r"^\d+$", re.M))
            cluster.make("dask")
            worker = cluster.worker("default@")
            self.assertEqual((worker["state"], worker["threads"]), ("running", 4))

    def test_logs(self):
        with MakeCluster("01@ 02@") as cluster:
            cluster.make("dask")
            shown = cluster.make("dask-check", "dask-logs=scheduler worker-02@", "dask-tail-args=-n 3")
            self.assertIn("02@", shown)
            self.assertNotIn("01@ ", shown)

    def test_macro(self):
        with MakeCluster("$(call dask-n,2,)") as cluster:
            cluster.make("dask-worker-02@")
            self.assertEqual(cluster.states(), {"02@": "running"})

    def test_ssh_options_that_daskd_does_not_know(self):
        with MakeCluster("01@", **{"dask-ssh-command": "ssh -J gate"}) as cluster:
            self.assertIn("knows no -J: write that into ~/.ssh/config", cluster.make("dask", expect=2))
            self.assertEqual(cluster.state(), "down")


class Elsewhere(SshClusterCase):
    WANTED = {"h1": {"MaxSessions": 2}, "h2": {}}

    def test_workers_where_only_ssh_is_open(self):
        self.hosts.allow_ssh_only()
        within = ["nsenter", "-t", str(self.hosts.head.pid), "-n", "-m", "--wd=."]
        ssh = f"ssh -l dask -i {self.hosts.keys / 'id_ed25519'}"
        with MakeCluster("01@ $(call dask-n,2,h1) 01@h2", within, **{"dask-ssh-command": ssh}) as cluster:
            cluster.make("-j4", "dask")
            workers = {worker["name"]: worker for worker in cluster.status()["workers"]}
            self.assertEqual(list(workers), ["01@", "01@h1", "02@h1", "01@h2"])
            base = 20000 + os.getpid() % 10000
            self.assertEqual([worker["address"] for worker in workers.values()],
                             [f"tcp://127.0.0.1:{base + n}" for n in (1, 2, 3, 4)])
            program = [*within, sys.executable, "-c", PREAMBLE.replace("Client(", f'Client("localhost:{own_port()}", ') + EXCHANGE]
            done = subprocess.run(program, env=cluster.env, capture_output=True, text=True, timeout=60)
            self.assertEqual(done.stdout, "4 True\n", done.stderr)
            self.assertEqual([connections(self.hosts, name) for name in ("h1", "h2")], [1, 1])
            cluster.make("-j4", "dask")
            self.assertEqual({w["name"]: w["pid"] for w in cluster.status()["workers"]},
                             {name: worker["pid"] for name, worker in workers.items()})
            cluster.make("dask-kill-worker-02@h1")
            self.assertEqual(cluster.states()["02@h1"], "stopped")
            cluster.make("dask-worker-02@h1")
            self.assertEqual(cluster.states()["02@h1"], "running")
            cluster.make("dask-kill")
            self.assert_nothing_left(timeout=10)


if __name__ == "__main__":
    unittest.main()
