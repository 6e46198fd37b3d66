"""What the cluster should be after all that the soak has asked of it, and which ends of processes are no surprise."""

from __future__ import annotations

import fnmatch
from typing import Any


class Wanted:
    """Which workers should run."""

    def __init__(self, sizes: dict[str, int]) -> None:
        self._configured = sizes
        self.forget()

    def forget(self) -> None:
        """As the next `up` of a cluster that is down does."""
        self._names = {pool: {f"{pool}-{n}" for n in range(size)} for pool, size in self._configured.items()}
        self._bounds: dict[str, tuple[int, int]] = {}
        self.stopped: set[str] = set()

    @property
    def pools(self) -> list[str]:
        return sorted(self._configured)

    @property
    def adapting(self) -> list[str]:
        return sorted(self._bounds)

    def scale(self, pool: str, size: int) -> None:
        self._bounds.pop(pool, None)
        self._names[pool] = {f"{pool}-{n}" for n in range(size)}

    def adapt(self, pool: str, minimum: int, maximum: int) -> None:
        self._bounds[pool] = (minimum, maximum)

    def adapt_off(self, pool: str, names: set[str]) -> None:
        """`names`: those that it has now, which it keeps."""
        del self._bounds[pool]
        self._names[pool] = names

    def difference(self, status: dict[str, Any]) -> str:
        """What is not as it should be; empty if nothing is."""
        if status["daemon"] is None or status["state"] != "running":
            return f"the cluster is {status['state']}"
        for pool in self.pools:
            found = {worker["name"]: worker for worker in status["workers"] if worker["pool"] == pool}
            if pool in self._bounds:
                minimum, maximum = self._bounds[pool]
                if not minimum <= len(found) <= maximum:
                    return f"{pool} has {len(found)} workers, and adapts from {minimum} to {maximum}"
            elif set(found) != self._names[pool]:
                return f"{pool} has {sorted(found)} instead of {sorted(self._names[pool])}"
            for name, worker in found.items():
                state = "stopped" if name in self.stopped else "running"
                if worker["state"] != state:
                    return f"{name} is {worker['state']} instead of {state}"
        return ""


class Expected:
    """Which causes the ends of this round may have: by name (glob) of worker or scheduler."""

    def __init__(self) -> None:
        self._allowed: list[tuple[str, set[str]]] = []

    def add(self, names: str, *causes: str) -> None:
        self._allowed.append((names, set(causes)))

    def allows(self, name: str, cause: str) -> bool:
        return any(cause in causes and fnmatch.fnmatchcase(name, names) for names, causes in self._allowed)
