"""What happens inside workers, what Dask's clients do, and who comes to the control socket."""

from __future__ import annotations

import shutil
import socket

from catalogue import fault
from processes import alive
from rounds import Round
from waiting import wait_until


@fault(kills=True)
def worker_exits(round: Round) -> str:
    worker, code = round.a_worker(), round.chance.choice((0, 1, 3, 77))
    if worker is None:
        return "no worker runs"
    round.may_end(worker, "exit")
    told = round.ask("worker_exits", address=worker["address"], code=code)
    wait_until(lambda: not alive(worker["pid"]), 20, f"{worker['name']} exits")
    return told


@fault(weight=3, kills=True)
def worker_takes_memory(round: Round) -> str:
    worker = round.a_worker()
    if worker is None or round.is_disturbed:
        return "not now: only the agent that has started a worker watches its memory"
    if not round.is_watched(worker):
        return f"{worker['name']} has outlived its agent: nobody watches its memory"
    round.may_end(worker, "memory")
    told = round.ask("worker_takes_memory", address=worker["address"], megabytes=450)
    wait_until(lambda: not alive(worker["pid"]), 20, f"{worker['name']} is ended for its memory")
    return told


@fault(weight=3)
def worker_prints(round: Round) -> str:
    worker = round.a_worker()
    return "no worker runs" if worker is None else round.ask("worker_prints", address=worker["address"], megabytes=4)


@fault(weight=2, loses=True)
def client_restart(round: Round) -> str:
    round.expected.add("*-*", "client_restart", "scheduler_lost")
    # A pool that adapts may have fewer at any time, and then Dask waits in vain.
    told = round.ask("client_restart", waits=not round.wanted.adapting)
    if "tasks that nobody wants" in told:
        round.scheduler_ends("requested")
        told += "; " + round.verb("restart-scheduler")
    return told


@fault(kills=True)
def client_restart_workers(round: Round) -> str:
    worker = round.a_worker()
    if worker is None:
        return "no worker runs"
    if worker["pool"] in round.wanted.adapting:
        return f"{worker['name']} may be let go at any time, and then Dask waits in vain"
    round.may_end(worker, "client_restart")
    return round.ask("restart_workers", address=worker["address"])


@fault(weight=3)
def client_retires(round: Round) -> str:
    worker = round.a_worker()
    if worker is None:
        return "no worker runs"
    # A heartbeat can beat the order to close (Dask 2022.12): the worker then ends by itself.
    round.may_end(worker, "retired", "scheduler_lost", "exit")
    return round.ask("retire", name=worker["name"])


@fault(weight=1, loses=True)
def client_shutdown(round: Round) -> str:
    """Counts as the owner's `down`."""
    round.scheduler_ends("requested", "exit")
    told = round.ask("shutdown")
    wait_until(lambda: round.cluster.ctl("status", expect=None).returncode == 3, 30, "the cluster is down")
    round.wanted.forget()
    return f"{told}; {round.verb('up')}"


@fault(disturbs=True, to_come=True)
def remove_control_socket(round: Round) -> str:
    (round.cluster.runtime_dir / "control.sock").unlink(missing_ok=True)
    return ""


@fault(weight=2, to_come=True)
def remove_logs(round: Round) -> str:
    shutil.rmtree(round.cluster.state_dir / "logs")
    return ""


HOSTILE = {
    "garbage": b"\x00\xff}{\n" * 100,
    "a long line": b"x" * (2 << 20),
    "nesting": b"[" * 5000 + b"\n",
    "half a line": b'{"jsonrpc":"2.0","id":1,"meth',
    "questions without end": b'{"jsonrpc":"2.0","id":1,"method":"cluster.status"}\n' * 2000,
}


@fault()
def hostile_client(round: Round) -> str:
    """It sends what it should not, does not read the answers, and goes at once or later."""
    name = round.chance.choice(sorted(HOSTILE))
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(1)
    try:
        peer.connect(str(round.cluster.runtime_dir / "control.sock"))
        peer.sendall(HOSTILE[name])
    except OSError as error:
        name += f" ({error})"
    if round.chance.random() < 0.5:
        peer.close()
        return f"{name}, and goes"
    round.keep(peer)
    return f"{name}, and stays"
