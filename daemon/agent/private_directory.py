"""Directories that are closed to other users, as daskd demands of its own."""

from __future__ import annotations

import os


def make(path: str) -> None:
    """Create `path` and its parents, each with mode 0700; what is there already is left as it is. Raises OSError."""
    before = os.umask(0o077)  # os.makedirs gives its mode to the last of them alone
    try:
        os.makedirs(path or ".", exist_ok=True)
    finally:
        os.umask(before)
