"""The link inside a real scheduler with real workers and a real client."""

import os
import signal
import stat
import time
import unittest
from support import LinkCase, wait_until


class SchedulerLink(LinkCase):
    def test_snapshot_then_workers_that_come_and_go(self) -> None:
        snapshot = self.start_scheduler()
        self.assertEqual(stat.S_IMODE(os.stat(self.socket).st_mode), 0o600)
        self.assertEqual((snapshot["protocol"], snapshot["workers"], snapshot["dashboard"]), (1, [], None))
        self.assertEqual(snapshot["identity"]["address"], snapshot["address"])
        added = self.start_worker("7")
        self.assertEqual((added["name"], added["threads"]), ("7", 1))
        self.assertGreater(added["memory_limit_bytes"], 0)
        self.assertEqual([w["name"] for w in self.connect_link().expect("snapshot")["workers"]], ["7"])
        self.agent_wire.send(op="signal", name="7", incarnation=1, signal=signal.SIGKILL, tree=False)
        removed = self.link.expect("worker_removed", name="7")
        self.assertEqual((removed["address"], removed["lost_tasks"]), (added["address"], 0))

    def test_a_worker_that_falls_silent(self) -> None:
        self.start_scheduler()
        self.start_worker("a")
        self.link.send(op="watch_silence", after_s=0.1)  # less than a heartbeat takes: those are waited for
        self.agent_wire.send(op="signal", name="a", incarnation=1, signal=signal.SIGSTOP, tree=False)
        silent = self.link.expect("worker_silent", name="a")
        self.assertGreater(silent["silence_s"], 1)
        self.assertGreater(self.link.expect("worker_silent", name="a")["silence_s"], silent["silence_s"])
        self.link.send(op="watch_silence", after_s=None)
        self.agent_wire.send(op="signal", name="a", incarnation=1, signal=signal.SIGKILL, tree=False)
        self.assertFalse(self.link.expect("worker_removed", name="a")["timed_out"])

    def test_what_a_dead_worker_was_working_on(self) -> None:
        self.start_scheduler()
        self.start_worker("a")
        client = self.client()
        futures = [client.submit(time.sleep, 60 + n, key=f"task-{n}") for n in range(2)]
        wait_until(lambda: self.ask("statistics")["workers"][self.address_of("a")]["executing"], "a heartbeat")
        self.agent_wire.send(op="signal", name="a", incarnation=1, signal=signal.SIGKILL, tree=False)
        self.assertEqual(self.link.expect("worker_removed", name="a")["tasks"], ["task-0"])
        del futures  # kept until here: a task is cancelled with its last future

    def address_of(self, name: str) -> str:
        return next(w["address"] for w in self.connect_link().expect("snapshot")["workers"] if w["name"] == name)

    def test_statistics_asked_and_watched(self) -> None:
        self.start_scheduler()
        address = self.start_worker("a")["address"]
        client = self.client()
        done = client.submit(int, 1, key="done")
        failed = client.submit(int, "x", key="failed")
        done.result()
        failed.exception()
        self.link.send(op="watch", interval_s=0.05)
        for statistics in (self.ask("statistics"), self.link.expect("statistics"), self.link.expect("statistics")):
            self.assertEqual(statistics["tasks"], {"waiting": 0, "processing": 0, "memory": 1, "erred": 1, "released": 0})
            self.assertGreater(statistics["workers"][address]["memory_bytes"], 1 << 20)
        self.link.send(op="watch", interval_s=None)

    def test_retire_moves_results_or_says_what_has_nowhere_to_go(self) -> None:
        self.start_scheduler()
        first = self.start_worker("a")["address"]
        client = self.client()
        kept = client.submit(bytes, 1000, key="kept")
        kept.result()
        lost = self.ask("would_lose", addresses=[first])
        self.assertEqual((lost["keys"], lost["sample"]), (1, ["kept"]))
        self.assertGreaterEqual(lost["bytes"], 1000)
        self.assertEqual(self.ask("retire", addresses=[first]), {"retired": [], "kept": [first]})

        second = self.start_worker("b")["address"]
        # Registered is not yet running: that is one more message of the worker.
        wait_until(lambda: self.ask("would_lose", addresses=[first])["keys"] == 0, "a worker that could take it")
        self.assertEqual(self.ask("retire", addresses=[first]), {"retired": [first], "kept": []})
        self.assertIn(second, client.who_has()["kept"])

    def test_remove_forgets_at_once_and_counts_what_was_lost(self) -> None:
        self.start_scheduler()
        address = self.start_worker("a")["address"]
        result = self.client().submit(int, 1, key="result")
        result.result()
        self.assertEqual(self.ask("remove", address=address), {"removed": True})
        self.assertEqual(self.link.expect("worker_removed", name="a")["lost_tasks"], 1)
        self.assertEqual(self.ask("remove", address=address), {"removed": False})

    def test_a_successor_that_comes_first_waits_for_the_word_that_its_predecessor_is_dead(self) -> None:
        self.start_scheduler()
        first = self.start_worker("a")
        args = [self.snapshot["address"], "--no-nanny", "--nthreads", "1", "--no-dashboard"]
        pid = self.spawn(self.agent_wire, "a", 2, args=args)["pid"]
        wait_until(lambda: self.log_of("a").count("Waiting to connect") == 2, "its registration")
        self.ask("remove", address=first["address"])
        self.assertEqual(self.link.expect("worker_added", name="a")["pid"], pid)

    def test_demand_is_how_many_workers_are_needed_and_who_is_not(self) -> None:
        self.start_scheduler()
        self.assertEqual(self.ask("demand", target_duration_s=1), {"target": 0, "idle": [], "busy": []})
        client = self.client()
        future = client.submit(time.sleep, 60)
        wait_until(lambda: self.ask("demand", target_duration_s=1)["target"] == 1, "a task without worker")
        self.start_worker("7")  # a number to Dask
        wait_until(lambda: self.ask("demand", target_duration_s=1) == {"target": 1, "idle": [], "busy": ["7"]},
                   "the task at work")
        self.start_worker("b")
        self.assertEqual(self.ask("demand", target_duration_s=1), {"target": 1, "idle": ["b"], "busy": ["7"]})
        future.cancel()

    def test_a_bad_question_gets_an_error(self) -> None:
        self.start_scheduler()
        self.link.send(op="dance", id=1)
        self.assertIn("dance", self.link.expect("reply", id=1)["error"])
        self.link.send(op="remove", id=2)
        self.assertIn("address", self.link.expect("reply", id=2)["error"])

    def test_client_restart_is_announced(self) -> None:
        self.start_scheduler()
        self.start_worker("a")
        client = self.client()
        client.sync(client.scheduler.restart, timeout=5, wait_for_workers=False)
        self.link.expect("client_restart")
        self.link.expect("worker_removed", name="a")

    def closing(self) -> str:
        by = self.link.expect("closing")["by"]
        self.agent_wire.expect("exited", name="scheduler")
        self.assertTrue(self.link.is_closed())
        self.assertFalse(os.path.exists(self.socket))
        return by

    def test_closing_by_client(self) -> None:
        self.start_scheduler()
        self.start_worker("a")
        self.client().shutdown()
        self.assertEqual(self.closing(), "client")

    def test_closing_by_signal(self) -> None:
        self.start_scheduler()
        self.agent_wire.send(op="signal", name="scheduler", incarnation=1, signal=signal.SIGTERM, tree=False)
        self.assertEqual(self.closing(), "signal")

    def test_closing_when_idle(self) -> None:
        self.start_scheduler("--idle-timeout", "200ms")
        closing = self.link.expect("closing")
        self.assertEqual((closing["by"], closing["idle_s"]), ("idle", 0.2))

    def test_a_killed_schedulers_socket_is_replaced(self) -> None:
        self.start_scheduler()
        self.agent_wire.send(op="signal", name="scheduler", incarnation=1, signal=signal.SIGKILL, tree=False)
        self.agent_wire.expect("exited", name="scheduler")
        self.assertTrue(os.path.exists(self.socket))
        self.assertEqual(self.start_scheduler(incarnation=2)["workers"], [])


if __name__ == "__main__":
    unittest.main()
