"""What users do to a cluster that computes, and what they do to it in the wrong moment."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

from catalogue import fault
from daskd_testing import local
from rounds import Round

SIZES = {"local": 3, "burst": 2}


def configuration(directory: Path, resource: int = 0) -> dict[str, Any]:
    """Of the soak's cluster. `resource` makes no difference but to the command line of the workers of `burst`."""
    config = local()
    env = {"PYTHONPATH": str(directory / "site-packages")}  # to be touched
    keys = {"threads": 1, "memory": "400MiB", "env": env, "local_directory": str(directory / "scratch"),
            "backoff": {"initial": "50ms", "max": "500ms", "reset_after": "1s"}}
    config["daskd"]["scheduler"]["env"] = env
    config["daskd"]["log_size"] = "1MiB"
    config["daskd"]["defaults"] = keys
    config["daskd"]["pools"] = {pool: {"workers": size} for pool, size in SIZES.items()}
    config["daskd"]["pools"]["burst"]["resources"] = {"soak": resource + 1}
    # What kills it is not the task's fault here.
    config["distributed"] = {"scheduler": {"allowed-failures": 100_000}}
    return config


def size_of(round: Round, pool: str) -> int:
    return round.chance.randint(2, 4) if pool == "local" else round.chance.randint(1, 3)


@fault()
def scale(round: Round) -> str:
    pool = round.chance.choice(round.wanted.pools)
    size = size_of(round, pool)
    round.expected.add(f"{pool}-*", "requested")
    told = round.verb("scale", f"{pool}={size}", fails=True)
    told += after_a_failure(round, told, "scale", f"{pool}={size}", "--force")
    round.wanted.scale(pool, size)
    return told


def after_a_failure(round: Round, told: str, *again: str) -> str:
    """A disturbed verb may have been done, not done or done in part: once all is quiet, it is said again."""
    if told.endswith("exit 0"):
        return ""
    round.wait_running()
    return f"; {round.verb(*again)}"


@fault()
def scale_while_daskd_is_killed(round: Round) -> str:
    pool = round.chance.choice(round.wanted.pools)
    size = size_of(round, pool)
    round.expected.add(f"{pool}-*", "requested", "lost")
    with round.cluster.start_ctl("scale", f"{pool}={size}") as scaling:
        round.pause(0.3)
        round.signal(round.pid_of("daskd"), signal.SIGKILL)
        first = scaling.finish(60)
    told = after_a_failure(round, "", "scale", f"{pool}={size}", "--force")
    round.wanted.scale(pool, size)
    return f"exit {first}{told}"


@fault()
def adapt_on_or_off(round: Round) -> str:
    pool = "burst"
    if any(name.startswith(pool) for name in round.wanted.stopped):
        return "it has stopped workers"
    round.expected.add(f"{pool}-*", "requested")
    if pool in round.wanted.adapting:
        told = round.verb("adapt", pool, "--off")
        told += after_a_failure(round, told, "adapt", pool, "--off")
        status = round.wait_running()
        round.wanted.adapt_off(pool, {worker["name"] for worker in status["workers"] if worker["pool"] == pool
                                      and worker["desired"] == "running"})  # others may be on their way out
        return told
    words = ("adapt", pool, "--minimum", "1", "--maximum", "3", "--interval", "100ms")
    told = round.verb(*words)
    told += after_a_failure(round, told, *words)
    round.wanted.adapt(pool, 1, 3)
    return told


def fixed_worker(round: Round) -> str:
    """The name of a running worker of a pool that does not adapt, while others run to take its results; or empty."""
    running = round.running()
    names = [worker["name"] for worker in running if worker["pool"] not in round.wanted.adapting]
    return round.chance.choice(names) if names and len(running) > 2 else ""


@fault()
def stop_worker(round: Round) -> str:
    name = fixed_worker(round)
    if not name:
        return "too few workers"
    round.expected.add(name, "requested")
    told = round.verb("stop-worker", name, fails=True)
    told += after_a_failure(round, told, "stop-worker", name, "--force")
    round.wanted.stopped.add(name)
    return told


@fault(weight=6)
def start_worker(round: Round) -> str:
    if not round.wanted.stopped:
        return "none is stopped"
    name = round.chance.choice(sorted(round.wanted.stopped))
    if not round.matching(name):
        return f"{name} is not there now"
    told = round.verb("start-worker", name)
    told += after_a_failure(round, told, "start-worker", name)
    round.wanted.stopped.discard(name)
    return told


@fault()
def restart_workers(round: Round) -> str:
    pool = round.chance.choice(round.wanted.pools)
    glob = round.chance.choice((f"{pool}-0", f"{pool}-*", f"{pool}-[01]"))
    restarted = round.matching(glob)
    if not restarted:
        return f"no {glob}"
    round.expected.add(glob, "requested")
    told = round.verb("restart-worker", glob, fails=True)
    told += after_a_failure(round, told, "restart-worker", glob, "--force")
    round.wanted.stopped -= set(restarted)
    return told


@fault()
def reload(round: Round) -> str:
    round.expected.add("burst-*", "requested")
    round.cluster.configure(configuration(round.cluster.dir, round.chance.randint(1, 1000)))
    told = round.verb("reload")
    return told + after_a_failure(round, told, "reload")


@fault()
def daemon_restart(round: Round) -> str:
    return round.verb("daemon", "restart")


@fault(weight=1, loses=True)
def restart(round: Round) -> str:
    round.scheduler_ends("requested")
    words = ["restart", *round.chance.choice(([], ["--cold"]))]
    told = round.verb(*words)
    return told + after_a_failure(round, told, *words)


@fault(weight=1, loses=True)
def restart_scheduler(round: Round) -> str:
    round.scheduler_ends("requested")
    told = round.verb("restart-scheduler")
    return told + after_a_failure(round, told, "restart-scheduler")


@fault(weight=1, loses=True)
def down_and_up(round: Round) -> str:
    round.scheduler_ends("requested")
    told = round.verb("down", *round.chance.choice(([], ["--force"])))
    round.wanted.forget()
    return f"{told}; {round.verb('up')}"
