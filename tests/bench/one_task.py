"""Runs one small task on every worker: python one_task.py SCHEDULER_ADDRESS

A process of its own, so that what a client needs is not counted as the cluster's.
"""

from __future__ import annotations

import sys

from distributed import Client


def main() -> None:
    with Client(sys.argv[1], set_as_default=False) as client:
        workers = list(client.scheduler_info()["workers"])
        futures = [client.submit(pow, 2, 10, workers=[worker], pure=False) for worker in workers]
        if client.gather(futures) != [1024] * len(workers):
            sys.exit("wrong results")


if __name__ == "__main__":
    main()
