import contextlib
import os
import signal
import stat
import sys
import unittest

from support import AgentCase, Wire, is_alive, wait_until


class Hello(AgentCase):
    def test_describes_host_and_interpreter(self) -> None:
        self.start_agent(warm="json,no_such_module")
        _, hello = self.greet()
        self.assertEqual(hello["protocol"], 1)
        self.assertEqual(hello["pid"], self.agent.pid)
        self.assertEqual(hello["spawn"], "fork")
        self.assertEqual(hello["threads"], 1)
        self.assertEqual(hello["warm"], ["json"])
        self.assertEqual(hello["skipped"], {"no_such_module": "not installed"})
        self.assertGreaterEqual(hello["cores"], 1)
        self.assertGreater(hello["memory_bytes"], 1 << 20)

    def test_socket_is_private(self) -> None:
        self.start_agent()
        self.assertEqual(stat.S_IMODE(os.stat(self.path("agent.sock")).st_mode), 0o600)

    def test_newer_daskd_replaces_the_older(self) -> None:
        self.start_agent()
        older, _ = self.greet()
        newer, _ = self.greet()
        self.assertTrue(older.is_closed())
        self.spawn(newer, "w")

    def test_without_distributed_it_says_so_and_ends(self) -> None:
        os.mkdir(self.path("distributed"))
        self.write("distributed/__init__.py", "raise ImportError('half an installation')")
        self.start_agent(env={"PYTHONPATH": self.directory})
        wire = self.connect()
        wire.send(op="hello", protocol=[1, 1])
        fatal = wire.expect("fatal")
        self.assertIn("half an installation", fatal["text"])
        self.assertIn("pip install distributed", fatal["hint"])
        self.assertEqual(self.agent.wait(10), 1)

    def test_bad_input_is_answered_and_survived(self) -> None:
        self.start_agent()
        wire, _ = self.greet()
        for message in ({"op": "juggle"}, {"op": "spawn"}, {"op": "ack"}, {"op": "signal", "name": []}):
            wire.send(**message)
            self.assertIn(message["op"], wire.expect("error")["text"])
        self.greet()

    def test_ping_is_answered(self) -> None:
        self.start_agent()
        wire, _ = self.greet()
        wire.send(op="ping")
        wire.expect("pong")

    def test_speaks_to_nobody_before_hello(self) -> None:
        self.start_agent()
        wire = self.connect()
        wire.send(op="shutdown")
        self.assertIn("hello first", wire.expect("error")["text"])


class Exits(AgentCase):
    def setUp(self) -> None:
        super().setUp()
        self.start_agent()
        self.wire, _ = self.greet()

    def end_by(self, name: str, code: str, **fields: object) -> dict:
        self.run_code(self.wire, name, code, **fields)
        return self.wire.expect("exited", name=name)

    def test_code(self) -> None:
        for mode in ("fork", "exec"):
            exited = self.end_by(f"w-{mode}", "import os; os._exit(7)", mode=mode)
            self.assertEqual((exited["code"], exited["signal"], exited["core"]), (7, None, False), mode)

    def test_exception_before_start_is_logged_and_ends_with_1(self) -> None:
        exited = self.end_by("w", "raise RuntimeError('no such luck')")
        self.assertEqual(exited["code"], 1)
        self.assertIn("no such luck", exited["log_tail"][-1])

    def test_missing_working_directory_is_a_clear_error(self) -> None:
        exited = self.end_by("w", "", cwd="/no/such/place")
        self.assertEqual(exited["code"], 1)
        self.assertIn("/no/such/place: No such file or directory", exited["log_tail"][-1])

    def test_signal_and_usage(self) -> None:
        self.run_code(self.wire, "w", "sum(range(3_000_000))\nopen('ready', 'w').close()")
        wait_until(lambda: os.path.exists(self.path("ready")), "the worker's work")
        self.wire.send(op="signal", name="w", incarnation=1, signal=signal.SIGKILL, tree=False)
        exited = self.wire.expect("exited", name="w")
        self.assertEqual((exited["code"], exited["signal"]), (None, "SIGKILL"))
        self.assertGreater(exited["user_s"], 0.01)
        self.assertGreater(exited["max_rss_bytes"], 10 << 20)

    def test_a_graceful_end_has_code_0(self) -> None:
        self.spawn_scheduler(self.wire)
        self.wire.send(op="signal", name="scheduler", incarnation=1, signal=signal.SIGTERM, tree=False)
        self.assertEqual(self.wire.expect("exited", name="scheduler")["code"], 0)

    def test_log_tail_is_of_this_launch_only(self) -> None:
        self.write("w.log", "a line of an earlier launch\n")
        exited = self.end_by("w", "import os\nfor i in range(9): print('line', i)\nos._exit(0)")
        self.assertEqual(exited["log_tail"], [f"line {i}" for i in range(4, 9)])
        tail = self.end_by("w", "import os; print('second'); os._exit(0)", incarnation=2)["log_tail"]
        self.assertEqual(tail[-1], "second")
        self.assertNotIn("line 8", tail)

    def test_unacknowledged_exits_come_again(self) -> None:
        for name in ("a", "b"):
            self.end_by(name, "import os; os._exit(3)")
        self.spawn(self.wire, "c", meta={"port": 1})
        _, hello = self.greet()
        self.assertEqual([exited["name"] for exited in hello["exits"]], ["a", "b"])
        self.assertEqual([(p["name"], p["meta"]) for p in hello["processes"]], [("c", {"port": 1})])
        wire, _ = self.greet()
        wire.send(op="ack", seq=hello["exits"][0]["seq"])
        _, hello = self.greet()
        self.assertEqual([exited["name"] for exited in hello["exits"]], ["b"])

    def test_the_same_incarnation_cannot_run_twice(self) -> None:
        self.spawn(self.wire, "w")
        self.wire.send(op="spawn", name="w", incarnation=1, role="worker", args=[], log=self.path("x.log"))
        self.assertIn("runs already", self.wire.expect("spawn_failed", name="w")["text"])

    def test_signal_for_an_older_incarnation_is_ignored(self) -> None:
        spawned = self.spawn(self.wire, "w", incarnation=2)
        self.wire.send(op="signal", name="w", incarnation=1, signal=signal.SIGKILL, tree=False)
        self.greet()
        self.assertTrue(is_alive(spawned["pid"]))

    def test_a_daskd_that_does_not_read_blocks_nobody(self) -> None:
        with contextlib.suppress(OSError):  # the agent may close it
            for _ in range(1000):
                self.wire.send(op="nonsense" * 1500)
        other: Wire = self.greet()[0]
        self.spawn(other, "w")


class End(AgentCase):
    def test_shutdown_ends_all_and_removes_the_socket(self) -> None:
        self.start_agent()
        wire, _ = self.greet()
        pids = [self.spawn(wire, name)["pid"] for name in ("a", "b")]
        wire.send(op="shutdown")
        self.assertEqual(self.agent.wait(10), 0)
        self.assertFalse(any(map(is_alive, pids)))
        self.assertFalse(os.path.exists(self.path("agent.sock")))

    def test_sigterm_ends_children_gracefully(self) -> None:
        self.start_agent()
        wire, _ = self.greet()
        self.spawn_scheduler(wire)
        self.agent.terminate()
        self.assertEqual(wire.expect("exited", name="scheduler")["code"], 0)
        self.assertEqual(self.agent.wait(10), 0)


if __name__ == "__main__":
    sys.exit(unittest.main())
