"""The Unix socket of the link: accepts peers, reads their questions, writes answers and events."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from typing import Any, Awaitable, Optional

from daskd_agent import private_directory, unix_socket
from daskd_scheduler_link import questions, silence, views
from daskd_scheduler_link.relays import REPORT, Relays

LIMIT_BYTES = 4 << 20  # unread by a peer: it is closed
LINE_BYTES = 1 << 20
LOOK_S = 5.0
FLUSH_S = 1.0  # how long the end of the scheduler waits for its last words to be read

Message = dict  # one JSON object


class Peer:
    """One connection. Writing never waits."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.watching: Optional[asyncio.Task] = None
        self.listening: Optional[asyncio.Task] = None  # for workers that fall silent

    def send(self, message: Message) -> None:
        transport = self._writer.transport
        if transport.is_closing():
            return
        self._writer.write(json.dumps(message, separators=(",", ":"), default=str).encode() + b"\n")
        if transport.get_write_buffer_size() > LIMIT_BYTES:
            transport.abort()

    async def flush(self) -> None:
        await self._writer.drain()

    def close(self) -> None:
        for task in (self.watching, self.listening):
            if task is not None:
                task.cancel()
        self._writer.close()


class LinkServer:
    """Serves until `stop`, in the scheduler's event loop."""

    def __init__(self, scheduler: Any, path: str, listener: socket.socket) -> None:
        self._scheduler = scheduler
        self._path = path
        self._listener = listener
        self._peers: set[Peer] = set()
        self._tasks: set[asyncio.Task] = set()  # the loop itself holds them only weakly
        self._server: Optional[asyncio.AbstractServer] = None
        self._inode = 0
        self._staying_found: Optional[asyncio.Task] = None
        self._relays = Relays(self.broadcast)
        scheduler.handlers[REPORT] = self._relays.report

    async def start(self) -> None:
        self._inode = os.stat(self._path).st_ino
        await self._listen()
        self._staying_found = self._keep(self._stay_found())

    async def _listen(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, sock=self._listener, limit=LINE_BYTES)

    async def _listen_again(self) -> None:
        """Make the socket again if it was removed: the next daskd could not find us."""
        if self._server is None or os.path.exists(self._path):  # one that is there may be the next scheduler's
            return
        private_directory.make(os.path.dirname(self._path))
        self._listener = unix_socket.listening(self._path)
        self._inode = os.stat(self._path).st_ino
        self._server.close()
        await self._listen()

    async def _stay_found(self) -> None:
        """While there is nobody to tell that the socket was removed."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                if not self._peers:
                    await self._listen_again()
            except OSError:
                pass  # no room in the directory, say: again at the next look

    async def stop(self) -> None:
        """Close everything; what was sent before has had a moment to be read."""
        if self._staying_found is not None:
            self._staying_found.cancel()
        if self._server is not None:
            self._server.close()
            self._server = None
        try:
            await asyncio.wait_for(self._say_last_words(), FLUSH_S)
        except asyncio.TimeoutError:
            pass
        for peer in list(self._peers):
            peer.close()
        try:
            if os.stat(self._path).st_ino == self._inode:  # not the next scheduler's
                os.unlink(self._path)
        except OSError:
            pass

    def broadcast(self, event: Message) -> None:
        for peer in list(self._peers):
            peer.send(event)

    def leave(self, event: Message) -> None:
        """Keep an event for a peer that is not there: a file beside the socket, `scheduler.closing`."""
        path = os.path.splitext(self._path)[0] + ".closing"
        try:
            with open(path + ".new", "w") as file:
                json.dump(event, file)
            os.replace(path + ".new", path)
        except OSError:
            pass  # the disk is full, say: the scheduler must end all the same

    async def _say_last_words(self) -> None:
        await asyncio.gather(*(peer.flush() for peer in self._peers), return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not unix_socket.is_own_user(writer.get_extra_info("socket")):
            writer.close()
            return
        peer = Peer(writer)
        # No await between the snapshot and joining: changes follow it without a gap.
        peer.send(views.snapshot(self._scheduler))
        for present in self._relays.present():
            peer.send(present)
        self._peers.add(peer)
        try:
            while line := await reader.readline():
                self._handle(peer, line)
        except (OSError, ValueError):  # reset, or a line beyond LINE_BYTES
            pass
        finally:
            self._peers.discard(peer)
            self._relays.left(peer)
            peer.close()

    def _handle(self, peer: Peer, line: bytes) -> None:
        try:
            message = json.loads(line)
            operation = message.get("op")
        except (ValueError, AttributeError):
            return
        if operation == "watch":
            self._watch(peer, message.get("interval_s"))
        elif operation == "listen":
            self._keep(self._listen_again())
        elif operation in ("relay_open", "relay", "relay_close"):
            self._relays.obey(peer, message)
        elif operation == "watch_silence":
            self._watch_silence(peer, message.get("after_s"))
        else:
            # A long one (retire) must not keep the peer's next question waiting.
            self._keep(self._answer(peer, message))

    def _watch(self, peer: Peer, interval_s: Optional[float]) -> None:
        if peer.watching is not None:
            peer.watching.cancel()
        peer.watching = self._keep(self._push_statistics(peer, interval_s)) if interval_s else None

    def _watch_silence(self, peer: Peer, after_s: Optional[float]) -> None:
        if peer.listening is not None:
            peer.listening.cancel()
        peer.listening = self._keep(silence.tell(self._scheduler, after_s, peer.send)) if after_s else None

    async def _push_statistics(self, peer: Peer, interval_s: float) -> None:
        while True:
            peer.send({"event": "statistics", **views.statistics(self._scheduler)})
            await asyncio.sleep(interval_s)

    async def _answer(self, peer: Peer, message: Message) -> None:
        reply: Message = {"event": "reply", "id": message.get("id")}
        try:
            reply["result"] = await questions.answer(self._scheduler, message)
        except Exception as error:
            reply["error"] = f"{type(error).__name__}: {error}"
        peer.send(reply)

    def _keep(self, work: Awaitable) -> asyncio.Task:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
