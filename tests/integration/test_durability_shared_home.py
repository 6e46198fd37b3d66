"""Two machines that share a home: one of them owns the cluster, the other one says where to go."""

import contextlib
import json
import os
import subprocess
import unittest
import uuid

from daskd_testing import DASKCTL, Cluster, local
from disks import need_mounts

# A machine is its name and its boot id. The command runs with another name, another boot and another runtime directory.
ELSEWHERE = 'hostname "$1"; mount --bind "$2" /proc/sys/kernel/random/boot_id; shift 2; exec "$@"'


class OtherHost:
    """The same user and the same home, seen from another machine."""

    def __init__(self, cluster, name="node2"):
        self.cluster = cluster
        self.name = name
        self.boot = cluster.dir / f"{name}.boot"
        self.boot.write_text(f"{uuid.uuid4()}\n")
        self.env = {**cluster.env, "DASKD_RUNTIME_DIR": str(cluster.dir / name)}

    def ctl(self, *args):
        words = ["unshare", "-u", "-m", "sh", "-c", ELSEWHERE, "sh", self.name, str(self.boot), DASKCTL, *args]
        return subprocess.run(words, env=self.env, cwd=self.cluster.dir / "work", stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60)


class SharedHome(unittest.TestCase):
    def setUp(self):
        need_mounts()

    def test_every_verb_says_where_to_go(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            other = OtherHost(cluster)
            here = os.uname().nodename
            for args in (["up"], ["up", "--workers", "3"], ["status", "--json"], ["logs", "-n", "5"], ["events"],
                         ["down", "--force"], ["daemon", "start"], ["reset"], ["clean"], ["env"], ["reload"]):
                done = other.ctl(*args)
                self.assertEqual((done.returncode, done.stdout), (1, ""), args)
                self.assertIn(f"ssh {here} daskctl {' '.join(args)}\n", done.stderr)
                self.assertIn(f"up on {here}", done.stderr)
            # Quoted once for the shell here and once for the one there.
            quoted = f"ssh {here} " + r"'daskctl restart-worker '\''local-*'\'''" + "\n"
            self.assertIn(quoted, other.ctl("restart-worker", "local-*").stderr)
            self.assertEqual(other.ctl("config", "check").returncode, 0)
            self.assertEqual(cluster.identities(), before)
            self.assertFalse((cluster.dir / "node2").exists(), "nothing was started there")

    def test_a_cluster_that_is_down_may_be_taken_over(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            cluster.ctl("down")
            cluster.wait_nothing_left()
            other = OtherHost(cluster)
            with self._ended(other):
                self.assertEqual(other.ctl("up").returncode, 0)
                self.assertEqual(json.loads((cluster.state_dir / "state.json").read_text())["host"], "node2")
                self.assertIn("ssh node2 daskctl up", cluster.ctl("up", expect=1).stderr)
            cluster.ctl("up")

    def test_an_idle_daskd_does_not_take_it_back(self):
        with Cluster(local()) as cluster:
            cluster.ctl("daemon", "start")
            cluster.ctl("up")
            cluster.ctl("down")
            other = OtherHost(cluster)
            with self._ended(other):
                self.assertEqual(other.ctl("up").returncode, 0)
                with self.assertRaisesRegex(Exception, "taken over by node2"):
                    cluster.rpc("cluster.up", {"cwd": str(cluster.dir / "work")})
                self.assertTrue(json.loads((cluster.state_dir / "state.json").read_text())["up"])
            cluster.ctl("daemon", "stop")

    def test_a_rebooted_machine_is_the_same_one(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            cluster.ctl("daemon", "stop")
            cluster.wait_nothing_left()
            rebooted = OtherHost(cluster, os.uname().nodename)
            with self._ended(rebooted):
                self.assertEqual(rebooted.ctl("daemon", "start").returncode, 0)
                self.assertEqual(rebooted.ctl("wait").returncode, 0)

    @contextlib.contextmanager
    def _ended(self, host):
        try:
            yield
        finally:
            host.ctl("down", "--force")
            host.ctl("daemon", "stop")


if __name__ == "__main__":
    unittest.main()
