"""Files of daskd's own host that Dask's configuration names, such as keys: their contents come with `spawn`."""

from __future__ import annotations

import hashlib
import os
import shutil
from typing import Any


def directory_beside(socket_path: str) -> str:
    """Where an agent with this socket keeps them."""
    return os.path.splitext(socket_path)[0] + ".files"


def localized(message: dict[str, Any], directory: str) -> dict[str, Any]:
    """`message` without `files`: they are in `directory` now, and `dask_config` names them there. Raises OSError."""
    contents = message.get("files")
    if not contents:
        return message
    os.makedirs(directory, mode=0o700, exist_ok=True)
    paths = {path: _keep(directory, content.encode()) for path, content in contents.items()}
    rest = {key: value for key, value in message.items() if key != "files"}
    return {**rest, "dask_config": _with_paths(message.get("dask_config") or {}, paths)}


def remove(directory: str) -> None:
    shutil.rmtree(directory, ignore_errors=True)


def _keep(directory: str, content: bytes) -> str:
    """A file with this content, for our eyes only. One that is in use never changes: another content, another name."""
    path = os.path.join(directory, hashlib.sha256(content).hexdigest()[:32])
    if not os.path.exists(path):
        new = path + ".new"
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        os.rename(new, path)
    return path


def _with_paths(value: Any, paths: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _with_paths(member, paths) for key, member in value.items()}
    if isinstance(value, list):
        return [_with_paths(member, paths) for member in value]
    return paths.get(value, value) if isinstance(value, str) else value
