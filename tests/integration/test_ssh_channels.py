"""Commands, data and tunnels over one SSH session."""

import os
import re
import select
import subprocess
import unittest

from ssh_probe import REFUSED, SshCase
from waiting import wait_until

MB = 1_000_000


def memory_mb(pid):
    """The most memory that a process had, in MB."""
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) / 1000


def cpu_ticks(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return sum(map(int, stat.read().rpartition(")")[2].split()[11:13]))


class Commands(SshCase):
    WANTED = {"h1": {"MaxSessions": 30}, "one": {"MaxSessions": 1}, "rekeys": {"RekeyLimit": "2M"}}

    def test_output_error_output_and_status(self):
        done = self.probe("h1", "exec", "echo out; echo err >&2; exit 3")
        self.assertEqual((done.stdout, done.stderr, done.returncode), ("out\n", "err\n", 3))

    def test_a_signal(self):
        self.assertIn("signal TERM", self.probe("h1", "exec", "kill -TERM $$").stderr)

    def test_a_command_that_does_not_exist(self):
        done = self.probe("h1", "exec", "/no/such/program")
        self.assertEqual(done.returncode, 127)
        self.assertIn("No such file", done.stderr)

    def test_end_of_input_is_passed_on(self):
        self.assert_works(self.probe("h1", "exec", "wc -c", input="12345"), "5\n")

    def test_a_command_that_ignores_its_input(self):
        self.assert_works(self.probe("h1", "exec", "echo done", input="x" * 5 * MB), "done\n")

    def test_much_data_both_ways(self):
        data = os.urandom(100 * MB)
        done = self.probe("h1", "exec", "cat", input=data, text=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout == data, f"{len(done.stdout)} bytes")

    def test_much_data_on_both_outputs(self):
        done = self.probe("h1", "exec", f"head -c {10 * MB} /dev/zero & head -c {10 * MB} /dev/zero >&2; wait")
        self.assertEqual((len(done.stdout), len(done.stderr)), (10 * MB, 10 * MB))

    def test_keys_are_exchanged_anew_in_the_middle(self):
        data = os.urandom(30 * MB)
        done = self.probe("rekeys", "exec", "cat", input=data, text=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout == data, f"{len(done.stdout)} bytes")

    def test_sixteen_channels_at_once(self):
        done = self.probe("h1", "many", 16, f"head -c {3 * MB} /dev/urandom")
        self.assert_works(done, f"{16 * 3 * MB}\n")

    def test_a_refused_channel_harms_no_other(self):
        done = self.probe("one", "many", 3, "sleep 0.5; printf 12345")
        self.assert_works(done, "5\n")
        self.assertEqual(done.stderr.count("MaxSessions may be reached"), 2)

    def test_output_that_nobody_reads_stays_there(self):
        stalled = self.start("h1", "stall", f"head -c {50 * MB} /dev/zero")
        stalled.wait_for("started")
        pid = stalled.process.pid
        # All that can come has come when the remote program has stopped writing.
        wait_until(lambda: "pipe_write" in self.hosts["h1"].inside(
            ["sh", "-c", "cat /proc/$(pgrep -x head)/wchan"], check=False).stdout or None, 20, "a full pipe")
        before = memory_mb(pid)
        stalled.process.stdin.write(b"go on\n")
        stalled.process.stdin.flush()
        stalled.wait_for(str(50 * MB))
        self.assertLess(before, 40)

    def test_an_idle_session_costs_nothing(self):
        held = self.start("h1", "hold")
        held.wait_for("connected")
        before = cpu_ticks(held.process.pid)
        switches = self._switches(held.process.pid)
        self.assertRaises(AssertionError, held.wait_for, "ended", 3)
        self.assertLessEqual(cpu_ticks(held.process.pid) - before, 1)
        self.assertLess(self._switches(held.process.pid) - switches, 5)

    @staticmethod
    def _switches(pid):
        with open(f"/proc/{pid}/status") as status:
            return sum(map(int, re.findall(r"ctxt_switches:\s+(\d+)", status.read())))


class UnixSockets(SshCase):
    WANTED = {"h1": {}, "closed": {"AllowStreamLocalForwarding": "no"}}
    WAYS = (("h1", []), ("closed", ["python3"]))
    ECHO = ("import socket; s = socket.socket(socket.AF_UNIX); s.bind('/tmp/echo'); s.listen(); print('ready', flush=True)\n"
            "while True:\n c, _ = s.accept(); d = b''\n"
            " while x := c.recv(65536): d += x\n"
            " c.sendall(d[::-1]); c.close()")
    GOODBYE = ECHO.partition(" while x")[0].replace("echo", "goodbye") + " c.sendall(b'goodbye'); c.close()"

    def listen(self, host, program=ECHO):
        argv = [*self.hosts[host].enter(), "/usr/bin/python3", "-c", "import os; os.umask(0)\n" + program]
        listening = subprocess.Popen(argv, stdout=subprocess.PIPE)
        self.addCleanup(listening.communicate)
        self.addCleanup(listening.kill)
        self.assertEqual(listening.stdout.readline(), b"ready\n")

    def test_directly_and_by_a_program(self):
        for host, python in self.WAYS:
            self.listen(host)
            for data in ("hello", "x" * 3 * MB + "y"):
                with self.subTest(host=host, size=len(data)):
                    self.assert_works(self.probe(host, "unix", "/tmp/echo", *python, input=data), data[::-1])

    def test_the_end_is_heard_of_while_there_may_be_more_to_say(self):
        for host, python in self.WAYS:
            self.listen(host, self.GOODBYE)
            argv = self.command(host, "unix", "/tmp/goodbye", *python)
            with self.subTest(host=host), subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as probe:
                self.addCleanup(probe.kill)
                heard, more = b"", None
                while select.select([probe.stdout], [], [], 20)[0] and (more := os.read(probe.stdout.fileno(), 100)):
                    heard += more
                self.assertEqual((heard, more), (b"goodbye", b""))

    def test_no_such_socket(self):
        done = self.probe("h1", "unix", "/tmp/none")
        self.assertEqual(done.returncode, REFUSED)
        self.assertIn("cannot connect to /tmp/none on dask@h1", done.stderr)

    def test_not_allowed_and_no_program(self):
        done = self.probe("closed", "unix", "/tmp/echo")
        self.assertEqual(done.returncode, REFUSED)
        self.assertIn("AllowStreamLocalForwarding", done.stderr)


class Tunnels(SshCase):
    WANTED = {"h1": {}, "closed": {"AllowTcpForwarding": "no"}}

    def serve(self, enter, port):
        """Answers each connection with the MD5 sum of what it sent, and its size."""
        program = ("import hashlib, socketserver, sys\n"
                   "class H(socketserver.StreamRequestHandler):\n"
                   " def handle(self):\n  d = self.rfile.read(); self.wfile.write(hashlib.md5(d).digest() + d)\n"
                   "class S(socketserver.ThreadingTCPServer): allow_reuse_address = daemon_threads = True\n"
                   f"s = S(('127.0.0.1', {port}), H); print('ready', flush=True); s.serve_forever()")
        serving = subprocess.Popen([*enter, "/usr/bin/python3", "-c", program], stdout=subprocess.PIPE)
        self.addCleanup(serving.communicate)
        self.addCleanup(serving.kill)
        self.assertEqual(serving.stdout.readline(), b"ready\n")

    def ask(self, enter, port, size=3 * MB):
        """Sends `size` bytes through the tunnel, half-closes, and checks the answer."""
        program = ("import hashlib, os, socket, threading\n"
                   f"s = socket.create_connection(('127.0.0.1', {port})); d = os.urandom({size})\n"
                   "def send():\n try: s.sendall(d); s.shutdown(socket.SHUT_WR)\n except OSError: pass\n"
                   "threading.Thread(target=send).start(); got = b''\n"
                   "try:\n while x := s.recv(65536): got += x\n"
                   "except OSError: pass\n"
                   "print(got == hashlib.md5(d).digest() + d, len(got))")
        return subprocess.Popen([*enter, "/usr/bin/python3", "-c", program], stdout=subprocess.PIPE, text=True)

    def check(self, listening, connecting, verb):
        self.serve(listening, 7001)
        tunnel = self.start("h1", verb, 0, "127.0.0.1", 7001)
        port = int(tunnel.wait_for("port").split()[1])
        for asking in [self.ask(connecting, port) for _ in range(5)]:
            self.assertEqual(asking.communicate(timeout=60)[0], f"True {3 * MB + 16}\n")
        return tunnel, port

    def test_local_port_to_remote_place(self):
        head = self.hosts.on_head([])
        tunnel, port = self.check(self.hosts["h1"].enter(), head, "local")
        self.end_input(tunnel)
        tunnel.process.wait(20)
        asking = subprocess.run([*head, "/usr/bin/python3", "-c",
                                 f"import socket; socket.create_connection(('127.0.0.1', {port}))"], capture_output=True)
        self.assertIn(b"ConnectionRefusedError", asking.stderr, "the port is closed with the session")

    def test_remote_port_to_local_place(self):
        self.check(self.hosts.on_head([]), self.hosts["h1"].enter(), "remote")

    def test_a_place_that_does_not_answer_costs_one_connection(self):
        tunnel = self.start("h1", "local", 0, "127.0.0.1", 7002)
        port = int(tunnel.wait_for("port").split()[1])
        head = self.hosts.on_head([])
        self.assertEqual(self.ask(head, port, 10).communicate(timeout=60)[0], "False 0\n")
        self.serve(self.hosts["h1"].enter(), 7002)
        self.assertEqual(self.ask(head, port, 10).communicate(timeout=60)[0], "True 26\n")

    def test_a_port_that_is_taken(self):
        self.serve(self.hosts["h1"].enter(), 7003)
        done = self.probe("h1", "remote", 7003, "127.0.0.1", 1)
        self.assertIn("does not listen on 127.0.0.1 port 7003", done.stderr)

    def test_not_allowed(self):
        self.assertIn("AllowTcpForwarding", self.probe("closed", "remote", 0, "127.0.0.1", 1).stderr)


if __name__ == "__main__":
    unittest.main()
