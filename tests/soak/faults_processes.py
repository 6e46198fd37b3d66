"""Signals to each process of a cluster."""

from __future__ import annotations

import os
import signal

from catalogue import fault
from processes import alive
from rounds import Round
from waiting import wait_until

GONE_S = 45  # for a worker that was told to end: Dask itself gives it 30 s

# How a worker ends on SIGTERM is Dask's affair: it closes its connection first, or lets the signal end it.
TERMINATED = ("signal", "exit", "scheduler_lost")


def kill_worker_once(round: Round, number: int, *causes: str) -> str:
    worker = round.a_worker()
    if worker is None:
        return "no worker runs"
    round.may_end(worker, *causes)
    told = round.signal(worker["pid"], number)
    # Until then the next fault could take it for one that runs.
    wait_until(lambda: not alive(worker["pid"]), GONE_S, f"{worker['name']} ends")
    return f"{worker['name']} {told}"


@fault(weight=10, kills=True)
def kill_worker(round: Round) -> str:
    return kill_worker_once(round, signal.SIGKILL, "signal")


@fault(kills=True)
def terminate_worker(round: Round) -> str:
    return kill_worker_once(round, signal.SIGTERM, *TERMINATED)


@fault(weight=2, kills=True)
def segfault_worker(round: Round) -> str:
    return kill_worker_once(round, signal.SIGSEGV, "signal")


@fault(kills=True)
def kill_all_workers(round: Round) -> str:
    workers = round.running()
    for worker in workers:
        round.may_end(worker, "signal")
        round.signal(worker["pid"], signal.SIGKILL)
    wait_until(lambda: not any(alive(worker["pid"]) for worker in workers), GONE_S, "all have ended")
    return " ".join(worker["name"] for worker in workers)


@fault()
def stop_worker_process(round: Round) -> str:
    worker = round.a_worker()
    return "no worker runs" if worker is None else f"{worker['name']} {round.stop_for_a_while(worker['pid'], 3)}"


@fault(weight=2)
def kill_standby(round: Round) -> str:
    return round.signal(round.pid_of("standby"), signal.SIGKILL)


@fault()
def kill_desk(round: Round) -> str:
    return round.signal(round.pid_of("desk"), signal.SIGKILL)


@fault(weight=2)
def stop_desk(round: Round) -> str:
    return round.stop_for_a_while(round.pid_of("desk"), 3)


@fault(disturbs=True, to_come=True)
def kill_agent(round: Round) -> str:
    return round.signal(round.pid_of("agent"), signal.SIGKILL)


@fault(disturbs=True)
def stop_agent(round: Round) -> str:
    return round.stop_for_a_while(round.pid_of("agent"), 3)


@fault(weight=1, loses=True)
def terminate_agent(round: Round) -> str:
    round.scheduler_ends("exit", "signal", "lost")
    agent = round.pid_of("agent")
    told = round.signal(agent, signal.SIGTERM)
    if agent is not None:
        wait_until(lambda: not alive(agent), GONE_S, "the agent has ended")
    return told


@fault(weight=6, disturbs=True)
def kill_daskd(round: Round) -> str:
    return round.signal(round.pid_of("daskd"), signal.SIGKILL)


@fault(disturbs=True)
def stop_daskd(round: Round) -> str:
    return round.stop_for_a_while(round.pid_of("daskd"), 3)


@fault(disturbs=True, to_come=True)
def kill_daskd_and_agent(round: Round) -> str:
    """Neither is left to start the other again: the next `up` finds what lives on."""
    both = [round.pid_of("daskd"), round.pid_of("agent")]
    round.chance.shuffle(both)
    told = " and ".join(round.signal(pid, signal.SIGKILL) for pid in both)
    return f"{told}; {round.verb('up')}"


@fault(weight=1, loses=True)
def terminate_daskd(round: Round) -> str:
    """As a reboot does; the next start restores what was up."""
    round.scheduler_ends("requested")
    daskd = round.pid_of("daskd")
    told = round.signal(daskd, signal.SIGTERM)
    if daskd is not None:
        wait_until(lambda: not alive(daskd), GONE_S, "daskd has ended")
    return f"{told}; {round.verb('daemon', 'start')}"


@fault(weight=2, loses=True)
def kill_scheduler(round: Round) -> str:
    round.scheduler_ends("signal", "lost")
    return round.signal(round.pid_of("scheduler"), signal.SIGKILL)


@fault(weight=2)
def stop_scheduler_process(round: Round) -> str:
    return round.stop_for_a_while(round.pid_of("scheduler"), 2)


@fault(weight=2)
def touch_site_packages(round: Round) -> str:
    """As an installation does: the agent executes itself anew before the next start."""
    os.utime(round.cluster.dir / "site-packages")
    return ""
