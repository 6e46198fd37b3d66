"""daskd's end inside the Dask scheduler: a preload that tells what happens there. See PROTOCOL.md.

    dask scheduler --preload daskd_scheduler_link
"""

from __future__ import annotations

from typing import Any, Optional

from daskd_scheduler_link.plugin import Watcher
from daskd_scheduler_link.server import LinkServer

# Where to listen. Set by the host agent in the scheduler's own process; None: this is no scheduler of daskd's.
socket_path: Optional[str] = None


async def dask_setup(scheduler: Any) -> None:
    """Called by Dask before the first worker can register, so none is missed."""
    if socket_path is not None:
        server = LinkServer(scheduler, socket_path)
        await server.start()
        scheduler.add_plugin(Watcher(scheduler, server))
