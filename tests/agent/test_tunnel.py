"""Two mouths of a tunnel, and between them a daskd that loses the links: what is carried comes out whole."""

from __future__ import annotations

import hashlib
import json
import os
import random
import select
import socket
import subprocess
import sys
import threading
import time
import unittest
from typing import Any, Callable, Optional

import support

sys.path.insert(0, f"{support.ROOT}/daemon/tunnel")
import frames  # noqa: E402

HOME = "home"  # where the port is served
AWAY = "away"  # where it is listened on
NUMBERS = {HOME: 7, AWAY: 3}
TOLERANCE_S = 30.0
QUICK_S = 0.3


class Junction:
    """daskd's part: passes frames on, in a thread. Both mouths share one loopback here, so the port that is listened on
    cannot be the one that is served: `ports` says which it is at home."""

    def __init__(self, paths: dict[str, str], listen: int, serve: int, tolerance_s: float = TOLERANCE_S) -> None:
        self._paths = paths
        self._listen, self._serve = listen, serve
        self.tolerance_s = tolerance_s
        self.shares = False
        self._links: dict[str, socket.socket] = {}
        self._readers: dict[str, frames.Reader] = {}
        self.events: dict[str, list[dict]] = {HOME: [], AWAY: []}
        self.lost = 0
        self.loses: Callable[[], bool] = lambda: False
        self._lock = threading.RLock()
        self._is_running = True
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        self._is_running = False
        self._thread.join()
        for name in list(self._links):
            self.cut(name)

    def connect(self, name: str, listen: Optional[dict[int, str]] = None) -> None:
        """The link of `name` is there, again."""
        link = socket.socket(socket.AF_UNIX)
        link.connect(self._paths[name])
        with self._lock:
            self._links[name] = link
            self._readers[name] = frames.Reader(lambda *frame: self._pass_on(name, *frame))
            self.tell(name, op="routes", revision=1, peers=NUMBERS, tolerance_s=self.tolerance_s, shares=self.shares,
                      listen={self._listen: HOME} if listen is None and name == AWAY else listen or {},
                      serve=[self._serve] if name == HOME else [])
            self.announce(name)

    def announce(self, name: str) -> None:
        for other in self._links:
            if other != name:
                self.tell(other, op="up", peer=name)
                self.tell(name, op="up", peer=other)

    def cut(self, name: str) -> None:
        """The link is lost, with whatever is under way."""
        with self._lock:
            self._links.pop(name).close()
            for other in self._links:
                self.tell(other, op="down", peer=name)

    def tell(self, name: str, **order: Any) -> None:
        with self._lock:
            self._links[name].sendall(frames.control(order))

    def _pass_on(self, name: str, kind: int, peer: int, stream: int, offset: int, content: memoryview) -> None:
        if kind == frames.Kind.CONTROL:
            self.events[name].append(json.loads(bytes(content)))
            return
        other = next(key for key, number in NUMBERS.items() if number == peer)
        if other not in self._links or self.loses():
            self.lost += 1
            return
        if kind == frames.Kind.OPEN and offset == self._listen:
            offset = self._serve
        self._links[other].sendall(frames.packed(kind, NUMBERS[name], stream, offset, len(content)) + content)

    def _run(self) -> None:
        while self._is_running:
            with self._lock:
                links = dict(self._links)
            try:
                ready, _, _ = select.select(list(links.values()), [], [], 0.02) if links else (time.sleep(0.01), [], [])
            except (OSError, ValueError):
                continue  # one was cut just now
            with self._lock:
                for name, link in links.items():
                    if link in (ready or []) and self._links.get(name) is link:
                        self._readers[name].take(link.recv(1 << 18))


class Tunnel(support.AgentCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.server.close)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.mouths = {name: self.start_mouth(name) for name in (HOME, AWAY)}
        self.junction = self.make_junction()

    def make_junction(self, **options: Any) -> Junction:
        junction = Junction({name: self.path(f"{name}/tunnel.sock") for name in NUMBERS}, self.port,
                            self.server.getsockname()[1], **options)
        self.addCleanup(junction.close)
        return junction

    def start_mouth(self, name: str) -> subprocess.Popen:
        os.mkdir(self.path(name))
        with socket.socket(socket.AF_UNIX) as door, open(self.path(f"{name}.log"), "ab") as log:
            door.bind(self.path(f"{name}/tunnel.sock"))
            door.listen()
            mouth = subprocess.Popen([sys.executable, self.program, "mouth", self.path(f"{name}/tunnel.sock")], stdin=door,
                                     stdout=log, stderr=log)
        self.addCleanup(mouth.wait)
        self.addCleanup(mouth.kill)
        return mouth

    def connect_both(self) -> None:
        for name in NUMBERS:
            self.junction.connect(name)
        support.wait_until(lambda: any(e["event"] == "listening" for e in self.junction.events[AWAY]), "the port")

    def call(self) -> tuple[socket.socket, socket.socket]:
        """A connection through the tunnel: its two ends."""
        ours = socket.create_connection(("127.0.0.1", self.port), timeout=support.DEADLINE_S)
        self.server.settimeout(support.DEADLINE_S)
        theirs, _ = self.server.accept()
        theirs.settimeout(support.DEADLINE_S)
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        return ours, theirs

    def answer(self) -> dict:
        """What AWAY says of its ports."""
        def told() -> list[dict]:
            return [event for event in self.junction.events[AWAY] if event["event"] == "listening"]
        return support.wait_until(told, "the answer")[0]

    def test_bytes_and_ends_of_both_directions(self) -> None:
        self.connect_both()
        ours, theirs = self.call()
        ours.sendall(b"there")
        ours.shutdown(socket.SHUT_WR)
        self.assertEqual(read_all(theirs), b"there")
        theirs.sendall(b"and back")
        theirs.close()
        self.assertEqual(read_all(ours), b"and back")
        hello = self.junction.events[HOME][0]
        self.assertEqual((hello["event"], hello["pid"]), ("hello", self.mouths[HOME].pid))
        self.assertEqual(hello["loopback"], self.junction.events[AWAY][0]["loopback"])

    def test_what_is_carried_survives_lost_links_and_lost_frames(self) -> None:
        self.connect_both()
        dice = random.Random(self.id())
        flows = []
        for _ in range(3):
            ours, theirs = self.call()
            flows += [Flow(ours, theirs), Flow(theirs, ours)]
        for round in range(12):
            name = dice.choice([HOME, AWAY])
            time.sleep(dice.uniform(0, 0.1))
            if round % 3 == 2:  # the junction has had to drop some
                self.junction.loses = lambda: dice.random() < 0.5
                time.sleep(0.05)
                self.junction.loses = lambda: False
                with self.junction._lock:
                    self.junction.announce(name)
            else:
                self.junction.cut(name)
                time.sleep(dice.uniform(0, 0.1))
                self.junction.connect(name)
        for flow in flows:
            flow.stop()
        for flow in flows:
            self.assertEqual(flow.received(), flow.sent())
        self.assertGreater(self.junction.lost, 0)

    def test_a_daskd_that_is_replaced(self) -> None:
        self.connect_both()
        ours, theirs = self.call()
        ours.sendall(b"one")
        self.assertEqual(theirs.recv(10), b"one")
        self.junction.close()
        ours.sendall(b"two")
        self.junction = self.make_junction()
        self.connect_both()
        self.assertEqual(theirs.recv(10), b"two")

    def test_a_reader_that_does_not_read_stops_the_writer(self) -> None:
        self.connect_both()
        ours, theirs = self.call()
        ours.setblocking(False)
        sent = 0
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            try:
                sent += ours.send(b"x" * 65536)
                deadline = time.monotonic() + 0.5
            except BlockingIOError:
                time.sleep(0.01)
        self.assertLess(sent, 24 << 20)  # both windows, and what the kernel holds
        for name in NUMBERS:
            self.assertLess(memory_of(self.mouths[name].pid), 60 << 20)
        # Others go on.
        more, its = self.call()
        more.sendall(b"hello")
        self.assertEqual(its.recv(10), b"hello")
        ours.setblocking(True)
        ours.close()
        self.assertEqual(len(read_all(theirs)), sent)

    def test_nobody_listens_at_home(self) -> None:
        self.connect_both()
        self.server.close()
        ours = socket.create_connection(("127.0.0.1", self.port), timeout=support.DEADLINE_S)
        with ours, self.assertRaises(ConnectionResetError):
            ours.recv(1)

    def test_an_end_by_reset_is_one_at_the_other_end(self) -> None:
        self.connect_both()
        ours, theirs = self.call()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        theirs.close()
        with self.assertRaises(ConnectionResetError):
            while ours.recv(1):
                pass

    def test_a_peer_that_stays_away_is_given_up(self) -> None:
        self.junction.tolerance_s = QUICK_S
        self.connect_both()
        ours, theirs = self.call()
        self.junction.cut(HOME)
        for end in (ours, theirs):
            with self.assertRaises(ConnectionResetError):
                end.recv(1)
        self.junction.connect(HOME)
        ours, theirs = self.call()
        theirs.sendall(b"again")
        self.assertEqual(ours.recv(10), b"again")

    def test_a_peer_that_is_gone_for_good_is_not_waited_for(self) -> None:
        self.connect_both()
        ours, theirs = self.call()
        self.junction.cut(HOME)
        self.junction.tell(AWAY, op="gone", peer=HOME)
        with self.assertRaises(ConnectionResetError):
            ours.recv(1)
        self.junction.connect(HOME)
        ours, theirs = self.call()
        theirs.sendall(b"again")
        self.assertEqual(ours.recv(10), b"again")

    def test_a_port_that_is_taken_is_told(self) -> None:
        taken = self.server.getsockname()[1]
        self.junction.connect(AWAY, {taken: HOME})
        expected = {"event": "listening", "revision": 1, "failed": {str(taken): "Address already in use"}}
        self.assertEqual(self.answer(), expected)

    def test_a_port_that_is_given_back_in_time_is_had(self) -> None:
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            port = holder.getsockname()[1]
            self.junction.shares = True
            self.junction.connect(AWAY, {port: HOME})
            support.wait_until(lambda: self.junction.events[AWAY], "its hello")
            time.sleep(QUICK_S)  # time enough to give up, had it not been told that the port may come free
            self.assertEqual([e["event"] for e in self.junction.events[AWAY]], ["hello"])
        self.assertEqual(self.answer()["failed"], {})

    def test_who_only_looks_whether_it_is_there_takes_nothing_over(self) -> None:
        self.connect_both()
        ours, theirs = self.call()
        for _ in range(3):
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(self.path(f"{HOME}/tunnel.sock"))
            ours.sendall(b"still")
            self.assertEqual(theirs.recv(10), b"still")
        self.assertEqual([e["event"] for e in self.junction.events[HOME]].count("hello"), 1)

    def test_it_ends_when_it_is_told(self) -> None:
        self.connect_both()
        _, theirs = self.call()
        self.junction.tell(HOME, op="end")
        with self.assertRaises(ConnectionResetError):
            theirs.recv(1)
        self.mouths[HOME].wait(support.DEADLINE_S)
        self.assertFalse(os.path.exists(self.path(f"{HOME}/tunnel.sock")))

    def test_it_ends_when_neither_daskd_nor_agent_is_left(self) -> None:
        with socket.socket(socket.AF_UNIX) as agent:
            agent.bind(self.path(f"{HOME}/agent-1.sock"))
            agent.listen(16)
            self.mouths[AWAY].wait(support.DEADLINE_S)  # nobody ever came
            self.assertIsNone(self.mouths[HOME].poll())
        self.mouths[HOME].wait(support.DEADLINE_S)

    def test_garbage_ends_the_link_alone(self) -> None:
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(self.path(f"{HOME}/tunnel.sock"))
            link.sendall(b"\xff" * 100)
            self.assertEqual(read_all(link), b"")
        self.connect_both()
        self.call()


class Flow:
    """Sends random pieces from one end to the other until it is stopped."""

    def __init__(self, source: socket.socket, sink: socket.socket) -> None:
        self._is_stopped = False
        self._hashes: dict[str, str] = {}
        self._threads = [threading.Thread(target=self._send, args=(source,)), threading.Thread(target=self._receive, args=(sink,))]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._is_stopped = True

    def sent(self) -> Optional[str]:
        self._threads[0].join(support.DEADLINE_S)
        return self._hashes.get("sent")

    def received(self) -> Optional[str]:
        self._threads[1].join(support.DEADLINE_S)
        return self._hashes.get("received")

    def _send(self, source: socket.socket) -> None:
        digest, count = hashlib.md5(), 0
        while not self._is_stopped:
            piece = os.urandom(random.choice([1, 100, 5000, 200_000]))
            source.sendall(piece)
            digest.update(piece)
            count += len(piece)
        source.shutdown(socket.SHUT_WR)
        self._hashes["sent"] = f"{count} {digest.hexdigest()}"

    def _receive(self, sink: socket.socket) -> None:
        digest, count = hashlib.md5(), 0
        while piece := sink.recv(1 << 16):
            digest.update(piece)
            count += len(piece)
        self._hashes["received"] = f"{count} {digest.hexdigest()}"


def read_all(end: socket.socket) -> bytes:
    pieces = []
    while piece := end.recv(1 << 16):
        pieces.append(piece)
    return b"".join(pieces)


def memory_of(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


if __name__ == "__main__":
    unittest.main()
