"""daskd as a service of a user's own systemd."""

import json
import unittest

from systemd_user import SystemdUser
from waiting import wait_until


def journal(user, least):
    """The messages of the service, of this level or a worse one."""
    out = user.run("journalctl", "--user", "--unit=daskd.service", f"--priority={least}", "--output=cat")
    return out.splitlines()


class Service(unittest.TestCase):
    def test_life(self):
        with SystemdUser() as user:
            self.assertIn("daskd: running", user.run("daskctl", "daemon", "install", "--now"))
            user.run("daskctl", "up", "--workers", "2")
            self.assertEqual(user.property("daskd.service", "StatusText"), "running, 2 of 2 workers running")
            self.assertEqual(len(user.scopes()), 1)

            with self.subTest("a daskd that crashes comes back, and touches no worker"):
                before = user.pids()
                main = user.property("daskd.service", "MainPID")
                user.run("kill", "-KILL", main)
                wait_until(lambda: user.property("daskd.service", "MainPID") not in (main, "0"), 10, "a new daskd")
                user.wait_running()
                self.assertEqual(user.pids(), before)

            with self.subTest("a newer daskd takes over"):
                user.run("daskctl", "daemon", "restart")
                user.wait_running()
                self.assertEqual(user.pids(), before)
                self.assertEqual(user.property("daskd.service", "ActiveState"), "active")

            with self.subTest("reload reads the configuration anew"):
                (user.home / ".config/dask").mkdir(mode=0o777, parents=True)
                (user.home / ".config/dask/d.yaml").write_text("daskd: {pools: {local: {nice: 1}}}")
                user.run("systemctl", "--user", "reload", "daskd")
                wait_until(lambda: user.pids()["local-0"] != before["local-0"], 20, "a worker with another priority")

            with self.subTest("the journal has its messages with their levels"):
                (user.home / ".config/dask/d.yaml").write_text("daskd: {pools: {local: {nice: none}}}")
                user.run("systemctl", "--user", "reload", "daskd")
                wait_until(lambda: any("reload refused" in text for text in journal(user, "err")), 20, "the refusal")
                self.assertFalse(any("serves cluster" in text for text in journal(user, "err")))
                self.assertTrue(any("serves cluster" in text for text in journal(user, "info")))
                (user.home / ".config/dask/d.yaml").unlink()

            with self.subTest("stopped, it leaves nothing, and the next start restores what was up"):
                user.run("systemctl", "--user", "stop", "daskd.service")
                wait_until(lambda: not user.processes() and not user.scopes(), 10, "nothing left")
                user.run("daskctl", "daemon", "start")
                self.assertEqual(user.property("daskd.service", "ActiveState"), "active")
                user.wait_running()

            with self.subTest("uninstalled only when it does not run"):
                self.assertIn("daskctl daemon stop", user.run("daskctl", "daemon", "uninstall", expect=1))
                user.run("daskctl", "daemon", "stop")
                user.run("daskctl", "daemon", "uninstall")
                self.assertEqual(list((user.home / ".config/systemd/user").glob("daskd*")), [])
                wait_until(lambda: not user.processes(), 10, "nothing left")

    def test_one_that_hangs(self):
        with SystemdUser() as user:
            user.run("daskctl", "daemon", "install")
            drop_in = user.home / ".config/systemd/user/daskd.service.d/test.conf"
            drop_in.write_text("[Service]\nWatchdogSec=1s\nTimeoutStopSec=1s\n")
            user.run("systemctl", "--user", "daemon-reload")
            user.run("daskctl", "up", "--workers", "1")
            before = user.pids()
            main = user.property("daskd.service", "MainPID")
            user.run("kill", "-STOP", main)
            wait_until(lambda: user.property("daskd.service", "MainPID") not in (main, "0"), 20, "the watchdog's daskd")
            user.wait_running()
            self.assertEqual(user.pids(), before)

            drop_in.write_text("[Service]\nWatchdogSec=0\nTimeoutStopSec=1s\n")
            user.run("systemctl", "--user", "daemon-reload")
            user.run("systemctl", "--user", "restart", "daskd")
            user.wait_running()
            user.run("kill", "-STOP", user.property("daskd.service", "MainPID"))
            user.run("systemctl", "--user", "stop", "daskd.service")
            wait_until(lambda: not user.processes(), 20, "nothing left")

    def test_socket(self):
        with SystemdUser() as user:
            user.run("daskctl", "daemon", "install")
            user.run("systemctl", "--user", "start", "daskd.socket")
            for _ in range(3):
                self.assertEqual(user.run("daskctl", "status", expect=3), "default: down")
            self.assertEqual(user.property("daskd.service", "ActiveState"), "inactive")
            ask = ("import os, socket; s = socket.socket(socket.AF_UNIX);"
                   "s.connect(os.environ['XDG_RUNTIME_DIR'] + '/daskd/default.sock');"
                   "s.sendall(b'{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"cluster.status\"}\\n');"
                   "print(s.makefile().readline())")
            self.assertIn('"state":"down"', user.run("/usr/bin/python3", "-c", ask))
            self.assertEqual(user.property("daskd.service", "ActiveState"), "active")

    def test_named_clusters(self):
        with SystemdUser() as user:
            user.run("daskctl", "--cluster", "lab", "daemon", "install")
            user.run("daskctl", "--cluster", "lab", "up", "--workers", "1")
            self.assertEqual(user.property("daskd@lab.service", "ActiveState"), "active")
            self.assertEqual(user.property("daskd.service", "ActiveState"), "inactive")
            user.run("systemctl", "--user", "start", "daskd@default.service")
            self.assertEqual(user.property("daskd.service", "ActiveState"), "active")
            user.run("systemctl", "--user", "stop", "daskd@default.service")
            wait_until(lambda: user.property("daskd.service", "ActiveState") == "inactive", 10, "daskd stopped with it")
            user.run("daskctl", "--cluster", "lab", "down")
            folder = user.home / ".config/systemd/user"
            complaints = user.run("systemd-analyze", "--user", "verify",
                                  *(str(file) for file in folder.glob("daskd*.*") if "@." not in file.name
                                    and file.is_file()), f"{folder}/daskd@lab.service", f"{folder}/daskd@lab.socket")
            self.assertEqual(complaints, "")

            with self.subTest("as closed as what runs the users' own code may be"):
                checks = json.loads(user.run("systemd-analyze", "--user", "security", "--json=short", "daskd@lab.service"))
                good = {check["json_field"] for check in checks if check["set"]}
                self.assertLessEqual({"UMask", "NotifyAccess", "AmbientCapabilities", "Delegate"}, good)


if __name__ == "__main__":
    unittest.main()
