"""DaskdCluster: a daskd cluster as Dask knows clusters."""

from __future__ import annotations

import asyncio
import atexit
import html
import sys
import warnings
import weakref
from contextlib import suppress
from typing import Any, Awaitable, Generator, Mapping, Optional, Sequence, Union

from distributed import Client
from distributed.core import Status, rpc
from distributed.deploy.cluster import Cluster
from distributed.objects import SchedulerInfo
from distributed.security import Security
from distributed.utils import Log, Logs, NoOpAwaitable, TimeoutError

from daskd import daskctl, local_keywords, security
from daskd.adapting import Adapting
from daskd.control import Control, is_time_out
from daskd.errors import NOT_UP, DaskdError, NoDaemon
from daskd.history import line_of
from daskd.jobs import Jobs
from daskd.paths import cluster_name
from daskd.scaling import Amount, workers_for

_LOOK_S = (0.05, 5.0)  # for a scheduler that is on its way: the pauses grow


class DaskdCluster(Cluster):
    """The scheduler and workers of the daskd cluster `name`, started if need be.

    It has the methods of every Dask cluster, for programs with and without `async`. What LocalCluster's keywords
    `n_workers`, `threads_per_worker` and `memory_limit` ask for holds when this call brings the cluster up; a running
    cluster stays as it is, with a warning where it differs.

    name
        Which cluster; None: $DASKD_CLUSTER, else "default".
    start
        Bring it up if it is down; False: DaskdError then.
    wait
        Return when the workers run; False: when the scheduler does.
    shutdown_on_close
        Take the cluster down with `close`. Otherwise it stays up: `Client.shutdown()` and `daskctl down` end it.
    pools
        Bring up only these pools.
    settings
        Keys of daskd's configuration for the cluster that this call brings up: {"pools.local.nice": 5}.
    """

    def __init__(
        self,
        name: Optional[str] = None,
        n_workers: Optional[int] = None,
        threads_per_worker: Optional[int] = None,
        *,
        start: bool = True,
        wait: bool = True,
        shutdown_on_close: bool = False,
        pools: Sequence[str] = (),
        settings: Optional[Mapping[str, Any]] = None,
        asynchronous: bool = False,
        loop: Any = None,
        quiet: bool = True,
        scheduler_sync_interval: Any = 1,
        security: Union[None, bool, Security] = None,
        **local_cluster_keywords: Any,
    ) -> None:
        self.status = Status.closed  # until all is well: Cluster.__del__ looks at it
        self.shutdown_on_close = shutdown_on_close
        self._control = Control(cluster_name(name))
        self._starts = bool(start)
        self._waits = wait
        self._pools = tuple(pools)
        self._shape = local_keywords.shape_of(n_workers, threads_per_worker, settings=settings, **local_cluster_keywords)
        self._has_dashboard = True
        self._ends_cluster = False
        # The certificates are daskd's to say, so True, which makes temporary ones, asks for no more than is there.
        self.security = security if isinstance(security, Security) else Security()
        self._has_own_security = isinstance(security, Security)
        super().__init__(asynchronous=asynchronous, loop=loop, quiet=quiet, name=self._control.cluster,
                         scheduler_sync_interval=scheduler_sync_interval)
        self._asynchronous = asynchronous
        with suppress(DaskdError):  # a client may be made of it before it has started
            self._learn(self._control.call("cluster.environment"))
        _open.add(self)
        if not self.called_from_running_loop:
            self._loop_runner.start()
            try:
                self.sync(self._start)
            except BaseException:
                with suppress(Exception):
                    self.sync(self._close)
                self._loop_runner.stop()
                raise

    @property
    def called_from_running_loop(self) -> bool:
        """Whether whoever made it has an event loop, and must await it."""
        try:
            return bool(asyncio.get_running_loop() is self.loop.asyncio_loop)
        except RuntimeError:
            return bool(self._asynchronous)

    @classmethod
    def from_name(cls, name: str, **options: Any) -> DaskdCluster:
        """The cluster of this name, which must be up."""
        return cls(name, start=False, **options)

    # --- coming and going

    def __await__(self) -> Generator[Any, Any, DaskdCluster]:
        async def started() -> DaskdCluster:
            if self.status in (Status.created, Status.starting):
                await self._start()
            return self

        return started().__await__()

    async def _start(self) -> None:
        while self.status == Status.starting:
            await asyncio.sleep(0.01)
        if self.status == Status.running:
            return
        if self.status == Status.closed:
            raise ValueError("Cluster is closed")
        self.status = Status.starting
        try:
            environment = await self._bring_up()
            self._learn(environment)
            self.scheduler_comm = rpc(environment["environment"][security.ADDRESS],
                                      connection_args=self.security.get_connection_args("client"))
            await self._look_at_dashboard()
            await super()._start()
        except BaseException:
            self.status = Status.failed
            await self._close()
            raise

    async def _bring_up(self) -> dict[str, Any]:
        """The cluster's environment (`cluster.environment`), once it has a scheduler."""
        if self._starts and (self._shape.flags or self._shape.variables or self._pools or not await self._is_up()):
            flags = [*self._shape.flags, *self._pools]
            answer = await daskctl.up(self.name, flags, self._shape.variables, self._waits)
            for warning in answer.get("warnings") or []:
                warnings.warn(f"daskd: {warning}", stacklevel=2)
            for problem in answer.get("problems") or []:
                warnings.warn(f"daskd: {problem['name']} is {problem['state']}: {problem['text']}", stacklevel=2)
        return await self._when_there_is_a_scheduler()

    async def _is_up(self) -> bool:
        try:
            return (await self._control.acall("cluster.status"))["state"] not in ("down", "stopping")
        except NoDaemon:
            return False

    async def _when_there_is_a_scheduler(self) -> dict[str, Any]:
        pause_s = _LOOK_S[0]
        while True:
            try:
                environment: dict[str, Any] = await self._control.acall("cluster.environment")
                return environment
            except DaskdError as error:
                status = await self._control.acall("cluster.status") if error.code == NOT_UP else None
                scheduler = (status or {}).get("scheduler") or {}
                if scheduler.get("state") not in ("starting", "backoff"):
                    raise
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, 1.0)

    def _learn(self, environment: Mapping[str, Any]) -> None:
        if not self._has_own_security:
            security.learn(self.security, environment["environment"])

    def close(self, timeout: Optional[float] = None) -> Optional[Awaitable[None]]:
        """Lets go of the cluster, which stays up, unless `shutdown_on_close` or Client.shutdown() says otherwise."""
        # Client.shutdown promises the end of the cluster, and calls what a user calls who is done with this object.
        caller = sys._getframe(1).f_code
        self._ends_cluster = self.shutdown_on_close or caller is Client._shutdown.__code__
        closing: Optional[Awaitable[None]] = super().close(timeout)
        if not self.asynchronous:
            self._loop_runner.stop()
        return closing

    async def _close(self) -> None:
        if self.status == Status.closed:
            return
        await super()._close()
        if self._ends_cluster:
            with suppress(NoDaemon):  # it has ended with the cluster, then
                await self._control.acall("cluster.down")

    async def __aexit__(self, *exception: Any) -> None:
        self._ends_cluster = self.shutdown_on_close
        await self._close()

    def __exit__(self, *exception: Any) -> None:
        self.close()

    async def _watch_worker_status(self, comm: Any) -> None:
        """As Dask's, but it looks for the next scheduler when this one ends: daskd starts one."""
        while True:
            await super()._watch_worker_status(comm)
            if self.status not in (Status.running, Status.starting):
                return
            self.scheduler_info = SchedulerInfo({"workers": {}})
            next_comm = await self._subscribe_again()
            if next_comm is None:
                return
            comm = next_comm

    async def _subscribe_again(self) -> Any:
        pause_s = _LOOK_S[0]
        while self.status == Status.running:
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, _LOOK_S[1])
            try:
                comm = await self.scheduler_comm.live_comm()
                comm.name = "Cluster worker status"
                await comm.write({"op": "subscribe_worker_status"})
                info = SchedulerInfo(await comm.read())
                await self._look_at_dashboard()
            except (OSError, DaskdError):
                continue
            if self.status != Status.running:
                await comm.close()
                return None
            self.scheduler_info = info
            self._watch_worker_status_comm = comm
            return comm
        return None

    # --- how many workers

    def scale(
        self,
        n: Union[None, int, Mapping[str, int]] = None,
        jobs: Optional[int] = None,
        memory: Optional[Amount] = None,
        cores: Optional[int] = None,
        *,
        pool: str = "",
        force: bool = False,
    ) -> Any:
        """Has the pool (which must be named where there are several) `n` workers, and returns at once.

        `jobs`, `memory` and `cores` say the same in other words, as in dask-jobqueue; `n` may be numbers by pool.
        Results move to the workers that stay. Where they have nowhere to go it raises DaskdError and changes
        nothing, unless `force`.
        """
        if isinstance(n, Mapping):
            pools = {name: int(number) for name, number in n.items()}
        else:
            number = workers_for(self._worker_shape(pool), n, jobs, cores, memory)
            if number is None:
                raise TypeError("say how many workers: scale(4), or jobs, cores or memory")
            pools = {pool: number}
        self._control.call("pool.scale", pools=pools, force=force, wait=False)
        if self._adaptive is not None:
            self._adaptive.forget()
        return NoOpAwaitable() if self.asynchronous else None

    def adapt(  # type: ignore[override]
        self,
        Adaptive: None = None,
        *,
        pool: str = "",
        minimum: Optional[int] = None,
        maximum: Optional[int] = None,
        minimum_jobs: Optional[int] = None,
        maximum_jobs: Optional[int] = None,
        minimum_cores: Optional[int] = None,
        maximum_cores: Optional[int] = None,
        minimum_memory: Optional[Amount] = None,
        maximum_memory: Optional[Amount] = None,
        interval: Any = None,
        wait_count: Optional[int] = None,
        target_duration: Any = None,
    ) -> Adapting:
        """Has the pool follow the load; Dask's own settings hold where nothing is given. daskd goes on with it when
        this program ends."""
        if Adaptive is not None:
            raise TypeError("daskd adapts by itself: another Adaptive class is not possible")
        shape = self._worker_shape(pool)
        answer = self._control.call(
            "pool.adapt",
            pool=pool,
            minimum=workers_for(shape, minimum, minimum_jobs, minimum_cores, minimum_memory),
            maximum=_finite(workers_for(shape, _finite(maximum), maximum_jobs, maximum_cores, maximum_memory)),
            interval_s=_seconds(interval),
            wait_count=wait_count,
            target_duration_s=_seconds(target_duration),
            wait=False,
        )
        name = answer["pool"]
        self._adaptive = Adapting(name, answer["adapt"],
                                  lambda: self._control.call("pool.adapt", pool=name, off=True, wait=False))
        return self._adaptive

    def wait_for_workers(self, n_workers: int = 1, timeout: Any = None) -> Any:
        """Returns when the scheduler has so many workers. Raises TimeoutError after `timeout` seconds."""
        return self.sync(self._wait_for_workers, n_workers, timeout)

    async def _wait_for_workers(self, n_workers: int = 1, timeout: Any = None) -> None:
        try:
            await self._control.acall("cluster.wait", workers=n_workers, timeout_s=_seconds(timeout))
        except DaskdError as error:
            if is_time_out(error):
                raise TimeoutError(f"Only {error.what} after {timeout}") from None
            raise

    def _worker_shape(self, pool: str) -> dict[str, Any]:
        workers = self.daskd_status()["workers"]
        return next((worker for worker in workers if pool in ("", worker["pool"])), {})

    # --- what there is

    def daskd_status(self) -> dict[str, Any]:
        """What `daskctl status --json` prints."""
        status: dict[str, Any] = self._control.call("cluster.status")
        return status

    @property
    def scheduler(self) -> dict[str, Any]:
        """The scheduler as daskd sees it: state, pid, address, restarts, log …"""
        scheduler: Optional[dict[str, Any]] = self.daskd_status()["scheduler"]
        return scheduler or {}

    @property
    def workers(self) -> dict[str, dict[str, Any]]:
        """The workers that daskd is to keep alive, by name: state, host, pid, restarts, log …"""
        return {worker["name"]: worker for worker in self.daskd_status()["workers"] if worker["desired"] == "running"}

    @property
    def jobs(self) -> Jobs:
        """The cluster's jobs, whose results outlive this program."""
        return Jobs(self._control)

    async def _look_at_dashboard(self) -> None:
        """Dask gives the port also where no page is served, for want of bokeh."""
        scheduler = (await self._control.acall("cluster.status")).get("scheduler") or {}
        self._has_dashboard = scheduler.get("dashboard") is not None

    @property
    def dashboard_link(self) -> str:
        """The address of the dashboard; empty: there is none."""
        return str(super().dashboard_link) if self._has_dashboard else ""

    async def _get_logs(self, cluster: bool = True, scheduler: bool = True, workers: Any = True) -> Logs:
        logs = Logs()
        if cluster:  # Dask's managers log what they did; daskd's history does
            events = (await self._control.acall("events.read", limit=1000, since=await self._some_events_ago()))["events"]
            logs["Cluster"] = Log("\n".join(line_of(event) for event in events))
        logs.update(await super()._get_logs(cluster=False, scheduler=scheduler, workers=workers))
        return logs

    async def _some_events_ago(self) -> int:
        last: int = (await self._control.acall("events.read", limit=1))["last_seq"]
        return max(0, last - 1000)

    def job_script(self, pool: str = "") -> str:
        """The script of a job of this pool in its queue; without a name that of the only such pool."""
        if not pool:
            queues = [known["name"] for known in self.daskd_status()["pools"] if known["launcher"] not in ("local", "ssh")]
            if len(queues) != 1:
                raise DaskdError("which pool? " + (", ".join(queues) or "there is none in a job queue"))
            pool = queues[0]
        return daskctl.run(self.name, "job-script", pool)

    def _repr_html_(self, cluster_status: Any = None) -> str:
        cells = [f"<strong>Status:</strong> {self.status.name}"]
        with suppress(DaskdError):
            status = self.daskd_status()
            pools = ", ".join(f"{pool['name']} {pool['running']} of {pool['desired']}" for pool in status["pools"])
            cells = [f"<strong>Status:</strong> {status['state']}", f"<strong>Pools:</strong> {html.escape(pools)}"]
        row = "".join(f'<td style="text-align: left;">{cell}</td>' for cell in cells)
        return str(super()._repr_html_(cluster_status=f"<tr>{row}</tr>{cluster_status or ''}"))


def _seconds(time: Any) -> Optional[float]:
    """As Dask understands times: 5, "5s", timedelta."""
    from dask.utils import parse_timedelta

    return None if time is None else float(parse_timedelta(time, default="s"))


def _finite(number: Any) -> Optional[int]:
    return None if number is None or number == float("inf") else int(number)


_open: weakref.WeakSet[DaskdCluster] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """Connections that are still open would complain at the end of the program."""
    for cluster in list(_open):
        if cluster.status == Status.running and not cluster._asynchronous:
            with suppress(Exception):
                cluster.close(timeout=10)


