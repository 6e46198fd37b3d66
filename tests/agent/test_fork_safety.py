"""Each point in which a forked worker must not be like its agent."""

import os
import resource
import signal
import time
import unittest

from support import AgentCase, wait_until

# Run by the worker as a preload: what it sees of itself.
LOOK = """
import gc, json, os, random, resource, signal, sys, threading
import dask

def handler(number):
    value = signal.getsignal(number)
    return getattr(value, "name", None) or str(value)

seen = {
    "pid": os.getpid(),
    "session": os.getsid(0),
    "cwd": os.getcwd(),
    "argv": sys.argv,
    "path": sys.path,
    "main": sorted(vars(sys.modules["__main__"])),
    "descriptors": {fd: os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
                    if os.path.exists(f"/proc/self/fd/{fd}")},
    "handlers": {name: handler(getattr(signal, name)) for name in ("SIGCHLD", "SIGHUP", "SIGPIPE", "SIGUSR1")},
    "mask": [int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
    "wakeup": signal.set_wakeup_fd(-1),
    "limit": resource.getrlimit(resource.RLIMIT_CORE),
    "nice": os.nice(0),
    "oom": int(open("/proc/self/oom_score_adj").read()),
    "gc": gc.isenabled(),
    "random": random.random(),
    "config": [dask.config.get("daskd-test", None), dask.config.get("from-variable", None)],
    "environment": {name: os.environ.get(name) for name in ("FRUIT", "DASKD_LAUNCH", "DASK_FROM_VARIABLE")},
    "cmdline": open("/proc/self/cmdline").read(),
    "comm": open("/proc/self/comm").read().strip(),
    "umask_mode": os.fstat(1).st_mode & 0o777,
}
if "numpy" in sys.modules:
    seen["random"] = sys.modules["numpy"].random.random()
with open(f"{REPORT}.tmp", "w") as file:
    json.dump(seen, file)
os.rename(f"{REPORT}.tmp", REPORT)
"""

# Imported by the agent: does everything that an import had better not do.
UNTIDY = """
import os, resource, signal
kept = open("/dev/zero")
signal.signal(signal.SIGUSR1, lambda *_: None)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
"""


class ForkSafety(AgentCase):
    def setUp(self) -> None:
        super().setUp()
        self.write("untidy.py", UNTIDY)
        self.limit = resource.getrlimit(resource.RLIMIT_CORE)

    def look(self, name: str = "w", **fields: object) -> dict:
        self.run_code(self.wire, name, f"REPORT = '{name}.json'\n{LOOK}", **fields)
        return self.report(f"{name}.json")

    def start(self, warm: str = "untidy") -> dict:
        self.start_agent(warm, env={"PYTHONPATH": self.directory})
        self.wire, hello = self.greet()
        return hello

    def check_common(self, seen: dict, pid: int) -> None:
        self.assertEqual(seen["session"], pid)
        self.assertEqual(seen["cwd"], self.directory)
        self.assertIn(self.directory, seen["path"])
        self.assertNotIn(self.program, seen["path"])
        self.assertEqual(seen["argv"][:2], ["dask", "worker"])
        self.assertNotIn("options", seen["main"])
        self.assertEqual(seen["handlers"]["SIGCHLD"], "SIG_DFL")
        self.assertEqual(seen["handlers"]["SIGHUP"], "SIG_DFL")
        self.assertEqual(seen["handlers"]["SIGUSR1"], "SIG_DFL")
        self.assertEqual(seen["handlers"]["SIGPIPE"], "SIG_IGN")
        self.assertEqual(seen["mask"], [])
        self.assertEqual(tuple(seen["limit"]), self.limit)
        self.assertGreaterEqual(seen["oom"], 500)
        self.assertTrue(seen["gc"])
        self.assertRegex(seen["environment"]["DASKD_LAUNCH"], "^w/1@[0-9a-f]{8}$")
        self.assertTrue(seen["cmdline"].startswith("dask worker w\0"), seen["cmdline"])
        self.assertEqual(seen["comm"], "dask worker w")
        self.assertEqual(seen["umask_mode"], 0o600)

    def test_a_forked_worker_is_like_a_fresh_one(self) -> None:
        self.start()
        seen = self.look()
        self.check_common(seen, seen["pid"])
        self.assertEqual(seen["wakeup"], -1)

    def test_an_executed_worker_is_too(self) -> None:
        self.start()
        seen = self.look(mode="exec")
        self.check_common(seen, seen["pid"])

    def test_no_descriptor_of_the_agent_is_left(self) -> None:
        self.start()
        targets = self.look()["descriptors"]
        self.assertEqual(targets["0"], "/dev/null")
        self.assertEqual(targets["1"], self.path("w.log"))
        self.assertEqual(targets["2"], self.path("w.log"))
        agent = f"/proc/{self.agent.pid}/fd"
        of_agent = {os.readlink(f"{agent}/{fd}") for fd in os.listdir(agent) if int(fd) > 2}
        self.assertIn("/dev/zero", of_agent)
        named = {target for target in of_agent if not target.startswith("anon_inode")}
        self.assertEqual(named & set(targets.values()), set())

    def test_four_workers_draw_different_numbers(self) -> None:
        self.start("numpy")
        drawn = {self.look(f"w{i}")["random"] for i in range(4)}
        self.assertEqual(len(drawn), 4)

    def test_environment_and_configuration(self) -> None:
        self.start()
        for mode in ("fork", "exec"):
            fields = {"env": {"FRUIT": "apple", "DASK_FROM_VARIABLE": "5"}, "dask_config": {"daskd-test": [1]}}
            seen = self.look(f"w-{mode}", mode=mode, **fields)
            self.assertEqual(seen["environment"]["FRUIT"], "apple", mode)
            self.assertEqual(seen["config"], [[1], 5], mode)

    def test_a_changed_log_format_is_used_and_no_line_comes_twice(self) -> None:
        self.start()
        self.spawn(self.wire, "w", dask_config={"distributed": {"admin": {"log-format": "FORMAT %(message)s"}}})
        wait_until(lambda: "Waiting to connect" in self.log_of("w"), "the worker's start")
        lines = [line for line in self.log_of("w").splitlines() if "Waiting to connect" in line]
        self.assertEqual([line.split()[0] for line in lines], ["FORMAT"])

    def test_nice(self) -> None:
        self.start()
        self.assertEqual(self.look(nice=5)["nice"], os.nice(0) + 5)

    def test_the_agent_hears_no_signal_meant_for_a_child(self) -> None:
        self.start()
        for i in range(8):
            self.spawn(self.wire, f"w{i}")
            self.wire.send(op="signal", name=f"w{i}", incarnation=1, signal=signal.SIGTERM, tree=False)
            self.wire.expect("exited", name=f"w{i}")
        self.assertIsNone(self.agent.poll())

    def test_a_module_that_starts_a_thread_is_left_out(self) -> None:
        start = "threading.Thread(target=time.sleep, args=(99,), daemon=True).start()"
        self.write("threaded.py", f"import threading, time\n{start}")
        hello = self.start("untidy,threaded,json")
        self.assertEqual(hello["threads"], 1)
        self.assertEqual(hello["spawn"], "fork")
        self.assertEqual(hello["warm"], ["untidy", "json"])
        self.assertIn("threads", hello["skipped"]["threaded"])

    def test_a_distributed_that_starts_threads_means_exec(self) -> None:
        self.write(
            "sitecustomize.py",
            "import sys, threading, time\n"
            "class Watch:\n"
            "    def find_spec(self, name, *_):\n"
            "        if name == 'distributed.actor' and sys.argv[1:2] != ['run']:\n"
            "            threading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n"
            "sys.meta_path.insert(0, Watch())\n",
        )
        hello = self.start("")
        self.assertEqual(hello["spawn"], "exec")
        self.assertIn("threads", hello["spawn_reason"])
        self.assertEqual(self.spawn(self.wire, "w")["mode"], "exec")

    def test_a_fork_takes_little_of_the_agents_time(self) -> None:
        self.start("")
        times = []
        for i in range(12):
            before = time.perf_counter()
            self.run_code(self.wire, f"w{i}", "import os; os._exit(0)")
            times.append(time.perf_counter() - before)
        # Generous, because a busy machine is no mistake: 3 ms are usual.
        self.assertLess(sorted(times)[len(times) // 2], 0.05)


if __name__ == "__main__":
    unittest.main()
