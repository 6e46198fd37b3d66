"""Encrypted connections: when they are on, who gets in, and that nothing secret is shown anywhere."""

import os
import shlex
import stat
import subprocess
import sys
import unittest
from pathlib import Path

from daskd_testing import Cluster, local
from processes import marked
from waiting import wait_until

CONNECT = """
from distributed import Client
with Client(timeout="20s") as client:
    assert client.submit(sum, range(10)).result(timeout=20) == 45
    print(client.scheduler.address)
"""


def with_tls(tls="on", workers=1, scheduler=None, **keys):
    config = local(workers=workers, **keys)
    config["daskd"].update({"tls": tls, "scheduler": scheduler or {}})
    return config


def variables_of(cluster):
    """What `eval "$(daskctl env)"` sets."""
    lines = cluster.ctl("env").stdout.splitlines()
    return dict(shlex.split(line)[1].split("=", 1) for line in lines)


def connect(cluster, variables, program=CONNECT):
    """A user's Python with these variables and nothing else of Dask's: its exit code and what it says."""
    env = {key: value for key, value in cluster.env.items() if key != "DASK_CONFIG"}
    return subprocess.run([sys.executable, "-c", program], env={**env, **variables}, capture_output=True, text=True,
                          timeout=60)


def secrets(directory):
    """Lines of the keys' texts, long enough to be nobody else's."""
    return [line for key in sorted(directory.glob("*.key")) for line in key.read_text().splitlines() if len(line) > 40]


class On(unittest.TestCase):
    def test_env_is_all_that_a_client_needs(self):
        with Cluster(with_tls()) as cluster:
            self.assertIn("daskctl env", cluster.ctl("up").stdout)
            self.assertTrue(cluster.status()["scheduler"]["address"].startswith("tls://127.0.0.1:"))
            self.assertTrue(cluster.worker("local-0")["address"].startswith("tls://"))
            done = connect(cluster, variables_of(cluster))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("tls://", done.stdout)

            by_file = CONNECT.replace("timeout=", f"scheduler_file={str(cluster.state_dir / 'scheduler.json')!r}, "
                                                  "timeout=", 1)
            certificates = {key: value for key, value in variables_of(cluster).items() if "__TLS__" in key}
            self.assertEqual(connect(cluster, certificates, by_file).returncode, 0)

    def test_workers_forked_replaced_and_executed_have_it(self):
        config = with_tls(workers=2)
        config["daskd"]["pools"]["fresh"] = {"workers": 1, "threads": 1, "spawn": "exec"}
        with Cluster(config) as cluster:
            cluster.ctl("up")
            pid = cluster.worker("local-0")["pid"]
            os.kill(pid, 9)
            cluster.wait_replaced("local-0", pid)
            cluster.ctl("restart-scheduler")
            status = cluster.wait_running()
            self.assertEqual({worker["address"][:6] for worker in status["workers"]}, {"tls://"})
            # Results move between workers, and a task is a client itself: both with certificates of their own.
            together = """
from distributed import Client, worker_client
def nested():
    with worker_client() as client:
        return client.submit(sum, range(4)).result(timeout=20)
import __main__
with Client(timeout="20s") as client:
    parts = [client.submit(pow, 2, i, workers=[address]) for i, address in enumerate(client.scheduler_info()["workers"])]
    assert client.submit(sum, parts).result(timeout=20) == 7
    assert client.submit(nested).result(timeout=20) == 6
"""
            done = connect(cluster, variables_of(cluster), together)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_stranger_is_refused(self):
        with Cluster(with_tls(), name="stranger") as other, Cluster(with_tls(scheduler={"port": "auto"})) as cluster:
            other.ctl("up")
            cluster.ctl("up")
            address = cluster.status()["scheduler"]["address"]
            program = CONNECT.replace("20s", "3s")
            for who, variables in {
                "with certificates of another cluster": {**variables_of(other), "DASK_SCHEDULER_ADDRESS": address},
                "without TLS": {"DASK_SCHEDULER_ADDRESS": address.replace("tls://", "tcp://")},
                "without certificates": {"DASK_SCHEDULER_ADDRESS": address},
            }.items():
                with self.subTest(who):
                    done = connect(cluster, variables, program)
                    self.assertNotEqual(done.returncode, 0, done.stdout)
            self.assertEqual(connect(cluster, variables_of(cluster)).returncode, 0)

    def test_nothing_secret_is_shown(self):
        with Cluster(with_tls(workers=2)) as cluster:
            cluster.ctl("up")
            connect(cluster, variables_of(cluster))
            tls = cluster.state_dir / "tls"
            self.assertEqual(stat.S_IMODE(tls.stat().st_mode), 0o700)
            self.assertEqual({stat.S_IMODE(file.stat().st_mode) for file in tls.iterdir()}, {0o600})
            hidden = secrets(tls)
            self.assertGreaterEqual(len(hidden), 3)

            seen = {"status": cluster.ctl("status", "--json").stdout, "env": cluster.ctl("env").stdout,
                    "config": cluster.ctl("config", "show").stdout}
            for pid in marked(cluster.mark):
                for file in ("cmdline", "environ"):
                    seen[f"{file} of {pid}"] = Path(f"/proc/{pid}/{file}").read_bytes().decode(errors="replace")
            for directory in (cluster.state_dir, cluster.runtime_dir):
                for file in directory.rglob("*"):
                    if file.is_file() and file.parent != tls:
                        seen[str(file)] = file.read_bytes().decode(errors="replace")
            for place, text in seen.items():
                for line in hidden:
                    self.assertNotIn(line, text, place)
                if place.startswith("cmdline"):
                    self.assertNotIn(str(tls), text, "paths of certificates are no command line's business either")

    def test_certificates_last_over_restarts(self):
        with Cluster(with_tls()) as cluster:
            cluster.ctl("up")
            variables = variables_of(cluster)
            files = {file.name: file.read_bytes() for file in (cluster.state_dir / "tls").iterdir()}
            before = cluster.identities()
            cluster.ctl("daemon", "restart")
            cluster.wait_running()
            self.assertEqual(cluster.identities(), before)
            self.assertEqual(variables_of(cluster), variables)
            self.assertEqual(cluster.rpc("cluster.reload", {"dry_run": True})["changes"], [])
            cluster.ctl("down")
            cluster.wait_nothing_left()
            cluster.ctl("up")
            self.assertEqual({file.name: file.read_bytes() for file in (cluster.state_dir / "tls").iterdir()}, files)
            variables["DASK_SCHEDULER_ADDRESS"] = cluster.status()["scheduler"]["address"]
            self.assertEqual(connect(cluster, variables).returncode, 0)

    def test_an_address_of_a_worker(self):
        port = 21730  # below the ports that the kernel gives away by itself
        def listening_at(scheme):
            return with_tls(args=["--listen-address", f"{scheme}://127.0.0.1:{port}"])
        with Cluster(listening_at("tcp")) as cluster:
            self.assertIn("daskd.pools.local.args: TLS is on: --listen-address must begin with tls://",
                          cluster.ctl("up", expect=2).stderr)
            cluster.configure(listening_at("tls"))
            cluster.ctl("up")
            self.assertEqual(cluster.worker("local-0")["address"], f"tls://127.0.0.1:{port}")

    def test_a_reload_turns_it_on(self):
        with Cluster(with_tls("off")) as cluster:
            cluster.ctl("up")
            cluster.configure(with_tls("on"))
            self.assertIn("TLS", cluster.ctl("reload", "--dry-run").stdout)
            cluster.ctl("reload")
            self.assertTrue(cluster.wait_running()["scheduler"]["address"].startswith("tls://"))
            self.assertEqual(connect(cluster, variables_of(cluster)).returncode, 0)


class Auto(unittest.TestCase):
    def test_off_on_loopback(self):
        with Cluster(with_tls("auto")) as cluster:
            cluster.ctl("up")
            self.assertTrue(cluster.status()["scheduler"]["address"].startswith("tcp://"))
            self.assertEqual(list(variables_of(cluster)), ["DASK_SCHEDULER_ADDRESS"])
            self.assertFalse((cluster.state_dir / "tls").exists())
            self.assertEqual(connect(cluster, variables_of(cluster)).returncode, 0)

    def test_on_beyond(self):
        with Cluster(with_tls("auto", scheduler={"host": "0.0.0.0"})) as cluster:
            cluster.ctl("up")
            self.assertTrue(cluster.status()["scheduler"]["address"].startswith("tls://"))
            done = connect(cluster, variables_of(cluster))
            self.assertEqual(done.returncode, 0, done.stderr)


class Given(unittest.TestCase):
    def make_files(self, cluster):
        """A CA and a certificate as a user makes them, with the program openssl."""
        def openssl(*words):
            subprocess.run(["openssl", *words], cwd=cluster.dir, check=True, capture_output=True)
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=ca", "-keyout", "ca.key",
                "-out", "ca.pem")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=us", "-keyout", "us.key", "-out", "us.csr")
        openssl("x509", "-req", "-in", "us.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2", "-out", "us.pem")
        return {"ca_file": str(cluster.dir / "ca.pem"), "cert": str(cluster.dir / "us.pem"),
                "key": str(cluster.dir / "us.key")}

    def test_files_of_the_users_own(self):
        with Cluster() as cluster:
            files = self.make_files(cluster)
            cluster.configure(with_tls({**files, "key": files["key"] + "s"}))
            for verb in (("config", "check"), ("up",)):
                done = cluster.ctl(*verb, expect=2)
                self.assertIn(f"daskd.tls.key: there is no file {files['key']}s", done.stdout + done.stderr)
            wait_until(lambda: not marked(cluster.mark), 10, "nothing was started")

            cluster.configure(with_tls({**files, "key": str(cluster.dir / "ca.key")}))
            self.assertIn("is not the key of", cluster.ctl("config", "check", expect=2).stderr)

            cluster.configure(with_tls(files))
            cluster.ctl("config", "check")
            cluster.ctl("up")
            variables = variables_of(cluster)
            self.assertEqual(variables["DASK_DISTRIBUTED__COMM__TLS__CA_FILE"], files["ca_file"])
            done = connect(cluster, variables)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertFalse((cluster.state_dir / "tls").exists(), "nothing of ours is needed")

    def test_files_of_dasks_configuration(self):
        with Cluster() as cluster:
            files = self.make_files(cluster)
            pair = {"cert": files["cert"], "key": files["key"]}
            tls = {"ca-file": files["ca_file"], "scheduler": pair, "worker": pair, "client": pair}
            cluster.configure({**with_tls("on"), "distributed": {"comm": {"tls": tls}}})
            cluster.ctl("up")
            self.assertFalse((cluster.state_dir / "tls").exists())
            variables = {**variables_of(cluster), "DASK_CONFIG": str(cluster.config_file)}
            self.assertEqual(list(variables), ["DASK_SCHEDULER_ADDRESS", "DASK_CONFIG"])
            done = connect(cluster, variables)
            self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
