"""The nanny desk: what Dask asks of nannies is answered, also while the agent renews itself or is dead."""

import asyncio
import os
import shutil
import signal
import subprocess
import threading
import time
import unittest
from pathlib import Path
from typing import Any, Optional

from distributed.core import rpc
from distributed.security import Security
from support import LinkCase, is_alive, wait_until


def title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"\0")[0].decode()
    except OSError:
        return ""


def has_pending(pid: int, number: int) -> bool:
    """Whether the process has got a signal that it blocks."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    mask = next(int(line.split()[1], 16) for line in lines if line.startswith("ShdPnd"))
    return bool(mask >> (number - 1) & 1)


def wakeups_of(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("voluntary"))


def ask(address: str, op: str, security: Optional[Security] = None, **fields: Any) -> Any:
    """One remote call, as the scheduler makes it."""

    async def asked() -> Any:
        args = security.get_connection_args("client") if security else {}
        async with rpc(address, timeout=5, connection_args=args) as peer:
            return await getattr(peer, op)(**fields)

    return asyncio.run(asyncio.wait_for(asked(), 60))


class DeskCase(LinkCase):
    def setUp(self) -> None:
        super().setUp()
        self.start_scheduler()

    def start_worker(self, name: str, incarnation: int = 1, **fields: object) -> dict:
        """The `spawned` event of a worker that has registered."""
        args = [self.snapshot["address"], "--no-nanny", "--nthreads", "1", "--no-dashboard"]
        spawned = self.spawn(self.agent_wire, name, incarnation, **{"args": args, **fields})
        self.link.expect("worker_added", name=name)
        return spawned

    def nanny_of(self, name: str) -> str:
        workers = ask(self.snapshot["address"], "identity")["workers"].values()
        return next(worker["nanny"] for worker in workers if str(worker["name"]) == name)

    def desk(self) -> int:
        """The pid of the agent's desk."""
        assert self.agent is not None
        place = Path(f"/proc/{self.agent.pid}/task/{self.agent.pid}/children")

        def found() -> Optional[int]:
            return next((pid for pid in map(int, place.read_text().split()) if title(pid) == "daskd nanny desk"), None)

        return wait_until(found, "the desk")

    def exited(self, name: str) -> dict:
        return self.agent_wire.expect("exited", name=name)


class Desk(DeskCase):
    def test_kill_ends_the_worker_and_says_why(self) -> None:
        pid = self.start_worker("a")["pid"]
        self.assertIsNone(ask(self.nanny_of("a"), "kill", reason="test-kill", timeout=10))
        self.assertFalse(is_alive(pid))
        self.assertEqual(self.exited("a")["told"], {"asked": "kill", "reason": "test-kill"})

    def start_deaf_worker(self, name: str) -> int:
        """One that ignores SIGTERM; its pid."""
        preload = self.write("deaf.py", "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])\n")
        args = [self.snapshot["address"], "--no-nanny", "--nthreads", "1", "--no-dashboard", "--preload", preload]
        return self.start_worker(name, args=args)["pid"]

    def test_kill_of_one_that_ignores_it(self) -> None:
        self.start_deaf_worker("a")
        self.assertIsNone(ask(self.nanny_of("a"), "kill", timeout=5))
        self.assertEqual(self.exited("a")["signal"], "SIGKILL")

    def test_a_renewed_agent_kills_what_was_asked_to_end(self) -> None:
        pid = self.start_deaf_worker("a")
        nanny = self.nanny_of("a")
        asking = threading.Thread(target=ask, args=(nanny, "kill"), kwargs={"timeout": 30})
        asking.start()
        self.addCleanup(asking.join)
        wait_until(lambda: has_pending(pid, signal.SIGTERM), "the worker has been asked to end")
        self.agent_wire.send(op="renew", reason="test")
        self.agent_wire.expect("renewed")
        self.assertEqual(self.exited("a")["signal"], "SIGKILL")

    def test_kill_of_one_that_is_not_there(self) -> None:
        self.start_worker("a")
        nanny = self.nanny_of("a")
        ask(nanny, "kill")
        self.assertIsNone(ask(nanny, "kill"))

    def test_each_worker_has_its_own_and_keeps_it(self) -> None:
        for name in ("a", "b"):
            self.start_worker(name)
        before = self.nanny_of("a")
        self.assertNotEqual(before, self.nanny_of("b"))
        ask(before, "kill")
        self.start_worker("a", 2)
        self.assertEqual(self.nanny_of("a"), before, "plugins remember nannies by their address")
        self.assertEqual(self.exited("a")["incarnation"], 1)

    def test_a_standby_has_its_names_nanny(self) -> None:
        self.start_worker("a", standby=1)
        before = self.nanny_of("a")
        ask(before, "kill")
        self.start_worker("a", 2, standby=1)
        self.assertEqual(self.nanny_of("a"), before)

    def test_a_fresh_interpreter_has_one_too(self) -> None:
        self.start_worker("a", mode="exec")
        ask(self.nanny_of("a"), "kill", reason="test")
        self.assertEqual(self.exited("a")["told"]["asked"], "kill")

    def test_restart_answers_when_the_successor_is_registered(self) -> None:
        first = self.start_worker("a")["pid"]
        nanny = self.nanny_of("a")

        async def restarted() -> str:
            async with rpc(nanny) as peer:
                answer = asyncio.ensure_future(peer.restart(timeout=30))
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(None, self.exited, "a")
                self.assertFalse(answer.done())
                await loop.run_in_executor(None, self.start_worker, "a", 2)
                return await answer

        self.assertEqual(asyncio.run(restarted()), "OK")
        self.assertFalse(is_alive(first))
        self.assertEqual(ask(nanny, "restart", timeout=0.5), "timed out")
        for n in range(60):  # whatever it is waiting for just then
            self.assertEqual(ask(nanny, "restart", timeout=0.0005 * (n % 20 + 1)), "timed out")

    def test_code_is_refused_and_the_refusal_says_what_to_do(self) -> None:
        self.start_worker("a")
        with self.client() as client:
            with self.assertRaisesRegex(RuntimeError, "client.run"):
                client.run(os.getpid, nanny=True)
            logs = client.get_worker_logs(nanny=True)
        (lines,) = logs.values()
        self.assertIn("Worker process", " ".join(text for _level, text in lines))

    def test_why_a_worker_ends_by_itself(self) -> None:
        self.start_worker("a")
        self.start_worker("b")
        ask(self.nanny_of("a"), "identity")  # it is there
        with self.client() as client:
            client.retire_workers(names=["a"], close_workers=True, remove=True)
        told = self.exited("a")["told"]
        self.assertEqual(told["asked"], "close_gracefully")
        self.assertIn("scheduler", told["reason"])
        self.agent_wire.send(op="signal", name="b", incarnation=1, signal=signal.SIGKILL, tree=False)
        self.assertIsNone(self.exited("b")["told"])

    def test_a_dead_desk_is_replaced_where_it_was(self) -> None:
        self.start_worker("a")
        nanny, desk = self.nanny_of("a"), self.desk()
        ask(nanny, "identity")
        os.kill(desk, signal.SIGKILL)
        wait_until(lambda: self.desk() != desk, "another desk")
        self.assertIsNone(ask(nanny, "kill", timeout=10))
        self.exited("a")

    def test_a_hung_desk_does_not_hold_up_a_workers_end(self) -> None:
        self.start_worker("a")
        self.start_worker("b")
        ask(self.nanny_of("a"), "identity")
        desk = self.desk()
        os.kill(desk, signal.SIGSTOP)
        try:
            with self.client() as client:
                client.retire_workers(names=["a"], close_workers=True, remove=True)
                self.agent_wire.expect("exited", name="a")  # within the deadline of any wait here: 20 s, not 61
        finally:
            os.kill(desk, signal.SIGCONT)

    def test_it_outlives_a_renewal(self) -> None:
        self.start_worker("a")
        nanny = self.nanny_of("a")
        ask(nanny, "identity")
        desk = self.desk()
        self.agent_wire.send(op="renew", reason="test")
        self.agent_wire.expect("renewed")
        self.assertEqual(self.desk(), desk)
        ask(nanny, "kill", reason="after")
        self.assertEqual(self.exited("a")["told"], {"asked": "kill", "reason": "after"})
        self.start_worker("a", 2)
        self.assertEqual(self.nanny_of("a"), nanny)

    def test_it_outlives_the_agent_as_long_as_there_are_workers(self) -> None:
        assert self.agent is not None
        workers = [self.start_worker(name)["pid"] for name in ("a", "b")]
        nanny = self.nanny_of("a")
        ask(nanny, "identity")
        desk = self.desk()
        _, hello = self.greet()
        self.agent.send_signal(signal.SIGKILL)
        self.agent.wait()
        self.assertIsNone(ask(nanny, "kill", timeout=10))
        self.assertFalse(is_alive(workers[0]))
        self.assertTrue(is_alive(desk))
        for process in hello["processes"]:
            if is_alive(process["pid"]):
                os.kill(process["pid"], signal.SIGKILL)
        wait_until(lambda: not is_alive(desk), "the end of the desk")

    def test_it_ends_with_the_agent(self) -> None:
        assert self.agent is not None
        self.start_worker("a")
        desk = self.desk()
        self.agent_wire.send(op="shutdown")
        self.agent.wait(20)
        wait_until(lambda: not is_alive(desk), "the end of the desk")

    def test_idle_it_rests(self) -> None:
        self.start_worker("a")
        ask(self.nanny_of("a"), "identity")
        desk = self.desk()

        def rests() -> bool:
            before = wakeups_of(desk)
            time.sleep(1.5)  # the time that is looked at
            return wakeups_of(desk) == before

        wait_until(rests, "a rest of more than a second")
        self.assertEqual(len(os.listdir(f"/proc/{desk}/task")), 1)


class DeskOfAnAgentThatCannotFork(DeskCase):
    """It is a fresh interpreter, as its workers are."""

    def start_agent(self, *_: Any, **__: Any) -> None:
        self.write(
            "sitecustomize.py",
            "import sys, threading, time\n"
            "class Watch:\n"
            "    def find_spec(self, name, *_):\n"
            "        if name == 'distributed.actor' and sys.argv[1:2] not in (['run'], ['desk']):\n"
            "            threading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n"
            "sys.meta_path.insert(0, Watch())\n",
        )
        super().start_agent(env={"PYTHONPATH": self.directory})

    def test_it_answers_and_is_replaced(self) -> None:
        self.assertEqual(self.start_worker("a")["mode"], "exec")
        nanny, desk = self.nanny_of("a"), self.desk()
        ask(nanny, "identity")
        os.kill(desk, signal.SIGKILL)
        wait_until(lambda: self.desk() != desk, "another desk")
        self.assertIsNone(ask(nanny, "kill", timeout=10))
        self.assertEqual(self.exited("a")["told"]["asked"], "kill")


@unittest.skipUnless(shutil.which("openssl"), "no openssl to make a certificate with")
class TlsDesk(LinkCase):
    def test_it_listens_as_the_scheduler_does(self) -> None:
        """And takes no one without a certificate."""
        key, certificate = self.path("key.pem"), self.path("cert.pem")
        words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=test"]
        subprocess.run([*words, "-keyout", key, "-out", certificate], check=True, capture_output=True)
        own = {"cert": certificate, "key": key}
        tls = {"ca-file": certificate, "scheduler": own, "worker": own, "client": own}
        settings = {"distributed": {"comm": {"require-encryption": True, "default-scheme": "tls", "tls": tls}}}
        self.spawn(
            self.agent_wire, "scheduler", role="scheduler", scheduler_link=self.socket, dask_config=settings,
            args=["--protocol", "tls", "--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0"],
        )
        self.link = wait_until(self.connect_link, "the link")
        self.snapshot = self.link.expect("snapshot")
        self.start_worker("a", dask_config=settings)

        security = Security(
            tls_ca_file=certificate, tls_client_cert=certificate, tls_client_key=key, require_encryption=True
        )
        workers = ask(self.snapshot["address"], "identity", security)["workers"].values()
        nanny = next(worker["nanny"] for worker in workers)
        self.assertTrue(nanny.startswith("tls://"))
        with self.assertRaises(OSError):
            ask(nanny.replace("tls://", "tcp://"), "kill")
        self.assertEqual(ask(nanny, "identity", security)["type"], "Nanny")
        self.assertIsNone(ask(nanny, "kill", security))
        self.assertEqual(self.agent_wire.expect("exited", name="a")["told"]["asked"], "kill")


if __name__ == "__main__":
    unittest.main()
