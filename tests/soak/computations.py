"""Computations whose results are known: each starts something on the cluster, and returns how to check what came back.

Workers cannot import this module: what they run travels with the task (cloudpickle by value).
"""

from __future__ import annotations

import random
import sys
import time
from typing import Any, Callable

import cloudpickle
import dask
import dask.array
import numpy

cloudpickle.register_pickle_by_value(sys.modules[__name__])

PATIENCE_S = 60  # for one result, through all faults

Check = Callable[[], bool]


def _slow_square(number: int) -> int:
    time.sleep(0.01)
    return number * number


def _add(*numbers: int) -> int:
    time.sleep(0.005)
    return sum(numbers)


def squares(client: Any, chance: random.Random) -> Check:
    count = chance.randint(10, 60)
    futures = client.map(_slow_square, range(count), pure=False)
    return lambda: client.gather(futures) == [number * number for number in range(count)]


def tree(client: Any, chance: random.Random) -> Check:
    """A sum in levels of four: each task needs results that other workers hold."""
    leaves = chance.randint(20, 100)
    level = client.map(_slow_square, range(leaves), pure=False)
    while len(level) > 1:
        level = [client.submit(_add, *level[i:i + 4], pure=False) for i in range(0, len(level), 4)]
    total = level[0]
    return lambda: total.result(timeout=PATIENCE_S) == sum(number * number for number in range(leaves))


def array(client: Any, chance: random.Random) -> Check:
    """A transposed matrix beside itself: every chunk has to travel."""
    side = chance.choice((200, 300, 400))
    numbers = dask.array.from_array(numpy.arange(side * side).reshape(side, side), chunks=side // 4)
    total = client.compute((numbers + numbers.T).sum())
    expected = 2 * int(numpy.arange(side * side).sum())
    return lambda: int(total.result(timeout=PATIENCE_S)) == expected


def megabytes(client: Any, chance: random.Random) -> Check:
    """Results that are worth moving."""
    sizes = [chance.randint(1, 2_000_000) for _ in range(4)]
    futures = client.map(lambda size: b"x" * size, sizes, pure=False)
    return lambda: [len(result) for result in client.gather(futures)] == sizes


def delayed(client: Any, chance: random.Random) -> Check:
    width = chance.randint(3, 12)
    parts = [dask.delayed(_slow_square, pure=False)(number) for number in range(width)]
    total = client.compute(dask.delayed(_add)(*parts))
    return lambda: total.result(timeout=PATIENCE_S) == sum(number * number for number in range(width))


ALL = (squares, tree, array, megabytes, delayed)
