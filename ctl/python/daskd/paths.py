"""Where the files of a cluster are: the same rules as daskctl's."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Mapping, Optional

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


def cluster_name(name: Optional[str] = None, environment: Optional[Mapping[str, str]] = None) -> str:
    """`name`, else $DASKD_CLUSTER, else "default".

    >>> cluster_name(environment={})
    'default'
    >>> cluster_name("lab/1")
    Traceback (most recent call last):
        ...
    ValueError: 'lab/1' is no cluster name: use 1 to 64 letters, digits, '.', '_' or '-'
    """
    environment = os.environ if environment is None else environment
    chosen = name or environment.get("DASKD_CLUSTER") or "default"
    if not _NAME.fullmatch(chosen) or chosen in (".", ".."):
        raise ValueError(f"{chosen!r} is no cluster name: use 1 to 64 letters, digits, '.', '_' or '-'")
    return chosen


def control_socket(name: str, environment: Optional[Mapping[str, str]] = None) -> Path:
    """The socket that daskd listens on.

    >>> control_socket("lab", {"DASKD_RUNTIME_DIR": "/run/mine"})
    PosixPath('/run/mine/control.sock')
    """
    environment = os.environ if environment is None else environment
    directory = environment.get("DASKD_RUNTIME_DIR") or f"/tmp/daskd-{os.getuid()}/{name}"
    return Path(os.path.abspath(directory)) / "control.sock"


def clusters_here() -> list[str]:
    """The names of all clusters whose daskd may be running."""
    if os.environ.get("DASKD_RUNTIME_DIR"):
        return [cluster_name()]
    try:
        return sorted(entry.name for entry in os.scandir(f"/tmp/daskd-{os.getuid()}") if _NAME.fullmatch(entry.name))
    except OSError:
        return []
