"""The agent executes itself anew: fresh imports in the same process, so its children stay its children.

Sockets go through as inheritable descriptors, everything else as one JSON value. The kernel keeps the subreaper flag.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import NoReturn

from daskd_agent import interpreter

State = dict  # JSON


def is_possible() -> bool:
    """Whether interpreter and program are still there: after exec it would be too late to find out."""
    return os.access(sys.executable, os.X_OK) and os.access(interpreter.PROGRAM, os.R_OK)


def execute(options: argparse.Namespace, state: State) -> NoReturn:
    """Continue with `state`. Its descriptors must be inheritable, SIGCHLD and SIGTERM blocked. Raises OSError."""
    descriptor = interpreter.handed_over(state)
    os.set_inheritable(descriptor, True)
    os.set_inheritable(state["listener"], True)
    words = ["--id", options.id, "--socket", options.socket, "--warm", options.warm, "--resume", str(descriptor)]
    if options.image:
        words += ["--image", options.image]
    if options.job:
        words += ["--job", options.job]
    if options.unable:
        words += ["--unable", options.unable]
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, interpreter.command(*words), interpreter.ENVIRONMENT)
