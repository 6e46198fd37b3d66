"""The Unix socket of the job runner: questions of daskd, answers and news. See PROTOCOL.md."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import traceback
from typing import Any, Optional

from daskd_agent import private_directory, unix_socket
from daskd_job_runner.operations import Operations
from daskd_job_runner.problem import Problem

LINE_BYTES = 4 << 20
LOOK_S = 5.0  # for a socket that was removed, while no daskd is there to say so
KEPT_NEWS = 1000  # while nobody is there to hear them


class Server:
    def __init__(self, path: str, listener: socket.socket) -> None:
        self._path = path
        self._listener = listener
        self._inode = os.stat(path).st_ino
        self._operations: Optional[Operations] = None
        self._peer: Optional[asyncio.StreamWriter] = None
        self._server: Optional[asyncio.AbstractServer] = None
        self._questions: dict[Any, asyncio.Task] = {}
        self._news: list[dict[str, Any]] = []
        self._watch: Optional[asyncio.Task] = None

    async def serve(self, operations: Operations) -> None:
        """From now on questions are answered."""
        self._operations = operations
        await self._listen()
        self._watch = asyncio.ensure_future(self._stay_found())

    def close(self) -> None:
        if unix_socket.is_at(self._path, self._inode):  # not the next one's
            os.unlink(self._path)

    def tell(self, job: str, before: str, after: str, text: str) -> None:
        news = {"event": "news", "kind": "job.state", "name": job, "from": before, "to": after, "text": text}
        if self._peer is None:
            self._news = [*self._news[-KEPT_NEWS:], news]
        else:
            self._send(self._peer, news)

    async def _listen(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, sock=self._listener, limit=LINE_BYTES)

    async def _stay_found(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            if self._peer is None:
                await self._listen_again()

    async def _listen_again(self) -> None:
        if self._server is None or os.path.exists(self._path):
            return
        private_directory.make(os.path.dirname(self._path))
        self._listener = unix_socket.listening(self._path)
        self._inode = os.stat(self._path).st_ino
        self._server.close()
        await self._listen()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not unix_socket.is_own_user(writer.get_extra_info("socket")):
            writer.close()
            return
        self._peer = writer  # a newer daskd takes the older one's place
        self._send(writer, {"event": "ready", "pid": os.getpid()})
        for news in self._news:
            self._send(writer, news)
        self._news = []
        try:
            while line := await reader.readline():
                await self._hear(writer, line)
        except (OSError, ValueError):
            pass
        finally:
            if self._peer is writer:
                self._peer = None
            writer.close()

    async def _hear(self, writer: asyncio.StreamWriter, line: bytes) -> None:
        try:
            message = json.loads(line)
            operation, number = message["op"], message.get("id")
        except (ValueError, KeyError, TypeError):
            return
        if operation == "listen":
            await self._listen_again()
        elif operation == "forget":
            task = self._questions.pop(number, None)
            if task is not None:
                task.cancel()
        else:
            task = asyncio.ensure_future(self._answer(writer, operation, number, message.get("params") or {}))
            self._questions[number] = task
            task.add_done_callback(lambda _done: self._questions.pop(number, None))

    async def _answer(self, writer: asyncio.StreamWriter, operation: str, number: Any, params: dict[str, Any]) -> None:
        reply: dict[str, Any] = {"event": "reply", "id": number}
        try:
            assert self._operations is not None
            reply["result"] = await self._operations.answer(operation, params)
        except Problem as problem:
            reply["error"] = {"code": problem.code, "text": problem.text, "hint": problem.hint}
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            reply["error"] = {"code": "failed", "text": f"{type(error).__name__}: {error}", "hint": "see: daskctl logs job-runner"}
        self._send(writer, reply)

    @staticmethod
    def _send(writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
        if not writer.is_closing():
            writer.write(json.dumps(message).encode() + b"\n")
