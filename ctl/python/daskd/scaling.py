"""How many workers are meant by so many jobs, cores, or so much memory."""

from __future__ import annotations

import math
from typing import Any, Optional, Union

from dask.utils import parse_bytes

Amount = Union[int, float, str]


def workers_for(
    shape: dict[str, Any],
    n: Optional[int] = None,
    jobs: Optional[int] = None,
    cores: Optional[int] = None,
    memory: Optional[Amount] = None,
) -> Optional[int]:
    """The largest of what the arguments ask for; None if they ask for nothing.

    `shape` is that of one worker: `threads`, `memory_limit_bytes`, and `processes` workers in a job.

    >>> worker = {"threads": 2, "memory_limit_bytes": 4 << 30, "processes": 3}
    >>> workers_for(worker, cores=5), workers_for(worker, memory="10GiB"), workers_for(worker, jobs=2)
    (3, 3, 6)
    >>> workers_for(worker, n=4, cores=5)
    4
    """
    wanted = []
    if n is not None:
        wanted.append(int(n))
    if jobs:
        wanted.append(jobs * (shape.get("processes") or 1))
    if cores is not None:
        wanted.append(math.ceil(cores / max(1, shape.get("threads") or 1)))
    if memory is not None:
        limit = shape.get("memory_limit_bytes")
        if not limit:
            raise ValueError("these workers have no memory limit: say how many you want")
        wanted.append(math.ceil(parse_bytes(memory) / limit))
    if any(number < 0 for number in wanted):
        raise ValueError("a cluster cannot have less than no workers")
    return max(wanted, default=None)  # type: ignore[arg-type]
