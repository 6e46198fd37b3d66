"""Who uses too much memory is ended, with all that it has started; who does not is left alone."""

import os
import signal
import unittest

from support import AgentCase, is_alive, wait_until

MIB = 1 << 20
GUARD = {"limit_bytes": 400 * MIB, "terminate_bytes": 380 * MIB, "interval_s": 0.02}

# What a worker does with `SIZE` bytes; it says so once, because Dask imports a preload twice.
HOG = """
import json, os, signal, sys, time
if not os.path.exists("running"):
    open("running", "w").close()
    {before}
    kept = b"x" * {size}
    {after}
"""
CHILD = """
import subprocess
child = subprocess.Popen([sys.executable, "-c", "import time; kept = b'x' * {size}; time.sleep(99)"])
with open("child.tmp", "w") as file:
    json.dump(child.pid, file)
os.rename("child.tmp", "child")
"""


class Memory(AgentCase):
    def setUp(self) -> None:
        super().setUp()
        self.start_agent()
        self.wire, _ = self.greet()

    def hog(self, megabytes: int, before: str = "pass", after: str = "time.sleep(99)", **fields: object) -> dict:
        code = HOG.format(size=megabytes * MIB, before=before, after=after)
        return self.run_code(self.wire, "w", code, **{"memory": GUARD, **fields})

    def test_beyond_the_threshold_it_is_terminated(self) -> None:
        self.assertEqual(self.hog(500)["memory_enforced_by"], "agent")
        exited = self.wire.expect("exited", name="w")
        self.assertEqual(exited["signal"], "SIGTERM")
        self.assertEqual(exited["memory"]["limit_bytes"], 400 * MIB)
        self.assertGreater(exited["memory"]["used_bytes"], 380 * MIB)

    def test_then_killed_if_it_does_not_listen(self) -> None:
        self.hog(500, before="signal.signal(signal.SIGTERM, signal.SIG_IGN)")
        exited = self.wire.expect("exited", name="w")
        self.assertEqual(exited["signal"], "SIGKILL")
        self.assertGreater(exited["memory"]["used_bytes"], 380 * MIB)

    def test_an_ordinary_end_has_nothing_to_do_with_memory(self) -> None:
        self.hog(1, after="os._exit(3)")
        exited = self.wire.expect("exited", name="w")
        self.assertEqual((exited["code"], exited["memory"]), (3, None))

    def test_children_count_and_end_with_it(self) -> None:
        self.hog(1, after="exec(" + repr(CHILD.format(size=500 * MIB)) + "); time.sleep(99)")
        child = self.report("child")
        exited = self.wire.expect("exited", name="w")
        self.assertGreater(exited["memory"]["used_bytes"], 380 * MIB)
        wait_until(lambda: not is_alive(child), "the child's end")

    def test_shared_pages_count_once(self) -> None:
        # Each of the two has 200 MiB more than nothing, but the same.
        fork = "if os.fork() == 0: time.sleep(99)\n    time.sleep(4); os._exit(7)"
        self.hog(220, after=fork)
        exited = self.wire.expect("exited", name="w")
        self.assertEqual((exited["code"], exited["memory"]), (7, None))

    def test_watched_over_a_renewal_of_the_agent(self) -> None:
        self.hog(1, after="""
    while not os.path.exists("go"): time.sleep(0.02)
    more = b"x" * (500 << 20); time.sleep(99)""")
        self.wire.send(op="renew", reason="test")
        renewed = self.wire.expect("renewed")
        self.assertEqual(renewed["processes"][0]["memory_enforced_by"], "agent")
        self.write("go", "")
        self.assertIsNotNone(self.wire.expect("exited", name="w")["memory"])

    def test_without_a_guard_nobody_looks(self) -> None:
        spawned = self.hog(500, memory=None, after="open('done', 'w').close(); time.sleep(99)")
        self.assertIsNone(spawned["memory_enforced_by"])
        wait_until(lambda: os.path.exists(self.path("done")), "the memory is taken")
        self.assertTrue(is_alive(spawned["pid"]))


class Examine(AgentCase):
    def setUp(self) -> None:
        super().setUp()
        self.start_agent()
        self.wire, _ = self.greet()

    def examine(self, name: str) -> tuple:
        self.wire.send(op="examine", name=name, incarnation=1)
        examined = self.wire.expect("examined", name=name, incarnation=1)
        return examined["state"], examined["cpu_s"]

    def test_a_stopped_process_says_so(self) -> None:
        pid = self.spawn(self.wire, "w")["pid"]
        os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: self.examine("w")[0] == "T", "state T")
        before = self.examine("w")
        self.assertEqual(self.examine("w"), before)

    def test_work_of_a_thread_and_of_a_child_is_seen(self) -> None:
        work = "import subprocess, sys, threading, time\n"
        thread = work + "threading.Thread(target=lambda: [sum(range(1 << 30)) for _ in range(99)], daemon=True).start()\n"
        child = work + "subprocess.Popen([sys.executable, '-c', 'while True: pass'])\n"
        for name, code in (("thread", thread + "time.sleep(99)"), ("child", child + "time.sleep(99)")):
            self.run_code(self.wire, name, code)
            _, first = wait_until(lambda: self.examine(name), "a look")
            wait_until(lambda: self.examine(name)[1] >= first + 0.1, f"CPU time of a {name}")
        self.assertEqual(self.examine("thread")[0], "R")

    def test_who_is_gone_is_not_spoken_of(self) -> None:
        self.wire.send(op="examine", name="nobody", incarnation=1)
        self.wire.send(op="juggle")
        self.wire.expect("error")
        self.assertEqual([m for m in self.wire._pending if m["event"] == "examined"], [])


if __name__ == "__main__":
    unittest.main()
