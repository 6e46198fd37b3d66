"""daskd's end inside the Dask scheduler: a preload that tells what happens there. See PROTOCOL.md.

    dask scheduler --preload daskd_scheduler_link
"""

from __future__ import annotations

import socket
from typing import Any, Optional

from daskd_scheduler_link.plugin import Watcher
from daskd_scheduler_link.server import LinkServer

# The path that peers connect to, and the socket that listens there already. Handed over by the host agent in the
# scheduler's own process; None: this is no scheduler of daskd's.
place: Optional[tuple[str, socket.socket]] = None


async def dask_setup(scheduler: Any) -> None:
    """Called by Dask before the first worker can register, so none is missed."""
    if place is not None:
        server = LinkServer(scheduler, *place)
        await server.start()
        scheduler.add_plugin(Watcher(scheduler, server))
