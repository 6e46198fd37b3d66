"""Having `Client()` find the cluster."""

from __future__ import annotations

from typing import Any, Optional

import dask.config

from daskd.control import Control
from daskd.paths import cluster_name


def use(name: Optional[str] = None) -> Any:
    """From now on `Client()` without an address connects to this cluster, which must be up.

    It sets what `eval "$(daskctl env)"` sets for a shell, in Dask's configuration of this process. As a context
    manager it holds for the block alone.
    """
    variables = Control(cluster_name(name)).call("cluster.environment")["environment"]
    settings = dask.config.collect_env(variables)
    return dask.config.set(_flat(settings))


def _flat(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """
    >>> _flat({"scheduler-address": "tcp://h:1", "distributed": {"comm": {"tls": {"ca-file": "x"}}}})
    {'scheduler-address': 'tcp://h:1', 'distributed.comm.tls.ca-file': 'x'}
    """
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat
