"""Workers and nannies that may listen on given ports alone, because these mean the same on all hosts."""

import os
import signal
import socket
import unittest

from free_ports import free_ports
from support import LinkCase, wait_until


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


class Ports(LinkCase):
    def setUp(self) -> None:
        super().setUp()
        self.start_scheduler()
        ports = free_ports(7)
        self.lists = {"worker": ports[:4], "nanny": ports[4:]}

    def start(self, name: str, incarnation: int = 1, **fields: object) -> int:
        """A worker with a spare beside it; its port."""
        args = [self.snapshot["address"], "--no-nanny", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1"]
        self.spawn(self.agent_wire, name, incarnation, **{"args": args, "ports": self.lists, "standby": 1, **fields})
        return port_of(self.link.expect("worker_added", name=name)["address"])

    def nannies(self) -> set:
        return {port_of(worker["nanny"]) for worker in self.client().scheduler_info()["workers"].values()}

    def is_served(self, port: int) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def kill(self, name: str, incarnation: int = 1) -> None:
        self.agent_wire.send(op="signal", name=name, incarnation=incarnation, signal=signal.SIGKILL, tree=False)
        self.agent_wire.expect("exited", name=name)

    def test_each_has_one_and_so_has_the_spare_that_takes_over(self) -> None:
        first = self.lists["worker"]
        self.assertEqual([self.start("a"), self.start("b")], first[:2])
        wait_until(lambda: self.is_served(first[2]), "the spare's port")
        self.assertEqual(self.nannies(), set(self.lists["nanny"][:2]))
        self.kill("a")
        self.assertEqual(self.start("a", 2), first[2])
        self.assertEqual(self.nannies(), set(self.lists["nanny"][:2]), "the nanny's address stays with the name")
        self.kill("a", 2)
        self.assertIn(self.start("a", 3), first)

    def test_one_that_somebody_else_has_is_passed_over(self) -> None:
        with socket.create_server(("127.0.0.1", self.lists["worker"][0])):
            self.assertEqual(self.start("a"), self.lists["worker"][1])

    def test_without_a_free_one_nothing_starts_and_it_is_told(self) -> None:
        taken = self.lists["worker"][0]
        with socket.create_server(("127.0.0.1", taken)):
            order = {"role": "worker", "args": ["tcp://127.0.0.1:9", "--no-nanny"], "log": self.path("a.log"), "standby": 1}
            self.agent_wire.send(op="spawn", name="a", incarnation=1, ports={**self.lists, "worker": [taken]}, **order)
            self.assertEqual(self.agent_wire.expect("ports_taken")["ports"], [taken])
            self.assertIn(f"[{taken}]", self.agent_wire.expect("spawn_failed", name="a")["text"])

    def test_where_there_are_only_ports_for_workers_there_is_no_spare(self) -> None:
        self.lists["worker"] = self.lists["worker"][:1]
        self.start("a")
        self.kill("a")
        self.assertEqual(self.start("a", 2), self.lists["worker"][0])

    def test_the_next_agent_knows_who_has_which(self) -> None:
        self.start("a", standby=0)
        spawned = [self.start("b", standby=0), self.start("c", standby=0)]
        self.kill("b")
        self.assertEqual(spawned, self.lists["worker"][1:3])
        assert self.agent is not None
        self.agent.send_signal(signal.SIGKILL)
        self.agent.wait()
        os.unlink(self.path("agent.sock"))
        self.start_agent()
        self.agent_wire, hello = self.greet()
        self.assertEqual({process["name"] for process in hello["processes"]}, {"scheduler", "a", "c"})
        self.assertEqual(self.start("b", 2, standby=0), self.lists["worker"][1])
        self.assertEqual(self.start("d", standby=0), self.lists["worker"][3])


if __name__ == "__main__":
    unittest.main()
