"""Daskified: functions over all combinations of parameters, as the package daskify has it, on a daskd cluster."""

from __future__ import annotations

import collections
import contextlib
import itertools
import shutil
from typing import Any, Callable, Iterable, List, Optional, Sequence, Tuple, Union

from distributed import Client, Future

from daskd.cluster import DaskdCluster
from daskd.errors import DaskdError
from daskd.progress_bar import ProgressBar, watch
from daskd.slurm_pool import slurm_pool

_MISSING: Any = object()
_TEST_SIZE, _TEST_MEMORY = 2, "2GB"

Futures = List[Future]


class Daskified:
    """Runs functions on a cluster and keeps the futures; whatever is used first starts the cluster.

    The parameters shape the jobs of `start_cluster("slurm")`; `size` is the number of workers in any mode.

    >>> cluster = Daskified()  # doctest: +SKIP
    >>> combinations, futures = cluster.run(pow, args=[2], iterables=[range(10)])  # doctest: +SKIP
    >>> cluster.monitor_progress()  # doctest: +SKIP
    >>> cluster.gather_data()  # doctest: +SKIP
    [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    """

    def __init__(
        self,
        job_extra: Optional[List[str]] = None,
        memory: str = "50GB",
        size: Optional[int] = None,
        cores: int = 1,
        processes: int = 1,
        queue: str = "cpu",
        name: Optional[str] = None,
    ) -> None:
        self.job_extra = ["--time=10:00:0 --output=/dev/null --error=/dev/null"] if job_extra is None else job_extra
        self.memory = memory
        self.size = size
        self.cores = cores
        self.processes = processes
        self.queue = queue
        self.name = name
        self.cluster: Optional[DaskdCluster] = None
        self.scattered: dict[str, Future] = {}
        self.old_futures: list[Futures] = []
        self.current_futures: Optional[Futures] = None
        self._client: Optional[Client] = None

    # --- the cluster

    def start_cluster(self, mode: Optional[str] = None) -> None:
        """Starts the cluster, or joins one that is up.

        local
            Workers on this machine: `size` of them, else two.
        slurm
            Jobs in a Slurm queue: `size` workers, else 125.
        test
            Two small workers, in Slurm where there is one.
        None
            Slurm where there is one, else what daskd's configuration says.
        """
        if mode not in (None, "local", "slurm", "test"):
            raise ValueError(f"mode {mode!r}: local, slurm or test expected")
        if self._client is not None:
            return
        has_slurm = shutil.which("sbatch") is not None
        if mode == "test":
            self.size, self.memory = _TEST_SIZE, _TEST_MEMORY
        if mode == "slurm" or (mode in (None, "test") and has_slurm):
            self.cluster = DaskdCluster(self.name, wait=False, pools=["slurm"], settings=slurm_pool(
                self.job_extra, self.memory, self.size or 125, self.cores, self.processes, self.queue))
        elif mode is None:
            self.cluster = DaskdCluster(self.name, n_workers=self.size)
        else:
            memory = self.memory if mode == "test" else None
            self.cluster = DaskdCluster(self.name, n_workers=self.size or _TEST_SIZE, memory_limit=memory, pools=["local"])
        self._client = Client(self.cluster)

    @property
    def client(self) -> Client:
        """The Dask client; the first use starts the cluster."""
        if self._client is None:
            self._start_as_configured()
        return self._client

    def _start_as_configured(self) -> None:
        self.cluster = DaskdCluster(self.name, n_workers=self.size)
        self._client = Client(self.cluster)

    def close(self) -> None:
        """Lets go of the cluster, which stays up. What only futures held is lost."""
        client, self._client = self._client, None
        if client is not None:
            client.close()
        cluster, self.cluster = self.cluster, None
        if cluster is not None:
            cluster.close()

    def shutdown_cluster(self) -> None:
        """Takes the cluster down."""
        with contextlib.suppress(DaskdError):  # it is down
            self.cluster = self.cluster or DaskdCluster(self.name, start=False)
            self.cluster.shutdown_on_close = True
        self.close()

    def __enter__(self) -> Daskified:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    # --- data

    def scatter_data(self, key: Any, data: Any = _MISSING) -> Future:
        """Gives every worker a copy: `scatter_data(data)`, or `scatter_data(key, data)` to gather it by its key.

        The future that it answers stands for the data in `args` of `run`.
        """
        value = key if data is _MISSING else data
        future = self.client.scatter([value], broadcast=True)[0]  # in a list: a list of ours is one thing
        if data is not _MISSING:
            self.scattered[key] = future
        return future

    def gather_data(self, future_or_key: Union[None, str, Future, Futures] = None) -> Any:
        """What the futures (a list of them, or one), or the scattered data of this key, stand for; without an argument
        the results of the last run. Waits for them."""
        if future_or_key is None:
            return self.client.gather(self._current())
        if isinstance(future_or_key, str):
            if future_or_key not in self.scattered:
                raise KeyError(f"nothing was scattered as {future_or_key!r}; known: {sorted(self.scattered)}")
            return self.client.gather(self.scattered[future_or_key])
        return self.client.gather(future_or_key)

    def collect_results(self) -> Any:
        """The results of the last run; says so if it must wait for some."""
        if any(future.status == "pending" for future in self._current()):
            print("Note - not all processes are finished")
        return self.gather_data()

    # --- runs

    def run(
        self,
        func: Callable[..., Any],
        args: Optional[Sequence[Any]] = None,
        iterables: Optional[Sequence[Iterable[Any]]] = None,
        loops: int = 1,
    ) -> Tuple[List[Tuple[Any, ...]], Futures]:
        """Calls `func(*args, *combination)` for each combination of the iterables' values, all of it `loops` times.

        The combinations, and a future for each call.
        """
        args = list(args or [])
        combinations = list(itertools.product(*(iterables or [])))
        calls = combinations * loops
        columns = [[value] * len(calls) for value in args] + [list(column) for column in zip(*calls)]
        if columns:
            futures = self.client.map(func, *columns, pure=False)
        else:
            futures = [self.client.submit(func, pure=False) for _ in calls]
        self._update_current_futures(futures)
        return combinations, futures

    def gridsearch(self, func: Callable[..., Any], *iterables: Iterable[Any]) -> Tuple[List[Tuple[Any, ...]], Futures]:
        """As `run`, in the words of daskify's first version."""
        return self.run(func, iterables=iterables)

    def check_progress(self) -> None:
        """Prints how many futures of the last run have each status."""
        for status, count in sorted(collections.Counter(future.status for future in self._current()).items()):
            print(status, count)

    def monitor_progress(self, futures: Optional[Futures] = None) -> None:
        """Shows a bar until all of them (None: those of the last run) are done, well or not."""
        futures = self._current() if futures is None else futures
        with ProgressBar(len(futures)) as bar:
            counts = watch(futures, bar)
        print(", ".join(f"{status}: {count}" for status, count in sorted(counts.items())))

    def _current(self) -> Futures:
        if self.current_futures is None:
            raise ValueError("nothing was run so far: call run(func, …) first")
        return self.current_futures

    def _update_current_futures(self, new_futures: Futures) -> None:
        if self.current_futures is not None:
            self.old_futures.append(self.current_futures)
        self.current_futures = new_futures
