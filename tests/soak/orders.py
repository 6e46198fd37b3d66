"""What the soak has a Dask client do, each time with a client that comes for it and goes again."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

import cloudpickle
from distributed import Client

cloudpickle.register_pickle_by_value(sys.modules[__name__])


def _token() -> float:
    import random
    return random.random()


async def _exit(code: int) -> None:  # Dask runs without waiting only what is async
    import os
    os._exit(code)


async def _take_memory(megabytes: int) -> None:
    import asyncio
    kept = b"x" * (megabytes << 20)
    await asyncio.sleep(60)
    del kept


def _print_megabytes(count: int) -> None:
    for _ in range(count * 1024):
        print("flood " * 170, flush=True)


class Orders:
    def __init__(self, address: str, broadcasting: threading.Lock) -> None:
        self._address = address
        self._broadcasting = broadcasting  # by the stream of computations; ours while we hold tokens
        self._keeper: Any = None
        self._tokens: list[Any] = []
        self._values: list[float] = []

    def _client(self) -> Any:
        return Client(self._address, timeout=20, set_as_default=False)

    def client_restart(self, waits: bool) -> str:
        """`waits`: for as many workers as there were. Returns why it cannot be done, if it cannot."""
        with self._client() as client:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                try:
                    client.restart(timeout=30, wait_for_workers=waits)
                    return ""
                except AssertionError:  # Dask's scheduler (2022.12), where another client submits just then
                    time.sleep(0.5)
        return "Dask's scheduler has kept tasks that nobody wants, and is restarted itself"

    def restart_workers(self, address: str) -> None:
        with self._client() as client:
            client.restart_workers([address], timeout=30)

    def retire(self, name: str) -> None:
        with self._client() as client:
            client.retire_workers(names=[name], close_workers=True, remove=True)

    def shutdown(self) -> None:
        with self._client() as client:
            client.shutdown()

    def worker_exits(self, address: str, code: int) -> None:
        with self._client() as client:
            try:
                client.run(_exit, code, workers=[address], wait=False)
            except OSError:
                pass  # the end of the worker has overtaken its answer

    def worker_takes_memory(self, address: str, megabytes: int) -> None:
        with self._client() as client:
            client.run(_take_memory, megabytes, workers=[address], wait=False)

    def worker_prints(self, address: str, megabytes: int) -> None:
        with self._client() as client:
            client.run(_print_megabytes, megabytes, workers=[address])

    def hold_tokens(self) -> None:
        """Results that a second computation would not return again: whether they were moved or computed anew shows."""
        self.drop_tokens()
        keeper = self._client()
        # Dask retires no worker while it broadcasts, which takes half a minute where a worker has died (2022.12): then
        # one that is to stop keeps its results until stop_timeout, and takes them with it.
        self._broadcasting.acquire()
        self._keeper = keeper
        self._tokens = [self._keeper.submit(_token, workers=[address], allow_other_workers=True, pure=False)
                        for address in self._keeper.scheduler_info()["workers"] for _ in range(3)]
        self._values = self._keeper.gather(self._tokens)

    def tokens_lost(self) -> int:
        """How many of the held results are not what they were."""
        values = self._keeper.gather(self._tokens)
        lost = sum(value != before for value, before in zip(values, self._values))
        self.drop_tokens()
        return lost

    def drop_tokens(self) -> None:
        self._tokens.clear()
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.close(timeout=5)
            self._broadcasting.release()
