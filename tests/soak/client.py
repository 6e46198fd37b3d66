"""The soak's client process: a stream of computations with checked results, and what the soak asks for between them.

    client.py ADDRESS SEED

One JSON object a line: {"do": …} on stdin, each answered on stdout by {"done": …} or {"error": …}. Meanwhile the stream
goes on by itself; {"do": "report"} returns what has become of it. It knows from `losing` that results may be lost from
now on, and from `recovered` that they may not any more; anything else that goes wrong is a finding.
"""

from __future__ import annotations

import collections
import json
import random
import sys
import threading
import time
import traceback
from typing import Any, Callable

import computations
import numpy
from distributed import Client
from orders import Orders


class Stream:
    """Computations one batch after the other, in a thread of its own. `broadcasting`: held while it broadcasts."""

    def __init__(self, address: str, seed: int, broadcasting: threading.Lock) -> None:
        self._broadcasting = broadcasting
        self.counts: collections.Counter[str] = collections.Counter()
        self.findings: list[str] = []
        self._address = address
        self._chance = random.Random(seed)
        self._may_run = threading.Event()  # cleared: between two batches it waits
        self._is_idle = threading.Event()
        self._is_losing = False
        self._losses = 0
        self._client: Any = None
        self._held: list[Any] = []
        self._may_run.set()
        threading.Thread(target=self._go, daemon=True).start()

    def losing(self) -> None:
        self._losses += 1
        self._is_losing = True

    def recovered(self) -> None:
        self._is_losing = False

    def pause(self) -> None:
        """Returns when nothing is being computed or held any more."""
        self._may_run.clear()
        if not self._is_idle.wait(2 * computations.PATIENCE_S):
            raise TimeoutError("the stream of computations does not come to its end")

    def resume(self) -> None:
        self._is_idle.clear()
        self._may_run.set()

    def _go(self) -> None:
        while True:
            if not self._may_run.is_set():
                self._attempt(self._finish)
                self._is_idle.set()
                self._may_run.wait()
            if self._is_losing:
                self._forget()
                time.sleep(0.05)
            else:
                self._attempt(self._batch)

    def _attempt(self, what: Callable[[], None]) -> None:
        before = self._losses
        try:
            what()
        except BaseException as error:  # a future is cancelled with a CancelledError, which is no Exception
            if self._losses == before and not self._is_losing:
                self.findings.append("".join(traceback.format_exception(type(error), error, error.__traceback__)))
            self.counts["lost with the scheduler"] += 1
            self._forget()
        if self._losses != before:
            self._forget()

    def _batch(self) -> None:
        if self._client is None:
            self._client = Client(self._address, timeout=computations.PATIENCE_S, set_as_default=False)
        chosen = self._chance.choices(computations.ALL, k=3)
        checks = [(function.__name__, function(self._client, self._chance)) for function in chosen]
        if self._chance.random() < 0.3:
            self._held.append(checks.pop())
        if self._held and self._chance.random() < 0.3:
            checks.append(self._held.pop(0))
        self._check(checks)
        if self._chance.random() < 0.2:
            self._visit()

    def _check(self, checks: list[Any]) -> None:
        for name, is_right in checks:
            try:
                right = is_right()
            except Exception:
                # A worker that is told to end removes what it has spilled while it still answers (Dask 2022.12), and
                # who gathers from it just then fails; the result itself is computed again.
                self.counts["gathered at the second attempt, lost in a worker's last moment"] += 1
                time.sleep(0.5)
                right = is_right()
            if not right:
                self.findings.append(f"wrong result of {name}")
            self.counts[name] += 1

    def _visit(self) -> None:
        """A client that comes, scatters what it has, computes and goes."""
        with Client(self._address, timeout=computations.PATIENCE_S, set_as_default=False) as visitor:
            value = numpy.arange(self._chance.randint(1, 100_000))  # one thing: of a list, each element is scattered
            data = self._scattered(visitor, value)
            holders = {address for held in visitor.who_has([data]).values() for address in held}
            try:
                result = visitor.submit(numpy.sum, data, pure=False).result(timeout=computations.PATIENCE_S)
            except BaseException:
                # Nobody can compute scattered data again: it is gone with the last of its holders.
                if not holders & set(visitor.scheduler_info()["workers"]):
                    self.counts["scattered, lost with its holders"] += 1
                    return
                raise
            self._check([("scatter", lambda: result == value.sum())])

    def _scattered(self, visitor: Any, value: Any) -> Any:
        """Dask gives up where a worker ends meanwhile, with one error or another."""
        deadline = time.monotonic() + computations.PATIENCE_S
        while True:
            broadcasts = self._broadcasting.acquire(blocking=False)
            try:
                return visitor.scatter(value, broadcast=broadcasts, hash=False)
            except Exception:
                if time.monotonic() > deadline:
                    raise
            finally:
                if broadcasts:
                    self._broadcasting.release()
            time.sleep(0.1)

    def _finish(self) -> None:
        checks, self._held = self._held, []
        if self._client is not None:
            self._check(checks)
        self._forget()

    def _forget(self) -> None:
        self._held.clear()
        client, self._client = self._client, None
        if client is not None:
            try:
                client.close(timeout=5)
            except Exception:
                pass  # its scheduler is gone


def main() -> None:
    address, seed = sys.argv[1], int(sys.argv[2])
    broadcasting = threading.Lock()
    stream = Stream(address, seed, broadcasting)
    orders = Orders(address, broadcasting)
    for line in sys.stdin:
        order = json.loads(line)
        name = order.pop("do")
        try:
            if name == "report":
                answer: Any = {"counts": stream.counts, "findings": stream.findings}
            else:
                answer = getattr(stream if hasattr(Stream, name) else orders, name)(**order)
            reply = {"done": answer}
        except BaseException as error:
            reply = {"error": f"{name}: {type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
