"""Running daskctl: only it starts a daskd."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Mapping, Optional, Sequence

from daskd.errors import DaskdError

USAGE = 2  # exit codes
DEGRADED = 7


def find() -> str:
    """The program: $DASKD_CTL, or beside this package's installation, or on PATH, or beside the interpreter."""
    named = os.environ.get("DASKD_CTL")
    if named:
        return named
    # `cmake --install --prefix P` has this file in P/lib/…/daskd and the program in P/bin.
    beside = [parent / "bin/daskctl" for parent in Path(__file__).resolve().parents[1:6]]
    for candidate in [*beside, shutil.which("daskctl"), Path(sys.executable).with_name("daskctl")]:
        if candidate and os.access(candidate, os.X_OK):
            return str(candidate)
    raise DaskdError("daskctl is not found", "put it on PATH, or name it in DASKD_CTL")


async def up(cluster: str, flags: Sequence[str], variables: Mapping[str, str], waits: bool) -> dict[str, Any]:
    """`daskctl up`: its answer (`state`, `problems`, `warnings`), also where not all of the cluster came up."""
    words = [find(), "--cluster", cluster, "--json", "up", *([] if waits else ["--no-wait"]), *flags]
    process = await asyncio.create_subprocess_exec(
        *words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, **variables}, close_fds=True,
    )
    try:
        out, complaints = await process.communicate()
    except asyncio.CancelledError:
        process.kill()  # that undoes nothing: the cluster goes on starting
        raise
    if process.returncode in (0, DEGRADED) and out:
        answer: dict[str, Any] = json.loads(out)
        return answer
    raise complaint(complaints.decode(errors="replace"), process.returncode)


def run(cluster: str, *words: str) -> str:
    """What daskctl prints. Raises DaskdError with what it complains of."""
    done = subprocess.run([find(), "--cluster", cluster, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise complaint(done.stderr, done.returncode)
    return done.stdout


def complaint(text: str, code: Optional[int]) -> DaskdError:
    """daskctl's words as an error.

    >>> print(complaint("daskctl: no such pool\\n  see: daskctl config show\\n", 4))
    no such pool (see: daskctl config show)
    """
    lines = text.strip().splitlines()
    hints = [line.strip() for line in lines if line.startswith("  ")]
    what = [line[len("daskctl: "):] if line.startswith("daskctl: ") else line for line in lines if line.strip(" ") not in hints]
    return DaskdError("\n".join(what) or f"daskctl ended with {code}", "; ".join(hints))
