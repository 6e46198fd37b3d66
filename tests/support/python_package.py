"""The package `daskd` for Python programs, used against a test's cluster."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Iterator
from unittest import mock

from daskd_testing import DASKCTL, Cluster

PACKAGE = Path(__file__).resolve().parents[2] / "ctl/python"
sys.path.insert(0, str(PACKAGE))


def environment_of(cluster: Cluster) -> dict[str, str]:
    """That of a program that uses the package with this cluster."""
    return {**cluster.env, "PYTHONPATH": str(PACKAGE), "DASKD_CTL": DASKCTL, "PYTHONDONTWRITEBYTECODE": "1"}


@contextlib.contextmanager
def as_user_of(cluster: Cluster) -> Iterator[Any]:
    """In the block this process is such a program, in the cluster's working directory; gives the package."""
    before = os.getcwd()
    with mock.patch.dict(os.environ, environment_of(cluster), clear=True):
        os.chdir(cluster.dir / "work")
        try:
            import daskd
            yield daskd
        finally:
            os.chdir(before)


def run_program(cluster: Cluster, source: str, *, timeout: float = 90) -> str:
    """What a program prints, with its complaints; it must end with 0."""
    with tempfile.NamedTemporaryFile("w", suffix=".py", dir=cluster.dir / "work") as file:
        file.write(source)
        file.flush()
        done = subprocess.run([sys.executable, file.name], env=environment_of(cluster), cwd=cluster.dir / "work",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=timeout)
    if done.returncode != 0:
        raise AssertionError(f"the program ended with {done.returncode}:\n{done.stdout}")
    return done.stdout
