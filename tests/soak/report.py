"""What a soak has done and found, as a short table."""

from __future__ import annotations

import collections
from typing import Any

from machine import MIB
from watch import Watch


def table(minutes: float, rounds: int, faults: collections.Counter[str], verbs: int, load: dict[str, Any],
          watch: Watch) -> str:
    counts = dict(load["counts"])
    excused = [f"{counts.pop(name)} {name}" for name in list(counts) if "lost" in name]
    rows = [
        ("time", f"{minutes:.1f} min, {rounds} rounds"),
        ("faults", f"{sum(faults.values())}: {listed(faults)}"),
        ("verbs", str(verbs)),
        ("computations", f"{sum(counts.values())} right, 0 wrong: {listed(counts)}"),
        ("", "; ".join(excused) or "none lost"),
        ("ends of processes", f"{sum(watch.exits.values())}: {listed(watch.exits)}"),
        ("", f"{len(watch.dropped_by_dask)} of workers that Dask's scheduler had dropped by itself"),
        ("longest until all is well", f"{watch.slowest_s:.1f} s"),
    ]
    for role, first in watch.first.items():
        last = watch.last[role]
        rows.append((role, f"{first.rss_bytes / MIB:.1f} → {last.rss_bytes / MIB:.1f} MiB (peak {watch.peak[role] / MIB:.1f}), "
                           f"{first.descriptors} → {last.descriptors} descriptors, {first.threads} → {last.threads} threads"))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:{width}}  {text}" for name, text in rows)


def listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=lambda item: -item[1]))
