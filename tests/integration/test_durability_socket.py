"""The control socket: who may come, what nonsense costs, and that it is there again when it was lost."""

import json
import os
import resource
import select
import shutil
import signal
import socket
import stat
import subprocess
import time
import unittest

from daskd_testing import Cluster, RpcError, local
from waiting import wait_until

NOBODY = 65534


def request(method="daemon.info", number=1, **params):
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n"


class Running(unittest.TestCase):
    """One cluster for all cases: what a bad client does must not be noticed by the next."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.enterClassContext(Cluster(local(workers=1)))
        cls.cluster.ctl("up")
        cls.path = cls.cluster.runtime_dir / "control.sock"
        cls.identities = cls.cluster.identities()

    def setUp(self):
        self.good = self.connect()

    def tearDown(self):
        self.assertEqual(self.ask(self.good)["result"]["cluster"], "default", "others do not notice")
        self.assertEqual(self.cluster.identities(), self.identities)

    def connect(self):
        client = socket.socket(socket.AF_UNIX)
        self.addCleanup(client.close)
        client.settimeout(20)
        client.connect(str(self.path))
        return client

    def ask(self, client, line=None):
        client.sendall(line or request())
        return self.reply(client)

    def reply(self, client):
        """The next line as JSON; None at the end of the connection."""
        received = b""
        while not received.endswith(b"\n"):
            try:
                piece = client.recv(1)  # no byte of the next line
            except ConnectionResetError:
                return None
            if not piece:
                return None
            received += piece
        return json.loads(received)

    def test_is_private(self):
        for path, mode in ((self.path, 0o600), (self.cluster.runtime_dir, 0o700), (self.cluster.state_dir, 0o700)):
            status = os.stat(path)
            self.assertEqual((stat.S_IMODE(status.st_mode), status.st_uid), (mode, os.getuid()), path)

    @unittest.skipUnless(os.getuid() == 0, "needs root, to become somebody else")
    def test_another_user_is_refused(self):
        program = ("import socket, sys\nclient = socket.socket(socket.AF_UNIX)\nclient.connect(sys.argv[1])\n"
                   "try:\n client.sendall(sys.argv[2].encode() + b'\\n')\n print(client.recv(100))\n"
                   "except (BrokenPipeError, ConnectionResetError): print(b'')\n")
        opened = [self.cluster.dir, self.cluster.runtime_dir, self.path]
        before = [stat.S_IMODE(os.stat(path).st_mode) for path in opened]
        for path in opened:
            os.chmod(path, 0o777)  # the file system lets it in: the peer's uid does not
        try:
            words = ["setpriv", "--reuid", str(NOBODY), "--clear-groups", "/usr/bin/python3", "-c", program]
            done = subprocess.run([*words, str(self.path), request().decode()], capture_output=True, text=True,
                                  timeout=20)
        finally:
            for path, mode in zip(opened, before):
                os.chmod(path, mode)
        self.assertEqual((done.returncode, done.stdout), (0, "b''\n"), done.stderr)

    def test_a_line_of_a_gibibyte(self):
        client = self.connect()
        sent, block = 0, b"x" * (1 << 20)
        try:
            while sent < 1 << 30:
                sent += client.send(block)
        except OSError:
            pass
        self.assertLess(sent, 8 << 20, "refused long before its end")
        self.assertLess(self.ask(self.good)["result"]["rss_bytes"], 100 << 20)

    def test_nesting(self):
        client = self.connect()
        for depth in (65, 500_000):
            refused = self.ask(client, b"[" * depth + b"]" * depth + b"\n")
            self.assertEqual(refused["error"]["code"], -32700)
        self.assertIn("result", self.ask(client))

    def test_half_a_line(self):
        client = self.connect()
        begin = time.monotonic()
        client.sendall(request()[:-5])
        self.assertIn("5 s", self.reply(client)["error"]["message"])
        self.assertGreater(time.monotonic() - begin, 4)
        self.assertIsNone(self.reply(client))

    def test_numbers_that_do_not_fit(self):
        for value in (4294967298, 2.5, -1, 1e300, "2"):
            with self.subTest(value), self.assertRaises(RpcError) as refused:
                self.cluster.rpc("pool.scale", {"pools": {"local": value}})
            self.assertEqual(refused.exception.code, -32602)
        self.assertEqual(self.cluster.status()["summary"]["desired"], 1)

    def test_a_client_that_never_reads(self):
        client = self.connect()
        client.settimeout(1)
        line = request("cluster.status")
        begin = time.monotonic()
        try:
            while time.monotonic() - begin < 30:
                try:
                    client.sendall(line * 100)
                except TimeoutError:
                    pass  # not read any more: the kernel holds what is too much
        except OSError:
            pass
        self.assertLess(time.monotonic() - begin, 25, "closed")
        self.assertLess(self.ask(self.good)["result"]["rss_bytes"], 100 << 20)

    def test_a_thousand_clients(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        before = self.ask(self.good)["result"]["rss_bytes"]
        clients = [self.connect() for _ in range(1000)]
        for number, client in enumerate(clients):
            client.sendall(request("cluster.status", number))
        for number, client in enumerate(clients):
            self.assertEqual(self.reply(client)["id"], number)
        self.assertLess(self.ask(self.good)["result"]["rss_bytes"] - before, 30 << 20)
        self.cluster.ctl("status")

    def test_deleted_and_there_again(self):
        follower = self.enterContext(self.cluster.start_ctl("events", "-f"))
        for _ in range(3):
            inode = self.path.stat().st_ino
            self.path.unlink()
            wait_until(lambda: self.path.exists() and self.path.stat().st_ino != inode, 5, "a new socket")
            self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)
            self.cluster.ctl("status")
        self.assertIsNone(follower.process.poll(), "who was connected stays so")
        self.path.rename(self.path.with_suffix(".moved"))
        wait_until(self.path.exists, 5, "a new socket")
        self.path.with_suffix(".moved").unlink()
        self.cluster.ctl("status")

    def test_descriptors_used_up(self):
        """Further clients wait, those that are there are served, and a worker is restarted all the same."""
        pid = self.cluster.daemon_pid()
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        self.assertEqual(limits[0], limits[1], "daskd takes what it may have")
        in_use = len(os.listdir(f"/proc/{pid}/fd"))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (in_use + 60, limits[1]))
        try:
            clients = [self.connect() for _ in range(100)]
            for client in clients:
                client.sendall(request())
            served = wait_until(lambda: select.select(clients, [], [], 0)[0], 10, "answers")
            time.sleep(0.5)
            served = select.select(clients, [], [], 0)[0]
            self.assertLess(len(served), 70)
            self.assertIn("result", self.ask(self.good))
            self.assertLess(len(os.listdir(f"/proc/{pid}/fd")), in_use + 60, "some are kept")
            worker = self.identities["local-0"][0]
            os.kill(worker, signal.SIGKILL)

            def replaced():
                workers = self.ask(self.good, request("cluster.status"))["result"]["workers"]
                return workers[0]["state"] == "running" and workers[0]["pid"] != worker

            wait_until(replaced, 20, "the worker replaced")
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        for client in clients:
            self.assertIn("result", self.reply(client), "all are served in the end")
        type(self).identities = self.cluster.identities()

    def test_workers_get_the_limit_that_daskd_was_given(self):
        ours = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.assertEqual(resource.prlimit(self.identities["local-0"][0], resource.RLIMIT_NOFILE), ours)


class Places(unittest.TestCase):
    def refused(self, cluster, *texts):
        done = cluster.ctl("up", expect=1)
        for text in texts:
            self.assertIn(text, done.stderr)
        cluster.wait_nothing_left()

    def test_a_link_in_the_place_of_the_directory(self):
        with Cluster(local()) as cluster:
            (cluster.dir / "elsewhere").mkdir(mode=0o700)
            cluster.runtime_dir.symlink_to(cluster.dir / "elsewhere")
            self.refused(cluster, "as a directory", "DASKD_RUNTIME_DIR")
            self.assertEqual(os.listdir(cluster.dir / "elsewhere"), [])

    @unittest.skipUnless(os.getuid() == 0, "needs root, to make what is somebody else's")
    def test_a_directory_of_somebody_else(self):
        for variable in ("DASKD_RUNTIME_DIR", "DASKD_STATE_DIR"):
            with self.subTest(variable), Cluster(local()) as cluster:
                place = cluster.dir / "theirs"
                place.mkdir(mode=0o700)
                os.chown(place, NOBODY, NOBODY)
                cluster.env[variable] = str(place)
                self.refused(cluster, "belongs to another user", variable)

    @unittest.skipUnless(os.getuid() == 0, "needs root, to become somebody else")
    def test_a_socket_of_somebody_else(self):
        program = ("import os, socket, sys, time\nserver = socket.socket(socket.AF_UNIX)\nserver.bind(sys.argv[1])\n"
                   "os.chmod(sys.argv[1], 0o777)\nserver.listen()\nprint('ready', flush=True)\ntime.sleep(60)\n")
        with Cluster(local()) as cluster:
            cluster.dir.chmod(0o755)
            cluster.runtime_dir.mkdir()
            cluster.runtime_dir.chmod(0o777)
            words = ["setpriv", "--reuid", str(NOBODY), "--clear-groups", "/usr/bin/python3", "-c", program]
            with subprocess.Popen([*words, str(cluster.runtime_dir / "control.sock")], stdout=subprocess.PIPE) as theirs:
                try:
                    self.assertEqual(theirs.stdout.readline(), b"ready\n")
                    done = cluster.ctl("status", expect=None)
                finally:
                    theirs.kill()
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("belongs to another user", done.stderr)
            shutil.rmtree(cluster.runtime_dir)

    def test_a_stale_socket_and_another_file(self):
        with Cluster(local(workers=1)) as cluster:
            cluster.runtime_dir.mkdir(mode=0o700)
            path = cluster.runtime_dir / "control.sock"
            with socket.socket(socket.AF_UNIX) as stale:
                stale.bind(str(path))
            cluster.ctl("up")
            cluster.ctl("down")
            cluster.wait_nothing_left()
            path.write_text("precious")
            done = cluster.ctl("up", expect=1)
            self.assertIn("is no socket", done.stderr)
            self.assertEqual(path.read_text(), "precious")
            path.unlink()

    def test_the_longest_path(self):
        with Cluster(local(workers=1)) as cluster:
            longest = 107 - len("/scheduler.sock.4194304")
            for length, code in ((longest, 0), (longest + 1, 2)):
                with self.subTest(length):
                    name = "x" * (length - len(str(cluster.dir)) - 1)
                    cluster.env["DASKD_RUNTIME_DIR"] = str(cluster.dir / name)
                    self.assertEqual(len(cluster.env["DASKD_RUNTIME_DIR"]), length)
                    done = cluster.ctl("up", expect=code)
                    if code:
                        self.assertIn("107 bytes", done.stderr)
                    else:
                        cluster.ctl("status")
                        cluster.ctl("down")


if __name__ == "__main__":
    unittest.main()
