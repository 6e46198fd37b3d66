"""What was measured on what."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from pathlib import Path

from rivals import DASKCTL


def describe() -> dict[str, object]:
    import dask  # of no use to the parts that measure
    import distributed

    version = subprocess.run([DASKCTL, "--version"], capture_output=True, text=True, check=True).stdout.split()
    return {
        "at": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "cpu": _field("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": int(_field("/proc/meminfo", "MemTotal").split()[0]) * 1024,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "dask": dask.__version__,
        "distributed": distributed.__version__,
        "daskd": version[-1],
        "load_before": os.getloadavg()[0],
    }


def one_line(machine: dict[str, object]) -> str:
    memory_gb = float(str(machine["memory_bytes"])) / 1e9
    return (f"{machine['cpu']}, {machine['cores']} cores, {memory_gb:.0f} GB, Linux {machine['kernel']}; "
            f"daskd {machine['daskd']}, Python {machine['python']}, distributed {machine['distributed']}; "
            f"{machine['at']}, load before {machine['load_before']:.1f}")


def _field(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""
