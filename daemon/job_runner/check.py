"""Whether the workers can run a job, before anything of it is submitted."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from distributed import Client

from daskd_job_runner.problem import Problem
from daskd_job_runner.spec import Spec

PATIENCE_S = 10.0  # a worker that is busy and does not answer is not waited for
SHOWN = 3


async def check(client: Client, spec: Spec, code: str) -> int:
    """How many workers were asked. Raises Problem if one of them lacks the function. With no worker there is nobody to
    ask: then each call tells."""
    if spec.function["kind"] == "command":
        return 0
    addresses = list((await client.nthreads()))
    if not addresses:
        return 0
    asked = client.run(_look, code, json.dumps(spec.function), workers=addresses, on_error="return")
    try:
        answers = await asyncio.wait_for(asked, PATIENCE_S)
    except asyncio.TimeoutError:
        return 0
    complaints = {address: text for address, text in answers.items() if isinstance(text, str)}
    if not complaints:
        return len(answers)
    names = await _names(client)
    reasons: dict[str, list[str]] = {}
    for address, text in complaints.items():
        reasons.setdefault(text, []).append(names.get(address, address))
    text = "; ".join(f"{reason} ({_some(workers, len(answers))})" for reason, workers in list(reasons.items())[:SHOWN])
    raise Problem("failed", f"the workers cannot call {spec.text()}: {text}", _hint(spec, complaints))


def _hint(spec: Spec, complaints: dict[str, str]) -> str:
    if not any(text.startswith("ModuleNotFoundError") for text in complaints.values()):
        return ""
    if spec.function["kind"] == "file":
        return "install it in the workers' Python; what lies beside the file must be there on their hosts, too"
    return "modules of your own are found in the directory in which `daskctl up` was called, or given as FILE.py:FUNCTION"


def _some(workers: list[str], of: int) -> str:
    if len(workers) == of:
        return "all workers" if of > 1 else workers[0]
    return ", ".join(sorted(workers)[:SHOWN]) + (f" … {len(workers)} of {of}" if len(workers) > SHOWN else "")


async def _names(client: Client) -> dict[str, str]:
    workers: dict[str, Any] = (await client.scheduler.identity())["workers"]
    return {address: str(worker.get("id") or worker.get("name")) for address, worker in workers.items()}


def _look(code: str, wanted: str) -> Any:
    """On the worker: nothing, or what is wrong."""
    import json
    import types

    module = types.ModuleType("daskd_check")
    module.__file__ = "daskd_check"  # type: ignore[assignment]
    exec(compile(code, "daskd_check", "exec"), module.__dict__)
    try:
        module.load(json.loads(wanted))
    except BaseException as error:
        return module.told(error)["error"]
    return None


_look.__module__ = "__main__"  # goes by value
