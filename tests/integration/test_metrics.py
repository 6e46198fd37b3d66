"""Metrics and health over HTTP: off unless configured, read-only, and as Prometheus' own tool wants them."""

import http.client
import os
import re
import signal
import socket
import stat
import subprocess
import unittest

from daskd_testing import Cluster, local
from waiting import wait_until


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class SocketConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=20)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def get(connection, target, method="GET"):
    connection.request(method, target)
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), answer.headers


def values(text, name):
    """Sample by its labels, without that of the cluster."""
    found = re.findall(rf'^{name}{{cluster="[^"]*",?([^}}]*)}} (\S+)$', text, re.M)
    return {labels: float(value) for labels, value in found}


def is_closed(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False


def is_served(connection):
    try:
        return get(connection, "/healthz")[0] == 200
    except (OSError, http.client.HTTPException):
        connection.close()
        return False


class Metrics(unittest.TestCase):
    def connect(self, connection):
        self.addCleanup(connection.close)
        return connection

    def test_life(self):
        port = free_port()
        config = local(workers=2)
        config["daskd"]["http"] = f"127.0.0.1:{port}"
        with Cluster(config) as cluster:
            cluster.ctl("daemon", "start")
            connection = self.connect(http.client.HTTPConnection("127.0.0.1", port, timeout=20))
            self.assertEqual(get(connection, "/healthz")[:2], (503, "down\n"))
            cluster.ctl("up")
            self.assertEqual(get(connection, "/healthz")[:2], (200, "running, 2 of 2 workers running\n"))

            os.kill(old := cluster.worker("local-0")["pid"], signal.SIGKILL)
            cluster.wait_replaced("local-0", old)
            status, text, headers = get(connection, "/metrics")
            self.assertEqual(status, 200)
            self.assertTrue(headers["Content-Type"].startswith("text/plain; version=0.0.4"))
            self.assertEqual(values(text, "daskd_worker_restarts_total")['pool="local",cause="signal"'], 1)
            self.assertEqual(values(text, "daskd_workers")['pool="local",state="running"'], 2)
            self.assertEqual(values(text, "daskd_worker_start_seconds_count")['pool="local"'], 3)
            self.assertGreater(values(text, "daskd_worker_start_seconds_sum")['pool="local"'], 0)
            self.assertGreater(values(text, "process_resident_memory_bytes")[""], 1e6)
            wait_until(lambda: len(values(get(connection, "/metrics")[1], "daskd_worker_memory_bytes")) == 2, 20,
                       "memory of both workers")
            with self.subTest("Prometheus' own tool has nothing to say"):
                checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
                self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))

            with self.subTest("read-only, and not upset by nonsense"):
                self.assertEqual(get(connection, "/metrics", "POST")[0], 405)
                self.assertEqual(get(connection, "/other")[0], 404)
                status, text, headers = get(connection, "/metrics", "HEAD")
                self.assertEqual((status, text), (200, ""))
                with socket.create_connection(("127.0.0.1", port), 20) as stranger:
                    stranger.sendall(b"\x16\x03\x01 what?\r\n\r\n")
                    self.assertIn(b"400", stranger.recv(1000))
                    self.assertEqual(stranger.recv(1000), b"")
                self.assertEqual(get(connection, "/healthz")[0], 200)

            with self.subTest("who holds connections open holds up no more than themselves"):
                idle = [socket.create_connection(("127.0.0.1", port), 20) for _ in range(40)]
                wait_until(lambda: sum(is_closed(one) for one in idle) >= 8, 20, "those that are too many are closed")
                self.assertEqual(get(connection, "/healthz")[0], 200)
                for one in idle:
                    one.close()
                later = self.connect(http.client.HTTPConnection("127.0.0.1", port, timeout=20))
                wait_until(lambda: is_served(later), 20, "there is room again")

            with self.subTest("a reload moves it to a socket of the user's own"):
                path = cluster.dir / "metrics.sock"
                config["daskd"]["http"] = str(path)
                cluster.configure(config)
                self.assertIn(f"127.0.0.1:{port} → {path}", cluster.ctl("reload").stdout)
                self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
                self.assertEqual(get(self.connect(SocketConnection(path)), "/healthz")[0], 200)
                with self.assertRaises(OSError):
                    socket.create_connection(("127.0.0.1", port), 5)

            with self.subTest("an address that is taken: the cluster runs, status says so, and it is mended"):
                with socket.socket() as taken:
                    taken.bind(("127.0.0.1", 0))
                    taken.listen()
                    address = f"127.0.0.1:{taken.getsockname()[1]}"
                    config["daskd"]["http"] = address
                    cluster.configure(config)
                    cluster.ctl("reload")
                    status = cluster.status()
                    self.assertEqual(status["state"], "running")
                    self.assertIn(f"cannot serve metrics at {address}: Address already in use", status["warnings"][0])
                wait_until(lambda: not cluster.status()["warnings"], 20, "served again")
                later = self.connect(http.client.HTTPConnection(address, timeout=20))
                self.assertEqual(get(later, "/healthz")[0], 200)

            with self.subTest("without the key it is off"):
                del config["daskd"]["http"]
                cluster.configure(config)
                cluster.ctl("reload")
                with self.assertRaises(OSError):
                    http.client.HTTPConnection(address, timeout=5).request("GET", "/")


if __name__ == "__main__":
    unittest.main()
