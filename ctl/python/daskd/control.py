"""Calls of daskd's control socket: JSON-RPC, one text a line."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
from pathlib import Path
from typing import Any, Optional

from daskd.errors import TIMED_OUT, DaskdError, NoDaemon
from daskd.paths import control_socket

PATIENCE_S = 30.0  # for an answer that needs no waiting
LINE_LIMIT = 64 << 20


class Control:
    """The daskd of one cluster. Each call has a connection of its own, so an object may be shared by threads."""

    def __init__(self, cluster: str) -> None:
        self.cluster = cluster
        self.path: Path = control_socket(cluster)

    def call(self, method: str, timeout: Optional[float] = PATIENCE_S, **params: Any) -> Any:
        """The result of `method`. Raises DaskdError: NoDaemon where none answers within `timeout` seconds."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout)
            try:
                connection.connect(str(self.path))
                self._check_owner(connection)
                connection.sendall(_request(method, params))
                with connection.makefile("rb") as lines:
                    line = lines.readline()
            except OSError as error:
                raise self._no_daemon(error) from None
        return self._result(line)

    async def acall(self, method: str, **params: Any) -> Any:
        """The same for coroutines; without a time limit, since it can be cancelled."""
        try:
            reader, writer = await asyncio.open_unix_connection(str(self.path), limit=LINE_LIMIT)
        except OSError as error:
            raise self._no_daemon(error) from None
        try:
            self._check_owner(writer.get_extra_info("socket"))
            writer.write(_request(method, params))
            line = await reader.readline()
        except OSError as error:
            raise self._no_daemon(error) from None
        finally:
            writer.close()
        return self._result(line)

    def _check_owner(self, connection: Any) -> None:
        size = struct.calcsize("3i")
        _pid, uid, _gid = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
        if uid != os.getuid():
            raise DaskdError(f"the process that listens on {self.path} belongs to another user",
                             "set DASKD_RUNTIME_DIR to a directory of your own")

    def _no_daemon(self, error: OSError) -> NoDaemon:
        if isinstance(error, (FileNotFoundError, NotADirectoryError, ConnectionRefusedError)):
            return NoDaemon(f"no daskd runs for cluster '{self.cluster}'", "start it with: daskctl up")
        return NoDaemon(f"daskd does not answer on {self.path}: {error or type(error).__name__}", "see: daskctl status")

    def _result(self, line: bytes) -> Any:
        if not line.endswith(b"\n"):
            raise NoDaemon("daskd has closed the connection", "its log says why: daskctl logs daskd")
        reply = json.loads(line)
        if "error" not in reply:
            return reply["result"]
        error = reply["error"]
        raise DaskdError(error["message"], (error.get("data") or {}).get("hint", ""), error["code"])


def is_time_out(error: DaskdError) -> bool:
    return error.code == TIMED_OUT


def _request(method: str, params: dict[str, Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode() + b"\n"
