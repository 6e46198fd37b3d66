"""LocalCluster's keywords in daskd's words, so that a program need not change more than the class."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Optional

# LocalCluster's keyword: daskd's configuration key. Dask spells both alike as variables.
_SETTINGS = {
    "host": "scheduler.host",
    "ip": "scheduler.host",
    "scheduler_port": "scheduler.port",
    "dashboard_address": "scheduler.dashboard",
    "interface": "pools.local.interface",
    "local_directory": "pools.local.local_directory",
    "lifetime": "pools.local.lifetime",
    "resources": "pools.local.resources",
}
# They change what is printed or how things look, and nothing of the cluster.
_HARMLESS = {"silence_logs", "worker_dashboard_address", "diagnostics_port", "service_kwargs"}


class Shape(NamedTuple):
    """What `daskctl up` is asked for."""

    flags: list[str]
    variables: dict[str, str]


def shape_of(
    n_workers: Optional[int] = None,
    threads_per_worker: Optional[int] = None,
    memory_limit: Any = None,
    settings: Optional[Mapping[str, Any]] = None,
    **others: Any,
) -> Shape:
    """The flags and variables for `daskctl up`.

    >>> shape_of(n_workers=2, memory_limit="1GiB", scheduler_port=0, silence_logs=30)
    Shape(flags=['--workers', '2', '--memory', '1GiB'], variables={'DASK_DASKD__SCHEDULER__PORT': 'auto'})
    >>> shape_of(processes=False)
    Traceback (most recent call last):
        ...
    TypeError: daskd's workers are processes of their own: processes=False is not possible
    """
    flags: list[str] = []
    if n_workers is not None:
        flags += ["--workers", str(n_workers)]
    if threads_per_worker:
        flags += ["--threads", str(threads_per_worker)]
    if memory_limit is not None:
        flags += ["--memory", _memory(memory_limit)]
    variables = {_variable(key): repr(value) for key, value in (settings or {}).items()}
    for keyword, value in others.items():
        if keyword in _SETTINGS:
            variables[_variable(_SETTINGS[keyword])] = _setting(keyword, value)
        elif keyword == "processes":
            if value is False:
                raise TypeError("daskd's workers are processes of their own: processes=False is not possible")
        elif keyword not in _HARMLESS:
            raise TypeError(f"DaskdCluster takes no {keyword!r}: what shapes workers is said in daskd's configuration "
                            "(daskctl config example)")
    return Shape(flags, variables)


def _variable(key: str) -> str:
    return "DASK_DASKD__" + key.replace(".", "__").upper()


def _memory(limit: Any) -> str:
    if limit in (0, "0", False):
        return "none"
    if isinstance(limit, int):
        return f"{limit}B"
    return str(limit)


def _setting(keyword: str, value: Any) -> str:
    if keyword == "dashboard_address":
        if value is None:
            return "False"
        address = str(value)
        if address.endswith(":0"):
            return "auto"
        return f"127.0.0.1{address}" if address.startswith(":") else address
    if keyword == "scheduler_port" and value == 0:
        return "auto"
    return str(value)
