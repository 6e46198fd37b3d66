"""cluster.subscribe: the cluster as it changes, for whoever watches it."""

import json
import os
import signal
import socket
import unittest

from daskd_testing import Cluster, RpcError, local


class Subscriber:
    """A connection that has subscribed."""

    def __init__(self, cluster, **params):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(30)
        self._socket.connect(str(cluster.runtime_dir / "control.sock"))
        request = {"jsonrpc": "2.0", "id": 1, "method": "cluster.subscribe", "params": params}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        self._lines = self._socket.makefile()
        self.first = json.loads(self._lines.readline())["result"]

    def next(self):
        message = json.loads(self._lines.readline())
        assert message["method"] == "status", message
        return message["params"]

    def wait_for(self, condition):
        """The first status for which it holds; the socket's timeout is the deadline."""
        while not condition(status := self.next()):
            pass
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._lines.close()
        self._socket.close()


class Subscribe(unittest.TestCase):
    def test_life(self):
        with Cluster(local(workers=2)) as cluster:
            cluster.ctl("daemon", "start")
            with Subscriber(cluster, interval_s=3600) as seldom, Subscriber(cluster, interval_s=0.1) as often:
                self.assertEqual(seldom.first["state"], "down")
                cluster.ctl("up")
                with self.subTest("who wants few figures hears of every change all the same"):
                    seldom.wait_for(lambda status: status["state"] == "running")
                    os.kill(cluster.worker("local-0")["pid"], signal.SIGKILL)
                    seen = seldom.wait_for(lambda status: status["summary"]["running"] == 2
                                           and any(worker["restarts"] for worker in status["workers"]))
                    self.assertEqual(next(w for w in seen["workers"] if w["restarts"])["last_exit"]["signal"], "SIGKILL")
                with self.subTest("and who wants many gets them while nothing happens"):
                    often.wait_for(lambda status: all(worker["memory_bytes"] for worker in status["workers"])
                                   and status["summary"]["running"] == 2)
                    uptimes = [often.next()["scheduler"]["uptime_s"] for _ in range(5)]
                    self.assertEqual(uptimes, sorted(set(uptimes)))
                with self.subTest("one that does not read is no burden, and is shown the present when it reads"):
                    for _ in range(3):
                        cluster.ctl("restart-worker", "local-0")
                    cluster.ctl("down")
                seldom.wait_for(lambda status: status["state"] == "down")
            with self.assertRaises(RpcError):
                cluster.rpc("cluster.subscribe", {"intervall_s": 1})


if __name__ == "__main__":
    unittest.main()
