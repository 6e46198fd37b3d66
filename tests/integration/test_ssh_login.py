"""Logging in by SSH: which keys are used, which hosts are trusted, and what is said when it fails."""

import os
import re
import signal
import subprocess
import unittest

from ssh_probe import SshCase
from waiting import wait_until


class Keys(SshCase):
    def agent(self, *keys):
        """The environment of an ssh-agent that holds these keys."""
        shown = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
        agent = dict(re.findall(r"(SSH_\w+)=([^;]+)", shown))
        self.addCleanup(os.kill, int(agent["SSH_AGENT_PID"]), signal.SIGTERM)
        askpass = {"SSH_ASKPASS": str(self.hosts.keys / "askpass"), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
        env = {**os.environ, "SSH_AUTH_SOCK": agent["SSH_AUTH_SOCK"]}
        for key in keys:
            subprocess.run(["ssh-add", "-q", self.hosts.keys / key], env={**env, **askpass}, check=True, capture_output=True)
        return env

    def login(self, *keys, config="", env=None):
        """Who we are on h1, with these IdentityFiles."""
        lines = "".join(f"  IdentityFile {self.hosts.keys / key}\n" for key in keys)
        file = self.configure("")
        usual = re.sub(r"  IdentityFile .*\n", lines, self.hosts.config.read_text())
        file.write_text(config + usual)
        clean = {name: value for name, value in os.environ.items() if name != "SSH_AUTH_SOCK"}
        return self.probe("h1", "exec", "id -un", config=file, env=env or clean)

    def test_key_files(self):
        for key in ("id_ed25519", "id_ecdsa"):
            with self.subTest(key):
                self.assert_works(self.login(key), "dask\n")

    def test_the_second_key_file(self):
        self.assert_works(self.login("id_stranger", "id_ed25519"), "dask\n")

    def test_a_refused_key(self):
        self.assert_refused(self.login("id_stranger"), "dask@h1 (10.77.0.11) accepts none of our keys",
                            "id_stranger: refused", "hint: ssh-copy-id dask@h1")

    def test_a_missing_key(self):
        self.assert_refused(self.login("id_none"), "id_none: cannot be read")

    def test_a_locked_key_file_names_the_agent(self):
        self.assert_refused(self.login("id_enc"), "locked by a passphrase", f"hint: ssh-add {self.hosts.keys}/id_enc")

    def test_a_locked_key_in_the_agent(self):
        self.assert_works(self.login("id_enc", env=self.agent("id_enc")), "dask\n")

    def test_only_the_public_half_is_here(self):
        self.assert_works(self.login("id_ecdsa.pub", env=self.agent("id_stranger", "id_ecdsa")), "dask\n")

    def test_identities_only_leaves_the_agents_other_keys_alone(self):
        env = self.agent("id_ed25519")
        self.assert_refused(self.login("id_stranger", env=env), "id_stranger: refused")
        self.assert_works(self.login("id_stranger", config="IdentitiesOnly no\n", env=env), "dask\n")

    def test_an_agent_that_is_gone(self):
        env = {**os.environ, "SSH_AUTH_SOCK": "/nowhere/agent"}
        self.assert_works(self.login("id_ed25519", env=env), "dask\n")
        self.assert_refused(self.login("id_stranger", env=env), "no ssh-agent: cannot connect to /nowhere/agent")

    def test_rsa_says_what_to_use_instead(self):
        done = self.login("id_rsa")
        if done.returncode != 0:  # an older libssh2
            self.assert_refused(done, "id_rsa", "an ed25519 key can: ssh-keygen -t ed25519")

    def test_too_many_keys(self):
        for number in range(7):
            file = self.hosts.keys / f"id_wrong{number}"
            if not file.exists():
                subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)
        self.assert_refused(self.login(*(f"id_wrong{number}" for number in range(7))), "Too many authentication failures",
                            "IdentitiesOnly yes")


class PasswordOnly(SshCase):
    WANTED = {"h1": {"PubkeyAuthentication": "no"}}

    def test_never_sends_a_password(self):
        self.assert_refused(self.probe("h1", "exec", "true"), "dask@h1")


class Trust(SshCase):
    WANTED = {"h1": {}, "h2": {}}

    def trusting(self, *lines):
        file = self.hosts.directory / f"known.{self._testMethodName}"
        file.write_text("".join(line + "\n" for line in lines))
        return file, self.configure(f"UserKnownHostsFile {file}\n")

    def reach(self, *lines):
        return self.probe("h1", "exec", "hostname", config=self.trusting(*lines)[1])

    def test_a_known_key(self):
        self.assert_works(self.reach(f"10.77.0.11 {self.hosts['h1'].key()}"), "h1\n")

    def test_an_unknown_key_names_the_command_that_adds_it(self):
        file, config = self.trusting("# nothing")
        done = self.probe("h1", "exec", "hostname", config=config)
        shown = subprocess.run(["ssh-keygen", "-lf", self.hosts["h1"].root / "ssh/ssh_host_ed25519_key.pub"],
                               capture_output=True, text=True).stdout.split()[1]
        self.assert_refused(done, "is not in known_hosts as 10.77.0.11", shown)
        command = re.search(r"ssh-keyscan .*", done.stderr).group()
        self.hosts.run(["sh", "-c", command])
        self.assert_works(self.probe("h1", "exec", "hostname", config=config), "h1\n")

    def test_hashed(self):
        file, config = self.trusting(f"10.77.0.11 {self.hosts['h1'].key()}")
        subprocess.run(["ssh-keygen", "-H", "-f", file], capture_output=True, check=True)
        self.assertIn("|1|", file.read_text())
        self.assert_works(self.probe("h1", "exec", "hostname", config=config), "h1\n")

    def test_another_hosts_key(self):
        self.assert_refused(self.reach(f"10.77.0.11 {self.hosts['h2'].key()}"), "has changed, or somebody is in between",
                            "ssh-keygen -R '10.77.0.11'")

    def test_a_revoked_key(self):
        key = self.hosts["h1"].key()
        self.assert_refused(self.reach(f"10.77.0.11 {key}", f"@revoked * {key}"), "is revoked at", ":2")

    def test_a_host_set_up_anew(self):
        self.hosts.rekey("h2")
        self.assert_refused(self.probe("h2", "exec", "hostname"), "has changed")
        file, config = self.trusting(f"10.77.0.12 {self.hosts['h2'].key()}")
        self.assert_works(self.probe("h2", "exec", "hostname", config=config), "h2\n")

    def test_the_key_that_is_known_is_asked_for(self):
        host = self.hosts["h1"]
        ecdsa = host.root / "ssh/ssh_host_ecdsa_key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", ecdsa], check=True)
        with (host.root / "ssh/sshd_config").open("a") as config:
            config.write("HostKey /etc/ssh/ssh_host_ecdsa_key\n")
        self.hosts.stop_sshd("h1")
        self.hosts.start_sshd("h1")
        for kind in ("ecdsa", "ed25519"):
            with self.subTest(kind):
                self.assert_works(self.reach(f"10.77.0.11 {host.key(kind)}"), "h1\n")

    def test_alias(self):
        file, _ = self.trusting(f"cluster {self.hosts['h1'].key()}")
        config = self.configure(f"HostKeyAlias cluster\nUserKnownHostsFile {file}\n")
        self.assert_works(self.probe("h1", "exec", "hostname", config=config), "h1\n")


class NoConnection(SshCase):
    WANTED = {"h1": {}, "h2": {}}

    def test_nothing_listens(self):
        self.assert_refused(self.probe("h1:23", "exec", "true"), "cannot connect to 10.77.0.11 port 23", "refused",
                            "hint: is the host up")

    def test_no_such_name(self):
        self.assert_refused(self.probe("nowhere.invalid", "exec", "true"), "no address for nowhere.invalid")

    def test_no_route(self):
        self.hosts.refuse("h2")
        self.addCleanup(self.hosts.restore, "h2")
        self.assert_refused(self.probe("h2", "exec", "true"), "No route to host")

    def test_the_host_is_off(self):
        self.hosts.halt("h2")
        self.assert_refused(self.probe("h2", "exec", "true"), "cannot connect to 10.77.0.12")
        self.hosts.boot("h2")
        self.assert_works(self.probe("h2", "exec", "hostname"), "h2\n")

    def test_a_port_that_says_nothing(self):
        listening = subprocess.Popen(self.hosts.on_head(["/usr/bin/python3", "-c", "import socket, sys\n"
                                     "s = socket.create_server(('127.0.0.1', 2022)); print('ready', flush=True); sys.stdin.read()"]),
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(listening.communicate)
        listening.stdout.readline()
        self.assert_refused(self.probe("127.0.0.1:2022", "exec", "true"), "no SSH with", "not done within")

    def test_something_else_listens(self):
        listening = subprocess.Popen(self.hosts.on_head(["/usr/bin/python3", "-m", "http.server", "--bind", "127.0.0.1", "2023"]),
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(listening.wait)
        self.addCleanup(listening.kill)
        wait_until(lambda: "2023" in self.hosts.run(["ss", "-ltn"]).stdout, 10, "the server")
        self.assert_refused(self.probe("127.0.0.1:2023", "exec", "true"), "no SSH with")

    def test_sshd_stopped_and_back(self):
        self.hosts.stop_sshd("h1")
        self.assert_refused(self.probe("h1", "exec", "true"), "refused")
        self.hosts.start_sshd("h1")
        self.assert_works(self.probe("h1", "exec", "hostname"), "h1\n")


class Jumps(SshCase):
    WANTED = {"h1": {}, "h2": {}, "h3": {}}

    def chain(self, *more):
        return self.configure("".join(more) + "Host h3\n  ProxyJump h1,h2\n")

    def test_through_two_hosts(self):
        done = self.probe("h3", "exec", "echo ${SSH_CONNECTION%% *}", config=self.chain())
        self.assert_works(done, f"{self.hosts['h2'].address}\n")

    def test_the_host_that_fails_is_named(self):
        done = self.probe("h3", "exec", "true", config=self.chain("Host h2\n  HostKeyAlias other\n"))
        self.assert_refused(done, "by way of dask@h1", "dask@h2 (10.77.0.12) is not in known_hosts as other", "ssh h2 true")
        done = self.probe("h3", "exec", "true", config=self.chain("Host h3\n  Port 23\n"))
        self.assert_refused(done, "by way of dask@h2", "cannot reach dask@h3 (10.77.0.13 port 23) from there")

    def test_data_in_both_directions(self):
        data = os.urandom(5_000_000)
        done = self.probe("h3", "exec", "cat", config=self.chain(), input=data, text=False)
        self.assertTrue(done.stdout == data, done.stderr)


if __name__ == "__main__":
    unittest.main()
