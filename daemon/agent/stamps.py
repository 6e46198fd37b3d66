"""Whether what was imported is still what is installed (`pip install -U` beneath a running agent)."""

from __future__ import annotations

import os
import sys
from typing import Iterable, Optional

Stamps = dict  # path: modification time in ns, None if there is no such file


def taken(modules: Iterable[str]) -> Stamps:
    """Stamps of the places that an installation touches, and of the named modules' files."""
    # Installing, upgrading and removing a package all change the names in its site-packages directory.
    paths = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    for name in ("dask", "distributed", *modules):
        file = getattr(sys.modules.get(name), "__file__", None)
        if file:
            paths.append(file)
    return {path: _stamp(path) for path in paths}


def have_changed(stamps: Stamps) -> bool:
    return any(_stamp(path) != stamp for path, stamp in stamps.items())


def _stamp(path: str) -> Optional[int]:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None
