"""An agent that is killed: what it had lives on, and the next one of its id takes it over."""

import json
import os
import signal
import unittest
from pathlib import Path

from support import AgentCase, Wire, is_alive, wait_until
from test_desk import DeskCase, ask, title

HOLD = "import time; time.sleep(99)"


class Adoption(AgentCase):
    def setUp(self) -> None:
        super().setUp()
        self.start_agent()
        self.wire, _ = self.greet()

    def spawn(self, wire: Wire, name: str, incarnation: int = 1, **fields: object) -> dict:
        """One that has signed: another ends with its agent."""
        spawned = super().spawn(wire, name, incarnation, **fields)
        wait_until(lambda: spawned["pid"] in [entry["pid"] for entry in self.signatures()], "its signature")
        return spawned

    def signatures(self) -> list:
        return self.entries("signed") + self.entries("launch")

    def next_agent(self, **fields: object) -> dict:
        """The hello of the agent that comes after this one has been killed."""
        self.kill_agent()
        self.start_agent(**fields)
        self.wire, hello = self.greet()
        return hello

    def entries(self, kind: str) -> list:
        lines = Path(self.path("agent.table")).read_text().splitlines()
        return [entry for entry in map(json.loads, filter(None, lines)) if entry["entry"] == kind]

    def test_what_runs_is_taken_over_and_goes_on(self) -> None:
        started = [self.spawn(self.wire, name, mode=mode) for name, mode in (("a", "fork"), ("b", "exec"))]
        hello = self.next_agent()
        found = {process["name"]: process for process in hello["processes"]}
        self.assertEqual([found[name]["pid"] for name in ("a", "b")], [spawned["pid"] for spawned in started])
        self.assertEqual(found["a"]["started_at"], started[0]["started_at"])
        self.assertEqual(hello["exits"], [])
        self.assertTrue(all(is_alive(spawned["pid"]) for spawned in started))

    def test_its_end_is_told_and_is_nobodys_guess(self) -> None:
        spawned = self.spawn(self.wire, "w")
        self.next_agent()
        os.kill(spawned["pid"], signal.SIGKILL)
        exited = self.wire.expect("exited", name="w")
        self.assertEqual((exited["code"], exited["signal"], exited["pid"]), (None, None, spawned["pid"]))

    def test_who_died_meanwhile_is_lost_and_exits_that_were_seen_keep_their_cause(self) -> None:
        self.run_code(self.wire, "seen", "import os; os._exit(3)")
        seen = self.wire.expect("exited", name="seen")
        wait_until(lambda: self.entries("ended"), "the end is kept")
        unseen = self.spawn(self.wire, "unseen")
        self.kill_agent()
        os.kill(unseen["pid"], signal.SIGKILL)
        wait_until(lambda: not is_alive(unseen["pid"]), "its end")
        self.start_agent()
        wire, hello = self.greet()
        self.assertEqual([exited["name"] for exited in hello["exits"]], ["seen", "unseen"])
        self.assertEqual(hello["exits"][0], seen)
        self.assertEqual((hello["exits"][1]["code"], hello["exits"][1]["signal"]), (None, None))
        self.assertGreater(hello["exits"][1]["seq"], seen["seq"])
        wire.send(op="ack", seq=hello["exits"][1]["seq"])
        wait_until(lambda: self.entries("acknowledged")[-1]["seq"] == 2, "the acknowledgement is kept")
        self.wire = wire
        self.assertEqual(self.next_agent()["exits"], [])

    def test_it_can_be_stopped_with_all_that_it_has_started(self) -> None:
        code = """
            import os, subprocess, sys
            if os.path.exists("family"): raise SystemExit  # Dask imports a preload twice
            plain = subprocess.Popen(["sleep", "99"]).pid
            hidden = subprocess.run(["sh", "-c", "setsid sleep 99 >/dev/null & echo $!"], stdout=-1).stdout.decode()
            open("family.tmp", "w").write(f"[{plain}, {hidden}]")
            os.rename("family.tmp", "family")
        """
        self.run_code(self.wire, "w", "\n".join(line[12:] for line in code.splitlines()) + HOLD)
        family = self.report("family")
        other = self.spawn(self.wire, "other")
        self.next_agent()
        self.wire.send(op="signal", name="w", incarnation=1, signal=signal.SIGKILL, tree=True)
        self.wire.expect("exited", name="w")
        for pid in family:
            wait_until(lambda: not is_alive(pid), "the end of the family")
        self.assertTrue(is_alive(other["pid"]))

    def test_its_memory_is_watched_again_and_its_log_rotated(self) -> None:
        code = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)\nheld = b'x' * (200 << 20)\n" + HOLD
        memory = {"limit_bytes": 200 << 20, "terminate_bytes": 150 << 20, "interval_s": 0.05}
        self.run_code(self.wire, "w", code, memory=memory, log_size=1000)
        self.assertEqual(self.next_agent()["processes"][0]["memory_enforced_by"], "agent")
        with open(self.path("w.log"), "a") as log:
            log.write("x" * 2000)
        wait_until(lambda: os.path.exists(self.path("w.log.1")), "its log is rotated")
        self.write("go", "")
        self.assertEqual(self.wire.expect("exited", name="w")["memory"]["limit_bytes"], 200 << 20)

    def test_again_and_again(self) -> None:
        spawned = self.spawn(self.wire, "w")
        for _ in range(3):
            self.assertEqual([process["pid"] for process in self.next_agent()["processes"]], [spawned["pid"]])
        self.spawn(self.wire, "w2")
        self.wire.send(op="renew", reason="test")
        self.wire.expect("renewed")
        os.kill(spawned["pid"], signal.SIGKILL)
        self.wire.expect("exited", name="w")

    def test_without_distributed_it_looks_after_what_runs_and_then_makes_room(self) -> None:
        spawned = self.spawn(self.wire, "w")
        os.mkdir(self.path("distributed"))
        self.write("distributed/__init__.py", "raise ImportError('half an installation')")
        hello = self.next_agent(env={"PYTHONPATH": self.directory})
        self.assertEqual([process["pid"] for process in hello["processes"]], [spawned["pid"]])
        self.wire.send(op="spawn", name="x", incarnation=2, role="worker", args=[], log=self.path("x.log"))
        self.assertIn("half an installation", self.wire.expect("spawn_failed", name="x")["text"])
        self.wire.send(op="signal", name="w", incarnation=1, signal=signal.SIGKILL, tree=False)
        self.wire.expect("exited", name="w")
        self.assertEqual(self.agent.wait(10), 0)

    def test_a_ledger_of_another_boot_is_nobodys(self) -> None:
        spawned = self.spawn(self.wire, "w")
        self.addCleanup(os.kill, spawned["pid"], signal.SIGKILL)
        self.kill_agent()
        text = Path(self.path("agent.table")).read_text()
        boot_id = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        self.write("agent.table", text.replace(boot_id, "00000000-0000-0000-0000-000000000000"))
        self.start_agent()
        _, hello = self.greet()
        self.assertEqual((hello["processes"], hello["exits"]), ([], []))

    def test_a_line_that_was_cut_short_harms_only_itself(self) -> None:
        spawned = self.spawn(self.wire, "w")
        self.kill_agent()
        with open(self.path("agent.table"), "a") as file:
            file.write('\n{"entry":"launch","name":"x","incarn')
        self.start_agent()
        _, hello = self.greet()
        self.assertEqual([process["pid"] for process in hello["processes"]], [spawned["pid"]])

    def test_a_ledger_that_cannot_be_written_stops_nobody(self) -> None:
        os.unlink(self.path("agent.table"))
        os.mkdir(self.path("agent.table"))
        for name in ("a", "b"):
            super().spawn(self.wire, name)
        os.rmdir(self.path("agent.table"))
        self.spawn(self.wire, "c")
        self.assertEqual(len(self.next_agent()["processes"]), 3)

    def test_nothing_is_left_of_an_orderly_end(self) -> None:
        self.spawn(self.wire, "w")
        self.wire.send(op="shutdown")
        self.wire.expect("exited", name="w")  # which it does not wait to be acknowledged
        self.assertEqual(self.agent.wait(20), 0)
        self.assertEqual([name for name in os.listdir(self.directory) if name.startswith("agent.")], ["agent.log"])


class Protocol(AgentCase):
    def refusal(self, protocol: list) -> dict:
        wire: Wire = self.connect()
        wire.send(op="hello", protocol=protocol)
        return wire.expect("refused")

    def test_the_highest_that_both_speak_is_taken(self) -> None:
        self.start_agent()
        self.assertEqual(self.greet(protocol=[0, 7])[1]["protocol"], 1)

    def test_where_there_is_none_both_ranges_are_known_and_others_are_served(self) -> None:
        self.start_agent()
        for foreign in ([2, 3], [0, 0]):
            self.assertEqual(self.refusal(foreign)["protocol"], [1, 1])
        self.greet()


class AdoptedDesk(DeskCase):
    def test_a_spare_worker_of_a_dead_agent_ends(self) -> None:
        self.start_worker("w", standby=1)
        children = Path(f"/proc/{self.agent.pid}/task/{self.agent.pid}/children")

        def spare() -> list:
            return [pid for pid in map(int, children.read_text().split()) if title(pid) == "dask worker (standby)"]

        pid = wait_until(spare, "a spare worker")[0]
        self.kill_agent()
        wait_until(lambda: not is_alive(pid), "the end of the spare worker")

    def test_nannies_answer_where_they_did(self) -> None:
        """While the agent is dead, and from the desk of the next one on."""
        spawned = self.start_worker("w")
        nanny, first = self.nanny_of("w"), self.desk()
        wait_until(lambda: "daskd nanny desk" in title(first), "the desk's title")
        ask(nanny, "identity")
        self.kill_agent()
        ask(nanny, "identity")
        self.start_agent()
        self.agent_wire, _ = self.greet()
        wait_until(lambda: not is_alive(first), "the end of the former desk")
        second = self.desk()

        def answers() -> bool:
            try:
                return bool(ask(nanny, "identity"))
            except OSError:
                return False

        wait_until(answers, "the new desk's answer")
        self.assertTrue(is_alive(spawned["pid"]))
        self.assertIsNone(ask(nanny, "kill", timeout=5, reason="a client's wish"))
        exited = self.exited("w")
        self.assertEqual(exited["told"], {"asked": "kill", "reason": "a client's wish"})
        self.assertIsNone(exited["code"])
        self.start_worker("w", 2)
        self.assertEqual(self.nanny_of("w"), nanny)
        self.assertTrue(is_alive(second))


if __name__ == "__main__":
    unittest.main()
