"""Samples and what is said of them."""

from __future__ import annotations

import math
import statistics
from typing import Iterable, Sequence


def percentile(samples: Sequence[float], percent: float) -> float:
    """By nearest rank: always one of the samples."""
    ranked = sorted(samples)
    return ranked[max(0, math.ceil(percent / 100 * len(ranked)) - 1)]


def summary(samples: Sequence[float]) -> dict[str, float]:
    """Median and spread; `n` is how many samples there were."""
    return {"median": statistics.median(samples), "p10": percentile(samples, 10), "p90": percentile(samples, 90),
            "min": min(samples), "max": max(samples), "n": len(samples)}


class Samples:
    """Every measured value by figure, N and rival."""

    def __init__(self) -> None:
        self._values: dict[str, dict[int, dict[str, list[float]]]] = {}

    def add(self, figure: str, n: int, rival: str, values: Iterable[float]) -> None:
        self._values.setdefault(figure, {}).setdefault(n, {}).setdefault(rival, []).extend(values)

    def of(self, figure: str, n: int, rival: str) -> list[float]:
        return self._values.get(figure, {}).get(n, {}).get(rival, [])

    def sizes_of(self, figure: str) -> list[int]:
        return sorted(self._values.get(figure, {}))

    def to_json(self) -> dict[str, dict[str, dict[str, dict[str, object]]]]:
        return {figure: {str(n): {rival: {**summary(values), "samples": values}
                                  for rival, values in by_rival.items() if values}
                         for n, by_rival in sorted(by_size.items())}
                for figure, by_size in self._values.items()}
