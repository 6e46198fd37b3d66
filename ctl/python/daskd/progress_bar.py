"""A bar for futures: tqdm's where it is installed, else a plain one."""

from __future__ import annotations

import collections
import sys
import time
from typing import Any, Sequence, TextIO

from distributed import Future
from distributed.utils import TimeoutError
from distributed.client import wait

_WIDTH = 30
_LOOK_S = 0.1


class ProgressBar:
    """Shown while the `with` block lasts."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._bar: Any = None

    def __enter__(self) -> ProgressBar:
        try:
            from tqdm import tqdm
        except ImportError:
            self._bar = PlainBar(self._total, sys.stderr)
        else:
            self._bar = tqdm(total=self._total, position=0, leave=True)
        return self

    def __exit__(self, *exception: Any) -> None:
        self._bar.close()

    def update(self, more: int) -> None:
        self._bar.update(more)


class PlainBar:
    """
    >>> import io
    >>> out = io.StringIO()
    >>> bar = PlainBar(4, out)
    >>> bar.update(3)
    >>> bar.close()
    >>> out.getvalue().split("\\r")[-1]
    '[######################--------] 3/4\\n'
    """

    def __init__(self, total: int, out: TextIO) -> None:
        self._total = total
        self._done = 0
        self._out = out
        self.update(0)

    def update(self, more: int) -> None:
        self._done += more
        filled = _WIDTH * self._done // max(1, self._total)
        self._out.write(f"\r[{'#' * filled}{'-' * (_WIDTH - filled)}] {self._done}/{self._total}")
        self._out.flush()

    def close(self) -> None:
        self._out.write("\n")


def watch(futures: Sequence[Future], bar: ProgressBar) -> collections.Counter[str]:
    """Moves the bar until none is pending; how many ended in which status."""
    shown = 0
    while True:
        pending = [future for future in futures if future.status == "pending"]
        done = len(futures) - len(pending)
        if done > shown:
            bar.update(done - shown)
            shown = done
        if not pending:
            return collections.Counter(future.status for future in futures)
        _wait_for_change(pending)


def _wait_for_change(pending: Sequence[Future]) -> None:
    begun = time.monotonic()
    try:
        wait(pending[:1000], timeout=_LOOK_S, return_when="FIRST_COMPLETED")
    except (TimeoutError, TypeError):
        pass
    except Exception:  # cancelled, say: the next look tells
        pass
    time.sleep(max(0.0, _LOOK_S / 2 - (time.monotonic() - begun)))
