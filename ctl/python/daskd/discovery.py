"""The clusters that tools such as dask-ctl find (entry point `dask_cluster_discovery`)."""

from __future__ import annotations

from typing import AsyncIterator, Callable, Tuple

from daskd.cluster import DaskdCluster
from daskd.control import Control
from daskd.errors import DaskdError
from daskd.paths import clusters_here


async def discover() -> AsyncIterator[Tuple[str, Callable[..., DaskdCluster]]]:
    """Name and class of each cluster of this user on this machine that is up."""
    for name in clusters_here():
        try:
            await Control(name).acall("cluster.environment")
        except DaskdError:
            continue  # no daskd, or no scheduler to connect to
        yield name, DaskdCluster
