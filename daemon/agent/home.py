"""What "~" means: the home on the host, in a container too, where HOME is the image's affair."""

from __future__ import annotations

import os

VARIABLE = "DASKD_HOME"  # of an agent in a container


def expanded(path: str) -> str:
    home = os.environ.get(VARIABLE)
    if home and (path == "~" or path.startswith("~/")):
        return home + path[1:]
    return os.path.expanduser(path)
