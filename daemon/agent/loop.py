"""The agent's event loop: descriptors, timers and signals in one thread, without asyncio.

Without anything due it waits for ever: an idle agent never wakes up.
"""

from __future__ import annotations

import heapq
import itertools
import os
import selectors
import signal
import time
import traceback
from typing import Any, Callable, Optional


ERROR_PAUSE_S = 0.1


class Timer:
    """A call that is still to come; the loop forgets it when it is cancelled."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Optional[Callable[[], None]] = callback

    def cancel(self) -> None:
        self.callback = None


class Loop:
    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._on_signal: dict[int, Callable[[], None]] = {}
        self._stopped = False
        # Signals arrive as bytes in a pipe: no work is ever done inside a handler.
        self._signals, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        self.watch(self._signals, selectors.EVENT_READ, lambda _: self.handle_signals())

    def watch(self, file: Any, events: int, callback: Callable[[int], None]) -> None:
        """Call `callback(events)` when `file` is ready for `events`; again for the same file: replaces both."""
        try:
            self._selector.modify(file, events, callback)
        except KeyError:
            self._selector.register(file, events, callback)

    def forget(self, file: Any) -> None:
        self._selector.unregister(file)

    def on_signal(self, number: int, callback: Callable[[], None]) -> None:
        self._on_signal[number] = callback
        signal.signal(number, lambda *_: None)

    def later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        timer = Timer(callback)
        heapq.heappush(self._timers, (time.monotonic() + delay_s, next(self._order), timer))
        return timer

    def stop(self) -> None:
        self._stopped = True

    def run(self) -> None:
        """Serve until `stop`."""
        while not self._stopped:
            for key, events in self._selector.select(self._until_next_timer()):
                # A callback before this one may have forgotten the file.
                if self._selector.get_map().get(key.fd) is key:
                    _call(key.data, events)
            self._run_due_timers()

    def handle_signals(self) -> None:
        """Those that have come by now."""
        try:
            numbers = set(os.read(self._signals, 4096))
        except BlockingIOError:
            return
        for number in numbers:
            if number in self._on_signal:
                _call(self._on_signal[number])

    def _until_next_timer(self) -> Optional[float]:
        while self._timers and self._timers[0][2].callback is None:
            heapq.heappop(self._timers)
        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None

    def _run_due_timers(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            timer = heapq.heappop(self._timers)[2]
            if timer.callback is not None:
                _call(timer.callback)


def _call(callback: Callable[..., Any], *arguments: Any) -> None:
    """Whatever goes wrong (no descriptors left, a disk that fails), the agent lives: it has children."""
    try:
        callback(*arguments)
    except Exception:
        traceback.print_exc()
        time.sleep(ERROR_PAUSE_S)  # what fails at every turn must not take a whole core
