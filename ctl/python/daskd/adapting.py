"""A pool that follows the load: daskd looks, and scales; this only shows and ends it."""

from __future__ import annotations

from typing import Any, Callable


class Adapting:
    """What `DaskdCluster.adapt` answers, in the place of Dask's `Adaptive`."""

    def __init__(self, pool: str, settings: dict[str, Any], turn_off: Callable[[], None]) -> None:
        self.pool = pool
        self.minimum: int = settings["minimum"]
        self.maximum: int = settings["maximum"]
        self.interval: float = settings["interval_s"]
        self.wait_count: int = settings["wait_count"]
        self.target_duration: float = settings["target_duration_s"]
        self._turn_off = turn_off
        self.periodic_callback: bool = True  # Dask's cluster widget asks for its truth

    def stop(self) -> None:
        """The pool keeps the workers that it has. Once more does nothing."""
        if self.periodic_callback:
            self.periodic_callback = False
            self._turn_off()

    def forget(self) -> None:
        """It was turned off by other means."""
        self.periodic_callback = False

    def __repr__(self) -> str:
        state = "" if self.periodic_callback else ", stopped"
        return f"<Adapting {self.pool!r}: {self.minimum} to {self.maximum} workers{state}>"
