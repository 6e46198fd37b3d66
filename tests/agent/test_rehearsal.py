"""What the agent runs through before it forks leaves nothing behind, and may fail."""

import json
import os
import subprocess
import sys
import unittest

from support import AgentCase, wait_until

LOOK = """
import gc, json, logging, os, signal, sys
sys.path.insert(0, {program!r})
import dask, distributed
from daskd_agent import rehearsal
{before}
def state():
    return {{
        "threads": len(os.listdir("/proc/self/task")),
        "descriptors": sorted(os.readlink(f"/proc/self/fd/{{fd}}") for fd in os.listdir("/proc/self/fd")
                              if os.path.exists(f"/proc/self/fd/{{fd}}")),
        "config": json.dumps(dask.config.config, sort_keys=True, default=str),
        "path": sys.path,
        "environment": dict(os.environ),
        "handlers": [str(signal.getsignal(number)) for number in signal.valid_signals()],
        "wakeup": signal.set_wakeup_fd(-1),
        "gc": [gc.isenabled(), gc.get_threshold(), len(gc.callbacks)],
        "logging": logging.root.manager.disable,
        "left": sum(isinstance(it, (distributed.Worker, distributed.Scheduler)) for it in gc.get_objects()),
        "files": os.listdir({tmp!r}),
    }}
before = state()
is_quiet = rehearsal.rehearse()
print(json.dumps([before, state(), is_quiet]))
"""
THREAD = """
import threading, time
life = rehearsal._life
async def leaves_a_thread(directory):
    threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
    await life(directory)
rehearsal._life, rehearsal.THREADS_END_WITHIN_S = leaves_a_thread, 0.1
"""
FAILS = """
async def fails(directory):
    raise OSError("no loopback here")
rehearsal._life = fails
"""
HANGS = """
import asyncio
rehearsal._life, rehearsal.TIMEOUT_S = lambda directory: asyncio.sleep(60), 0.1
"""
CONFIGURED = 'dask.config.set({"distributed.worker.preload": ["no_such_module"], "mine": {"deep": 1}})'


class Rehearsal(AgentCase):
    def rehearse(self, before: str = "") -> tuple[dict, dict, bool, str]:
        """State before and after, whether no thread is left, and all that it says."""
        look = LOOK.format(program=self.program, before=before, tmp=self.directory)
        done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=True,
                              env={"TMPDIR": self.directory, "PATH": "/usr/bin:/bin"})
        *said, last = done.stdout.splitlines()
        return (*json.loads(last), "\n".join(said) + done.stderr)

    def test_nothing_of_it_stays(self) -> None:
        for before in ("", CONFIGURED):
            with self.subTest(before):
                first, then, is_quiet, said = self.rehearse(before)
                self.assertEqual(then, first)
                self.assertTrue(is_quiet)
                self.assertEqual(said, "")

    def test_threads_that_stay_are_told(self) -> None:
        first, then, is_quiet, _ = self.rehearse(THREAD)
        self.assertFalse(is_quiet)
        self.assertEqual(then["threads"], first["threads"] + 1)

    def test_one_that_fails_or_hangs_only_says_so(self) -> None:
        for before, why in ((FAILS, "OSError: no loopback here"), (HANGS, "TimeoutError")):
            with self.subTest(why):
                first, then, is_quiet, said = self.rehearse(before)
                self.assertEqual(then, first)
                self.assertTrue(is_quiet)
                self.assertIn(f"workers start without a rehearsal: {why}", said)

    def test_an_agent_in_which_it_leaves_threads_starts_anew_without_it(self) -> None:
        self.write("untidy.py", "from daskd_agent import rehearsal\n" + THREAD)
        self.start_agent(warm="untidy", env={"PYTHONPATH": self.directory})
        wire, hello = self.greet()
        self.assertEqual((hello["spawn"], hello["threads"]), ("fork", 1))
        self.assertEqual(hello["skipped"], {"(rehearsal)": "it starts threads, which a fork cannot share"})
        self.run_code(wire, "local-0", f"open({self.path('ran')!r}, 'w')")
        wait_until(lambda: os.path.exists(self.path("ran")), "the worker's preload")


if __name__ == "__main__":
    unittest.main()
