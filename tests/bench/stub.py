"""daskd with thousands of workers that are stubs (stub_agent.py): what it can hold when Dask is not the limit."""

from __future__ import annotations

import json
import os
import socket
import statistics
import sys
from pathlib import Path

import client_process
import tree
from control import Control
from observer import now
from rivals import Daskd, Session

STUB_PYTHON = str(Path(__file__).with_name("stub_python"))
STATUS_RUNS = 10
UP_TIMEOUT_S = 120


class Stubs(Daskd):
    def __init__(self) -> None:
        super().__init__("stubs", pool={"python": STUB_PYTHON})

    def _start(self, session: Session, n: int) -> None:
        session.env |= {"BENCH_STUB": _order_socket(session), "BENCH_PYTHON": sys.executable}
        super()._start(session, n)


def measure(workers: int, victims: int) -> dict[str, float]:
    """The figures with so many stubs, of which `victims` are killed at once."""
    with Stubs().running(1) as session:
        _wait_up(session)
        base_rss = tree.rss_bytes(_daskd(session))

    with Stubs().running(workers) as session:
        _wait_up(session)
        figures = {"workers": workers, "victims": victims, "up_s": now() - session.began_at}
        rss = tree.rss_bytes(_daskd(session))
        figures["rss_bytes"] = rss
        figures["rss_bytes_per_worker"] = (rss - base_rss) / (workers - 1)
        figures["back_s"] = _kill_and_wait(session, victims)
        with Control(session.directory) as control:
            figures["status_rpc_s"] = statistics.median(_status_s(control) for _ in range(STATUS_RUNS))
        figures["status_client_s"] = statistics.median(client_process.wall_s(session) for _ in range(STATUS_RUNS))
    return figures


def _wait_up(session: Session) -> None:
    """Until `daskctl up` says that every worker is running."""
    code = session.first_process().wait(UP_TIMEOUT_S)
    if code != 0:
        raise RuntimeError(f"daskctl up: exit code {code}\n{(session.directory / 'output.log').read_text()}")


def _daskd(session: Session) -> int:
    with Control(session.directory) as control:
        return int(control.call("daemon.info")["pid"])


def _kill_and_wait(session: Session, victims: int) -> float:
    """Seconds until daskd's events say that all of them are running again."""
    with Control(session.directory) as control, socket.socket(socket.AF_UNIX) as orders:
        control.call("events.subscribe")
        orders.connect(_order_socket(session))
        began = now()
        orders.sendall(json.dumps({"kill": victims}).encode() + b"\n")
        back = 0
        while back < victims:
            event = control.next_message()
            if event["method"] == "lagged":
                raise RuntimeError("the benchmark reads its events too slowly")
            if event["params"]["kind"] == "worker.state" and event["params"]["to"] == "running":
                back += 1
        return now() - began


def _status_s(control: Control) -> float:
    began = now()
    control.call("cluster.status")
    return now() - began


def _order_socket(session: Session) -> str:
    return os.fspath(session.directory / "stub.sock")
