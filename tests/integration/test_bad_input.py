"""What users get wrong: a message with the remedy, the right exit code, and nothing left running."""

import os
import socket
import subprocess
import unittest

from daskd_testing import DASKD, Cluster, local
from processes import command, marked


class BadConfiguration(unittest.TestCase):
    def test_refused_before_anything_starts(self):
        cases = {
            "broken YAML": ("daskd:\n  pools: [\n", ["daskd.yaml:"]),
            "unknown key": (local(threds=2), ["daskd.pools.local.threds", "did you mean 'threads'"]),
            "wrong type": (local(workers="many"), ["daskd.pools.local.workers"]),
            "too little memory": (local(memory="50MB"), ["daskd.pools.local.memory", "100 MB"]),
            "impossible port": ({"daskd": {"scheduler": {"port": 70000}}}, ["daskd.scheduler.port"]),
        }
        for name, (config, expected) in cases.items():
            with self.subTest(name), Cluster(config) as cluster:
                done = cluster.ctl("up", expect=2)
                for text in expected:
                    self.assertIn(text, done.stderr)
                self.assertEqual(marked(cluster.mark), [])

    def test_missing_file(self):
        with Cluster() as cluster:
            self.assertIn("nowhere.yaml", cluster.ctl("up", "--config", "nowhere.yaml", expect=2).stderr)


class BadSurroundings(unittest.TestCase):
    def test_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            config = local()
            config["daskd"]["scheduler"] = {"port": port}
            with Cluster(config) as cluster:
                done = cluster.ctl("up", expect=None)
                self.assertIn(done.returncode, (1, 7))
                self.assertIn(str(port), done.stderr)

    def test_an_activated_environment_without_dask(self):
        with Cluster(local(workers=1), env={"VIRTUAL_ENV": "/nowhere"}) as cluster:
            self.assertIn("$VIRTUAL_ENV (/nowhere) has no Python with 'distributed'", cluster.ctl("up").stderr)

    def test_python_without_dask(self):
        with Cluster() as cluster:
            bare = cluster.dir / "bare-python"
            bare.write_text('#!/bin/sh\nexec /usr/bin/python3 -S "$@"\n')
            bare.chmod(0o755)
            cluster.configure(local(python=str(bare)))
            done = cluster.ctl("up", expect=None)
            self.assertIn(done.returncode, (1, 2, 7))
            self.assertIn(str(bare), done.stderr)
            self.assertIn("distributed", done.stderr)

    def test_state_directory_that_cannot_be_made(self):
        with Cluster(local()) as cluster:
            (cluster.dir / "file").touch()
            cluster.env["DASKD_STATE_DIR"] = str(cluster.dir / "file/state")
            done = cluster.ctl("up", expect=None)
            self.assertIn(done.returncode, (1, 2))
            self.assertIn("DASKD_STATE_DIR", done.stderr)

    def test_socket_path_too_long(self):
        with Cluster(local()) as cluster:
            cluster.env["DASKD_RUNTIME_DIR"] = str(cluster.dir / ("long" * 30))
            done = cluster.ctl("up", expect=2)
            self.assertIn("107 bytes", done.stderr)
            self.assertIn("DASKD_RUNTIME_DIR", done.stderr)

    def test_runtime_directory_open_to_others(self):
        with Cluster(local()) as cluster:
            cluster.runtime_dir.mkdir()
            cluster.runtime_dir.chmod(0o777)
            done = cluster.ctl("up", expect=1)
            self.assertIn("open to other users", done.stderr)
            self.assertIn("chmod 700", done.stderr)
            cluster.wait_nothing_left()
            cluster.runtime_dir.chmod(0o700)
            cluster.ctl("up")


class AtTheSameTime(unittest.TestCase):
    def test_two_ups_make_one_cluster(self):
        with Cluster(local()) as cluster:
            with cluster.start_ctl("up") as one, cluster.start_ctl("up") as other:
                self.assertEqual((one.finish(), other.finish()), (0, 0), one.output + other.output)
            daemons = [pid for pid in marked(cluster.mark) if os.readlink(f"/proc/{pid}/exe") == DASKD]
            self.assertEqual(len(daemons), 1, [command(pid) for pid in daemons])
            self.assertEqual(cluster.state(), "running")

    def test_down_in_mid_up(self):
        with Cluster() as cluster:
            preload = cluster.dir / "slow.py"
            preload.write_text("import asyncio\nasync def dask_setup(worker):\n    await asyncio.sleep(60)\n")
            cluster.configure(local(preload=[str(preload)], stop_timeout="2s"))
            cluster.ctl("up", "--no-wait")
            with cluster.start_ctl("up") as up:
                cluster.ctl("wait", "local-0", "--state", "starting", "--timeout", "20s")
                cluster.ctl("down")
                self.assertNotEqual(up.finish(), 0)
            cluster.wait_nothing_left()

    def test_a_second_daskd_is_refused(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            done = subprocess.run([DASKD], env=cluster.env, capture_output=True, text=True, timeout=20)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("already", done.stderr)
            self.assertEqual(cluster.state(), "running")


if __name__ == "__main__":
    unittest.main()
