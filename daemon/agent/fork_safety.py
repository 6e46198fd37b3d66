"""What a forked child shares with its agent and must not."""

from __future__ import annotations

import gc
import os
import random
import signal
import sys

from daskd_agent import interpreter

FIRST_OWN = 3  # 0, 1 and 2 have been opened anew


def restore_signals() -> None:
    """Handlers and mask of a fresh interpreter; what was sent since the fork arrives now."""
    signal.set_wakeup_fd(-1)
    for number in interpreter.HANDLED_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def close_descriptors(kept: set[int]) -> None:
    """The agent's sockets, and files that warm modules hold open: a position shared with other workers is no use.

    The Python objects that own them stay alive in the agent's frames, so none closes a number that is used again.
    """
    for descriptor in os.listdir("/proc/self/fd"):
        if int(descriptor) >= FIRST_OWN and int(descriptor) not in kept:
            try:
                os.close(int(descriptor))
            except OSError:
                pass  # the one that listed them


def collect_garbage_again() -> None:
    """The agent forks with its collector off; what it had frozen stays so, and shared."""
    gc.enable()


def reseed() -> None:
    """Otherwise all workers draw the same numbers. Secrets and uuid4 read the kernel's generator and need nothing."""
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.seed()
