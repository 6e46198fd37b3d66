"""Our preload in each worker: its claim on its scratch directory, the standby's wait for its name, the nanny's
address, the end of its lifetime.

Dask awaits it before the worker registers, and before a closing worker calls its nanny (public API).
"""

from __future__ import annotations

import asyncio
from typing import Any, Optional

from daskd_agent import lifetime, scratch, standby_worker

ANSWER_S = 1.0  # a nanny that does not answer would hold up the worker's end for a minute

# Where claims on scratch directories are kept.
scratch_entries = ""
# The nanny's address of this worker (desk.py); a standby is told it together with its name.
nanny: Optional[str] = None


async def dask_setup(worker: Any) -> None:
    _claim_scratch(worker.local_directory)
    worker.nanny = nanny
    if standby_worker.control is not None:
        worker.nanny = (await standby_worker.named(worker)).get("nanny")
    lifetime.watch(worker)


def _claim_scratch(directory: str) -> None:
    try:
        scratch.claim(scratch_entries, directory)
    except OSError as error:
        print(f"daskd: {directory} will be left behind if this worker is killed: {error}")


async def dask_teardown(worker: Any) -> None:
    if worker.nanny and not await _answers(worker):
        worker.nanny = None


async def _answers(worker: Any) -> bool:
    try:
        await asyncio.wait_for(worker.rpc(worker.nanny).identity(), ANSWER_S)
    except Exception:
        return False
    return True
