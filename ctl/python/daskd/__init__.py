"""Dask clusters that daskd keeps alive.

    from dask.distributed import Client
    from daskd import DaskdCluster

    with DaskdCluster() as cluster, Client(cluster) as client:
        print(client.submit(sum, [1, 2]).result())

The cluster outlives the program: `cluster.close()` leaves it up, unless `shutdown_on_close=True`.
"""

from daskd.cluster import DaskdCluster
from daskd.default import use
from daskd.errors import DaskdError
from daskd.daskified import Daskified

__version__ = "0.1.0"
__all__ = ["DaskdCluster", "Daskified", "DaskdError", "use", "__version__"]
