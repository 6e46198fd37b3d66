"""The tunnel's mouth on one host: whatever connects to a port of the cluster here comes out where that port is at home.

It outlives daskd, the SSH connection and the host agents: the connections that it carries wait until there is a way
again. It ends when it is told to, or when neither a daskd nor an agent of its directory is left.
"""

from __future__ import annotations

import collections
import errno
import glob
import json
import os
import resource
import selectors
import socket
import sys
from typing import Any, Optional

from daskd_agent import acceptor, facts, unix_socket
from daskd_agent.loop import Loop, Timer
from daskd_tunnel import frames
from daskd_tunnel.frames import Bytes, Kind
from daskd_tunnel.listeners import HERE, Listeners
from daskd_tunnel.stream import Stream

MOST_QUEUED = 1 << 20  # bytes to daskd that wait; streams stop reading beyond it
READ_BYTES = 512 << 10
BUFFERS_AT_ONCE = 64
ACK_PAUSE_S = 0.05
LOOK_S = 5.0  # alone: is there still an agent?


class Link:
    """The way to daskd, and by it to all other mouths. Owns the socket."""

    def __init__(self, mouth: Mouth, peer: socket.socket) -> None:
        self._mouth = mouth
        self._peer = peer
        self._reader = frames.Reader(self._on_frame)
        self._queue: collections.deque[Bytes] = collections.deque()
        self._queued = 0
        self._is_writing = False
        peer.setblocking(False)
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            peer.setsockopt(socket.SOL_SOCKET, option, MOST_QUEUED)
        mouth.loop.watch(peer, selectors.EVENT_READ, self._on_ready)

    @property
    def has_room(self) -> bool:
        return self._queued < MOST_QUEUED

    def send(self, *content: Bytes) -> None:
        for part in content:
            self._queue.append(part)
            self._queued += len(part)
        if not self._is_writing:
            self._write()

    def close(self) -> None:
        if self._peer.fileno() >= 0:
            self._mouth.loop.forget(self._peer)
            self._peer.close()
            self._mouth.on_link_end(self)

    def _on_frame(self, *frame: Any) -> None:
        self._mouth.use(self)
        self._mouth.on_frame(*frame)

    def _on_ready(self, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self._write()
        if events & selectors.EVENT_READ and self._peer.fileno() >= 0:
            self._read()

    def _read(self) -> None:
        try:
            data = self._peer.recv(READ_BYTES)
            if data:
                self._reader.take(data)
                return
        except BlockingIOError:
            return
        except (OSError, ValueError, KeyError, TypeError, frames.BadFrame) as error:
            print(f"daskd tunnel: the link ends: {error!r}", flush=True)
        self.close()

    def _write(self) -> None:
        had_room = self.has_room
        while self._queue:
            batch = [self._queue[n] for n in range(min(len(self._queue), BUFFERS_AT_ONCE))]
            try:
                count = self._peer.sendmsg(batch)
            except BlockingIOError:
                break
            except OSError:
                self.close()
                return
            self._queued -= count
            while count and count >= len(self._queue[0]):
                count -= len(self._queue.popleft())
            if count:
                self._queue[0] = memoryview(self._queue[0])[count:]
        if bool(self._queue) != self._is_writing:
            self._is_writing = bool(self._queue)
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._is_writing else 0)
            self._mouth.loop.watch(self._peer, wanted, self._on_ready)
        if self.has_room and not had_room:
            self._mouth.on_room()


class Mouth:
    def __init__(self, loop: Loop, door: socket.socket, path: str) -> None:
        self.loop = loop
        self._door = door
        self._path = path
        self._link: Optional[Link] = None
        self._peers: dict[str, int] = {}  # name -> its number on this link
        self._names: dict[int, str] = {}
        self._up: set[str] = set()
        self._patience: dict[str, Timer] = {}  # by peer that is away
        self._tolerance_s = 0.0
        self._listeners = Listeners(loop, self._carry)
        self._homes: dict[int, str] = {}  # port that listens here -> the peer where it is at home
        self._served: set[int] = set()  # ports that are at home here
        self._streams: dict[tuple[str, int], Stream] = {}
        self._waiting: set[Stream] = set()  # for room on the link
        self._owed: set[Stream] = set()  # acknowledgements
        self._paying: Optional[Timer] = None
        self._looking: Optional[Timer] = None
        self._is_ending = False

    def run(self) -> None:
        acceptor.accept(self.loop, self._door, self._greet)
        self._looking = self.loop.later(LOOK_S, self._look)
        self.loop.run()

    # For streams

    def send(self, kind: Kind, stream: Stream, offset: int, content: Bytes = b"") -> None:
        """Lost where there is no way: `on_up` begins again."""
        if self._link is None or stream.peer not in self._up:
            return
        header = frames.packed(kind, self._peers[stream.peer], stream.key, offset, len(content))
        self._link.send(*((header, content) if content else (header,)))

    def is_up(self, peer: str) -> bool:
        return peer in self._up

    def has_room_for(self, stream: Stream) -> bool:
        """If not, the stream is told when there is."""
        if self._link is not None and self._link.has_room:
            return True
        self._waiting.add(stream)
        return False

    def owe(self, stream: Stream) -> None:
        """It acknowledges soon: not each of many small pieces by itself."""
        self._owed.add(stream)
        if self._paying is None:
            self._paying = self.loop.later(ACK_PAUSE_S, self._pay)

    def forget(self, stream: Stream) -> None:
        self._streams.pop((stream.peer, stream.key), None)
        self._waiting.discard(stream)
        self._owed.discard(stream)

    def _pay(self) -> None:
        self._paying = None
        owed, self._owed = self._owed, set()
        for stream in owed:
            stream.acknowledge()

    def on_room(self) -> None:
        waiting, self._waiting = self._waiting, set()
        for stream in waiting:
            stream.watch()

    # The link

    def _greet(self, peer: socket.socket) -> None:
        if not unix_socket.is_own_user(peer):
            peer.close()
            return
        Link(self, peer)

    def use(self, link: Link) -> None:
        """It has spoken, so it comes from daskd: others connect only to see whether somebody listens."""
        if self._link is link:
            return
        if self._link is not None:
            self._link.close()
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        self._link = link
        link.send(frames.control({"event": "hello", "pid": os.getpid(), "loopback": loopback()}))

    def on_link_end(self, link: Link) -> None:
        if self._link is not link:
            return
        self._link = None
        for peer in list(self._up):
            self._on_down(peer)
        if self._looking is None:
            self._looking = self.loop.later(LOOK_S, self._look)

    def on_frame(self, kind: int, number: int, key: int, offset: int, content: memoryview) -> None:
        if kind == Kind.CONTROL:
            self._obey(json.loads(bytes(content)))
            return
        peer = self._names.get(number)
        if peer is None or peer not in self._up:
            return
        stream = self._streams.get((peer, key))
        if kind == Kind.OPEN:
            if stream is None:
                self._connect(peer, key, offset)
        elif stream is None:
            if kind not in (Kind.RESET, Kind.ACK) and self._link is not None:
                self._link.send(frames.packed(Kind.RESET, number, key, 0))
        elif kind == Kind.DATA:
            stream.on_data(offset, content)
        elif kind == Kind.ACK:
            stream.on_ack(offset)
        elif kind == Kind.FIN:
            stream.on_fin(offset)
        elif kind == Kind.RESUME:
            stream.on_resume(offset)
        elif kind == Kind.RESET:
            stream.on_reset()

    def _obey(self, order: dict[str, Any]) -> None:
        if self._is_ending:
            return
        if order["op"] == "routes":
            self._set_routes(order)
        elif order["op"] == "up":
            self._on_up(order["peer"])
        elif order["op"] == "down":
            self._on_down(order["peer"])
        elif order["op"] == "gone":
            self._give_up(order["peer"])
        elif order["op"] == "end":
            self._end()

    def _on_up(self, peer: str) -> None:
        self._up.add(peer)
        if peer in self._patience:
            self._patience.pop(peer).cancel()
        for stream in self._with(peer):
            stream.on_up()

    def _on_down(self, peer: str) -> None:
        self._up.discard(peer)
        self._be_patient(peer)
        for stream in self._with(peer):
            stream.on_down()

    def _be_patient(self, peer: str) -> None:
        if peer not in self._patience:
            self._patience[peer] = self.loop.later(self._tolerance_s, lambda: self._give_up(peer))

    def _give_up(self, peer: str) -> None:
        if peer in self._patience:
            self._patience.pop(peer).cancel()
        for stream in self._with(peer):
            stream.give_up()

    def _with(self, peer: str) -> list[Stream]:
        return [stream for stream in self._streams.values() if stream.peer == peer]

    # Ports

    def _set_routes(self, order: dict[str, Any]) -> None:
        """Answers with the ports that are not free here."""
        self._tolerance_s = order["tolerance_s"]
        self._peers = order["peers"]
        self._names = {number: name for name, number in self._peers.items()}
        self._served = set(order["serve"])
        self._homes = {int(port): home for port, home in order["listen"].items()}
        revision = order["revision"]
        may_come_free = order.get("shares") or self._has_neighbour()
        self._listeners.listen(self._homes, may_come_free, lambda failed: self._answer(revision, failed))

    def _answer(self, revision: int, failed: dict[int, str]) -> None:
        if self._link is not None:
            self._link.send(frames.control({"event": "listening", "revision": revision, "failed": failed}))

    def _carry(self, here: socket.socket, port: int) -> None:
        self._begin(here, self._homes[port], int.from_bytes(os.urandom(8), "big"), port, True)

    def _connect(self, peer: str, key: int, port: int) -> None:
        here = socket.socket()
        here.setblocking(False)
        if port not in self._served or here.connect_ex((HERE, port)) not in (0, errno.EINPROGRESS):
            here.close()
            if self._link is not None:
                self._link.send(frames.packed(Kind.RESET, self._peers[peer], key, 0))
            return
        self._begin(here, peer, key, None, False)

    def _begin(self, here: socket.socket, peer: str, key: int, port: Optional[int], is_connected: bool) -> None:
        here.setblocking(False)
        here.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = Stream(self, key, peer, here, port, is_connected)
        self._streams[peer, key] = stream
        if peer not in self._up:
            self._be_patient(peer)
        stream.begin()

    # The end

    def _look(self) -> None:
        """Without a daskd: as long as there is an agent, its processes may have connections."""
        self._looking = self.loop.later(LOOK_S, self._look)
        if not any(unix_socket.is_served(path) for path in self._beside("agent-*.sock")):
            self._end()

    def _has_neighbour(self) -> bool:
        """A mouth of this cluster for another name of this host."""
        return any(path != self._path and unix_socket.is_served(path) for path in self._beside("tunnel*.sock"))

    def _beside(self, pattern: str) -> list[str]:
        return glob.glob(os.path.join(glob.escape(os.path.dirname(self._path)), pattern))

    def _end(self) -> None:
        self._is_ending = True
        try:
            os.unlink(self._path)
        except OSError:
            pass  # it may have been removed
        self._listeners.close()  # before the link: then daskd has another mouth on this host listen
        for stream in list(self._streams.values()):
            stream.give_up()
        self.loop.stop()


def loopback() -> str:
    """Which 127.0.0.1 this is: that of other hosts is another one."""
    return f"{facts.boot_id()}/{os.stat('/proc/self/ns/net').st_ino}"


def main(path: str) -> None:
    """Be the mouth. Whoever starts it gives it its listening socket as standard input."""
    try:
        os.setsid()
    except OSError:
        pass  # it leads a session already
    door = unix_socket.inherited(0)
    if door is None:
        sys.exit("daskd tunnel: standard input is no listening socket")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    Mouth(Loop(), door, path).run()
