"""What the agent knows about its host and itself: read once or on demand, never watched."""

from __future__ import annotations

import datetime
import math
import os
import time
import platform
import socket
import sys
from typing import Any, Iterator, Optional


def now() -> str:
    """ISO 8601 UTC with milliseconds."""
    moment = datetime.datetime.now(datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def stat_fields(pid: int, thread: Optional[int] = None) -> list[bytes]:
    """/proc/PID/stat from field 3 (state) on: the name before it may hold spaces and brackets. Or of one thread."""
    place = f"/proc/{pid}" if thread is None else f"/proc/{pid}/task/{thread}"
    with open(f"{place}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()


def start_time(pid: int) -> int:
    """When `pid` started, in clock ticks since boot; 0 if it is gone."""
    try:
        return int(stat_fields(pid)[19])
    except OSError:
        return 0


def is_alive(pid: int, started: int) -> bool:
    """Whether the process `pid` with that start time still runs; one that waits to be reaped does not."""
    try:
        stat = stat_fields(pid)
    except OSError:
        return False
    return int(stat[19]) == started and stat[0] not in (b"Z", b"X")


def boot_id() -> str:
    with open("/proc/sys/kernel/random/boot_id") as file:
        return file.read().strip()


def of_host() -> dict[str, Any]:
    """The fields of `hello` that describe host and interpreter; `distributed` has been imported."""
    import dask
    import distributed
    from dask.system import CPU_COUNT
    from distributed.system import MEMORY_LIMIT

    return {
        **of_process(),
        "dask": dask.__version__,
        "distributed": distributed.__version__,
        "versions": _versions(),
        "cores": min([CPU_COUNT, *_core_quotas()]),
        "memory_bytes": min([MEMORY_LIMIT, *_memory_limits()]),
    }


def _versions() -> dict[str, str]:
    """Of the packages that Dask compares between its processes."""
    from distributed.versions import get_versions

    return {name: str(version) for name, version in get_versions()["packages"].items() if version}


def of_process() -> dict[str, Any]:
    """Those of them that need no Dask."""
    return {
        "pid": os.getpid(),
        "start_time": start_time(os.getpid()),
        "boot_id": boot_id(),
        "host": socket.gethostname(),
        "python": platform.python_version(),
        "executable": sys.executable,
    }


# Dask's own numbers know cgroup v1 and the root of v2; a limit may stand anywhere between our group and the root.
def _core_quotas() -> Iterator[int]:
    for text in _cgroup_settings("cpu.max"):
        quota, _, period = text.partition(" ")
        if quota != "max":
            yield max(1, math.ceil(int(quota) / int(period)))


def _memory_limits() -> Iterator[int]:
    for text in _cgroup_settings("memory.max"):
        if text != "max":
            yield int(text)


def _cgroup_settings(name: str) -> Iterator[str]:
    """`name` in our cgroup (v2) and in each of its parents."""
    group: Optional[str] = _own_cgroup()
    while group:
        try:
            with open(f"/sys/fs/cgroup{group}/{name}") as file:
                yield file.read().strip()
        except OSError:
            pass  # the controller is not enabled there
        group = group.rpartition("/")[0]


def _own_cgroup() -> Optional[str]:
    with open("/proc/self/cgroup") as file:
        return next((line.strip()[3:] for line in file if line.startswith("0::/")), None)


def age_s(start_time: int) -> float:
    """How long ago a process with this start time (field 22 of /proc/PID/stat) was started."""
    return round(time.clock_gettime(time.CLOCK_BOOTTIME) - start_time / os.sysconf("SC_CLK_TCK"), 3)
