"""Adds up the squares below two million in 2,000 tasks over all workers, and checks the sum and who took part."""

import sys
import time

from distributed import Client, get_worker

TASKS = 2000
NUMBERS_PER_TASK = 1000


def sum_of_squares(task):
    """The sum over this task's share of the numbers, and the worker that found it."""
    first = task * NUMBERS_PER_TASK
    return sum(i * i for i in range(first, first + NUMBERS_PER_TASK)), get_worker().address


def main():
    n = TASKS * NUMBERS_PER_TASK
    expected = (n - 1) * n * (2 * n - 1) // 6

    with Client() as client:
        began = time.perf_counter()
        results = client.gather(client.map(sum_of_squares, range(TASKS), pure=False))
        seconds = time.perf_counter() - began
        workers = set(client.scheduler_info()["workers"])

    total = sum(share for share, _ in results)
    used = {address for _, address in results}
    if total != expected:
        sys.exit(f"wrong sum: {total} instead of {expected}")
    if used != workers:
        sys.exit(f"{len(workers - used)} of {len(workers)} workers computed nothing")
    print(f"The sum of the squares below {n:,} is {total:,}: right.")
    print(f"{TASKS:,} tasks took {seconds:.1f} s; workers that took part: {len(used)}.")


if __name__ == "__main__":
    main()
