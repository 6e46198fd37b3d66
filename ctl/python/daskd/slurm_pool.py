"""daskify's parameters as a pool of daskd's."""

from __future__ import annotations

from typing import Any, Sequence


def slurm_pool(job_extra: Sequence[str], memory: str, size: int, cores: int, processes: int, queue: str) -> dict[str, Any]:
    """Settings for a pool `slurm` of `size` workers. Dask-jobqueue takes memory and cores for one job; so do we.

    >>> slurm_pool(["--exclusive"], "4GB", 4, 2, 2, "cpu")["pools.slurm.directives"]
    ['--exclusive']
    """
    pool = {
        "launcher": "slurm",
        "jobs": -(-size // max(1, processes)),
        "processes": processes,
        "cores": cores,
        "job_memory": memory,
        "queue": queue,
        "directives": list(job_extra),
    }
    return {f"pools.slurm.{key}": value for key, value in pool.items()}
