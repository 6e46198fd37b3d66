"""What a tunnel carries, beside OpenSSH's own forwarding between the same hosts: BENCH_PROGRAM=tunnel.py tests/bench/run

Hosts are network namespaces of this machine (tests/support/ssh_hosts.py), so that processors are all that limits. Both ways
lead to the same program at the same port, in turn; needs root.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import threading
import time
from typing import Iterator

import machine
import ssh_hosts
from ssh_cluster import SshCluster
from waiting import wait_until

SERVER = r"""
import socket, sys, threading
def serve(peer):
    line = b""
    while not line.endswith(b"\n"): line += peer.recv(1)
    order = line.split()
    if order[0] == b"give":
        block, left = bytes(1 << 20), int(order[1])
        while left > 0: peer.sendall(block); left -= len(block)
    elif order[0] == b"take":
        left = int(order[1])
        while left > 0: left -= len(peer.recv(1 << 20))
        peer.sendall(b".")
    else:
        while data := peer.recv(1): peer.sendall(data)
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
while True:
    peer = server.accept()[0]
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=serve, args=(peer,), daemon=True).start()
"""
CLIENT = r"""
import socket, sys, time
order, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
peer = socket.create_connection(("127.0.0.1", port))
peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
peer.sendall(f"{order} {count}\n".encode())
began = time.monotonic()
if order == "give":
    left = count
    while left > 0: left -= len(peer.recv(1 << 20))
elif order == "take":
    block, left = bytes(1 << 20), count
    while left > 0: peer.sendall(block); left -= len(block)
    peer.recv(1)
else:
    for _ in range(count): peer.sendall(b"x"); peer.recv(1)
print(time.monotonic() - began)
"""
MB = 1 << 20
TUNNEL, SSH = "tunnel", "ssh -L"


class Rig:
    """Two hosts of one cluster, a server on each at a port that the tunnel leads to, and `ssh` beside it."""

    def __init__(self, hosts: ssh_hosts.SshHosts, cluster: SshCluster) -> None:
        self.hosts, self.cluster = hosts, cluster
        blocks = json.loads((cluster.state_dir / "state.json").read_text())["ports"].values()
        used = {int(worker["address"].rpartition(":")[2]) for worker in cluster.status()["workers"]}
        self.ports = {home: next(port for block in blocks if block["home"] == home and len(block["ports"]) > 4
                                 for port in reversed(block["ports"]) if port not in used) for home in ("h1", "h2")}

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        with contextlib.ExitStack() as programs:
            def start(argv: list[str]) -> subprocess.Popen[str]:
                program = programs.enter_context(subprocess.Popen(argv, stdout=subprocess.PIPE, text=True))
                programs.callback(program.kill)
                return program
            for name, port in self.ports.items():
                server = start([*self.hosts[name].enter(), sys.executable, "-c", SERVER, str(port)])
                assert server.stdout and server.stdout.readline()
            ssh = ["ssh", "-F", self.hosts.config, "-N", "-o", "ExitOnForwardFailure=yes"]
            # The last leads from h1 to h2: in by one connection, out by the other.
            for argv in (["-L", f"5001:127.0.0.1:{self.ports['h1']}", "h1"],
                         ["-L", f"5002:127.0.0.1:{self.ports['h2']}", "h2"], ["-R", "5003:127.0.0.1:5002", "h1"]):
                start(self.hosts.on_head([*ssh, *argv]))
            wait_until(lambda: self.seconds("ping", 5003, 1, "h1") is not None, 20, "ssh's forwardings")
            yield

    def seconds(self, order: str, port: int, count: int, where: str = "head") -> float | None:
        """None: nobody listens yet."""
        argv = [sys.executable, "-c", CLIENT, order, str(port), str(count)]
        argv = self.hosts.on_head(argv) if where == "head" else [*self.hosts[where].enter(), *argv]
        done = subprocess.run(argv, capture_output=True, text=True)
        return float(done.stdout) if done.returncode == 0 else None


def status_latencies(cluster: SshCluster, stop: threading.Event) -> list[float]:
    """Of `cluster.status`, asked every 20 ms."""
    taken = []
    while not stop.wait(0.02):
        began = time.monotonic()
        cluster.rpc("cluster.status")
        taken.append(time.monotonic() - began)
    return taken


def measure(rig: Rig, rounds: int, size: int, pings: int) -> dict[str, dict[str, list[float]]]:
    ways = {"head → h1": ("take", "head", rig.ports["h1"], 5001), "h1 → head": ("give", "head", rig.ports["h1"], 5001),
            "h1 → h2": ("take", "h1", rig.ports["h2"], 5003)}
    figures: dict[str, dict[str, list[float]]] = {}
    for _ in range(rounds):
        for name, (order, where, *ports) in ways.items():
            for rival, port in zip((TUNNEL, SSH), ports):
                took = rig.seconds(order, port, size, where)
                assert took is not None, f"{name} by {rival}"
                figures.setdefault(f"{name}, MB/s", {}).setdefault(rival, []).append(size / took / 1e6)
                took = rig.seconds("ping", port, pings, where)
                assert took is not None
                figures.setdefault(f"{name}, round trip of a byte, ms", {}).setdefault(rival, []).append(took / pings * 1000)
    return figures


def measure_status(rig: Rig, size: int) -> dict[str, float]:
    """How long daskd takes to answer while it carries all that goes through."""
    stop, taken = threading.Event(), []
    asking = threading.Thread(target=lambda: taken.extend(status_latencies(rig.cluster, stop)))
    asking.start()
    rig.seconds("take", rig.ports["h2"], 2 * size, "h1")
    stop.set()
    asking.join()
    return {"median_ms": statistics.median(taken) * 1000, "longest_ms": max(taken) * 1000}


def main() -> None:
    parser = argparse.ArgumentParser(prog="run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--json", metavar="FILE", help="write all samples there")
    options = parser.parse_args()
    rounds, size, pings = (1, 64 * MB, 200) if options.quick else (5, 512 * MB, 2000)
    print(machine.one_line(machine.describe()), flush=True)
    with ssh_hosts.SshHosts("h1", "h2") as hosts, SshCluster(hosts, hosts=["h1", "h2"], workers=1, tunnel=True) as cluster:
        cluster.ctl("up")
        rig = Rig(hosts, cluster)
        with rig.running():
            figures = measure(rig, rounds, size, pings)
            status = measure_status(rig, size)
        cluster.ctl("down")
    print(f"\n{'':38}{TUNNEL:>10}{SSH:>10}{'ratio':>8}")
    for name, samples in figures.items():
        ours, theirs = (statistics.median(samples[rival]) for rival in (TUNNEL, SSH))
        print(f"{name:38}{ours:>10.3g}{theirs:>10.3g}{ours / theirs:>8.2f}")
    print(f"\ncluster.status meanwhile: median {status['median_ms']:.1f} ms, longest {status['longest_ms']:.0f} ms")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"figures": figures, "status": status}, file, indent=1)


if __name__ == "__main__":
    main()
