"""Hosts to log in to by SSH, made of Linux namespaces: each has its own network, processes, /home, /tmp, keys and sshd.

    with SshHosts("h1", "h2", h3={"MaxSessions": 1}) as hosts:
        hosts.run(["ssh", "-F", hosts.config, "h1", "hostname"])    # on the head, where the daemon would run
        hosts.cut("h1")

All hang off a bridge in a namespace of its own (10.77.0.0/24): nothing is added to this machine's network, and rigs do
not see each other. Everything is a child of the test and ends with it, however the test ends.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Iterator

from processes import alive
from waiting import wait_until

USER, UID = "dask", 1977
NETWORK = "10.77.0"
PASSPHRASE = "correct horse"
SSHD = "/usr/sbin/sshd"

# The first process of a host: waits for its network, lays out the private directories, starts sshd, reaps.
INIT = """
set -eu
read -r _
hostname {name}
mount -t tmpfs -o mode=755 run /run
mkdir /run/sshd
mount -t tmpfs -o mode=1777 shm /dev/shm
for f in passwd group shadow hostname hosts; do mount --bind {root}/$f /etc/$f; done
mount --bind {root}/ssh /etc/ssh
mount --bind {root}/log /var/log
mount --bind {root}/home /home
mount --bind {root}/root /root
mount --bind {root}/tmp /tmp
cd /
{sshd} -E /var/log/sshd.log
while :; do sleep 3600 & wait $! || :; done
"""

SSHD_CONFIG = """
Port 22
HostKey /etc/ssh/ssh_host_ed25519_key
PidFile /run/test-sshd.pid
LogLevel VERBOSE
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
UseDNS no
PrintMotd no
"""


def missing() -> str | None:
    """Why there can be no such hosts here; None if there can."""
    if os.geteuid() != 0:
        return "hosts of namespaces need root"
    for program in (SSHD, "ssh", "ssh-keygen", "ip", "tc", "nsenter", "unshare", "setpriv"):
        if not shutil.which(program):
            return f"no {program}: conf/install-packages test"
    trial = subprocess.run(["unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "true"], capture_output=True,
                           text=True)
    return trial.stderr.strip() or None


def require() -> None:
    """Skips the test where there can be no hosts."""
    if why := missing():
        raise unittest.SkipTest(why)


def _run(*argv: object) -> None:
    done = subprocess.run([str(word) for word in argv], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, argv))}: {done.stdout}{done.stderr}")


def _make_key(file: Path, kind: str = "ed25519", passphrase: str = "", *args: str) -> None:
    _run("ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", file.name, "-f", file, *args)


class _Namespace:
    """A process that holds namespaces open until it is killed, which the end of this process does too."""

    def __init__(self, *kinds: str, command: list[str]) -> None:
        argv = ["setpriv", "--pdeathsig", "KILL", "unshare", "--propagation", "private", *kinds, *command]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.pid = self.process.pid

    def enter(self, *kinds: str) -> list[str]:
        return ["nsenter", "-t", str(self.pid), *kinds]

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


class Host:
    """One host, on or off; its disk stays."""

    def __init__(self, hosts: SshHosts, name: str, number: int, options: dict[str, object]) -> None:
        self.hosts, self.name = hosts, name
        self.address = f"{NETWORK}.{number}"
        self.mac = f"02:00:0a:4d:00:{number:02x}"
        self.root = hosts.directory / "hosts" / name
        self.space: _Namespace | None = None
        self.relay: subprocess.Popen[str] | None = None
        self._lay_out(options)

    def _lay_out(self, options: dict[str, object]) -> None:
        ssh = self.root / "ssh"
        for folder in (ssh, self.root / "log", self.root / "tmp", self.root / "home" / USER / ".ssh", self.root / "root/.ssh"):
            folder.mkdir(parents=True, mode=0o700)
        for folder in (self.root, ssh, self.root / "home"):
            folder.chmod(0o755)
        (self.root / "tmp").chmod(0o1777)
        _make_key(ssh / "ssh_host_ed25519_key")
        extra = "".join(f"{key} {value}\n" for key, value in options.items())
        (ssh / "sshd_config").write_text(SSHD_CONFIG + extra)
        for home in (self.root / "home" / USER, self.root / "root"):
            shutil.copy(self.hosts.keys / "authorized_keys", home / ".ssh/authorized_keys")
        _run("chown", "-R", f"{UID}:{UID}", self.root / "home" / USER)
        # A password of "*": sshd refuses accounts that look locked ("!").
        for file, line in {"passwd": f"{USER}:x:{UID}:{UID}::/home/{USER}:/bin/bash", "group": f"{USER}:x:{UID}:",
                           "shadow": f"{USER}:*:19000:0:99999:7:::"}.items():
            (self.root / file).write_text(Path("/etc", file).read_text() + line + "\n")
        (self.root / "shadow").chmod(0o600)
        (self.root / "hostname").write_text(self.name + "\n")

    @property
    def home(self) -> Path:
        """Of the user that one logs in as, seen from outside."""
        return self.root / "home" / USER

    def key(self, kind: str = "ed25519") -> str:
        """Its public host key, as known_hosts has it."""
        return " ".join((self.root / f"ssh/ssh_host_{kind}_key.pub").read_text().split()[:2])

    def boot(self) -> None:
        shutil.copy(self.hosts.directory / "etc-hosts", self.root / "hosts")
        init = INIT.format(name=self.name, root=self.root, sshd=SSHD)
        clean = ["env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"]
        outer = _Namespace("--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child=KILL", "--mount-proc",
                           command=[*clean, "/bin/bash", "-c", init])
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
        outer.pid = int(wait_until(lambda: children.exists() and children.read_text().split(), 10, "the first process")[0])
        self.space = outer
        self.hosts.plug(self.name, self.address, self.mac, outer)
        outer.process.stdin.write("go\n")  # type: ignore[union-attr]
        outer.process.stdin.flush()  # type: ignore[union-attr]
        self.wait_for_sshd()

    def wait_for_sshd(self) -> None:
        # The listener binds before it writes its pid file.
        wait_until(lambda: self.inside(["test", "-s", "/run/test-sshd.pid"], check=False).returncode == 0, 20, f"sshd on {self.name}")

    def enter(self) -> list[str]:
        """The beginning of a command line that runs inside, and ends with nsenter, which is its parent."""
        assert self.space, f"{self.name} is off"
        return [*self.space.enter("-m", "-u", "-i", "-n", "-p", "--wd=/"), "setpriv", "--pdeathsig", "KILL", "env", "-i", "HOME=/root", "USER=root",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]

    def inside(self, argv: list[str], check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self.enter(), *argv], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=check)

    @contextlib.contextmanager
    def listening(self, port: int) -> Iterator[None]:
        """Somebody else's program has this port meanwhile."""
        code = f"import socket, sys; s = socket.create_server(('127.0.0.1', {port})); print(flush=True); sys.stdin.read()"
        with subprocess.Popen([*self.enter(), sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
            assert program.stdout and program.stdin and program.stdout.readline(), f"{port} is taken on {self.name}"
            yield
            program.stdin.close()

    def pids(self) -> list[int]:
        """All its processes, as this machine numbers them."""
        assert self.space
        mine = os.readlink(f"/proc/{self.space.pid}/ns/pid")

        def is_mine(pid: str) -> bool:
            try:
                return os.readlink(f"/proc/{pid}/ns/pid") == mine
            except OSError:
                return False

        return [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and is_mine(pid)]

    def off(self) -> None:
        """As a power cut: nothing leaves it any more."""
        self.hosts.end_relay(self)
        if self.space:
            self.hosts.switch_ip("link", "del", self.name)
            os.kill(self.space.pid, signal.SIGKILL)
            self.space.end()
            pid = self.space.pid
            wait_until(lambda: not alive(pid), 10, f"the end of {self.name}")
            self.space = None


class SshHosts:
    """The hosts, the network between them, and the head. Arguments name hosts; a keyword's value is sshd_config."""

    def __init__(self, *names: str, **configured: dict[str, object]) -> None:
        require()
        self.directory = Path(tempfile.mkdtemp(prefix="daskd-ssh-"))
        self.directory.chmod(0o755)
        self.keys = self.directory / "keys"
        self.config = self.directory / "ssh_config"
        self.known_hosts = self.directory / "known_hosts"
        self.hosts: dict[str, Host] = {}
        self.switch: _Namespace | None = None
        self.head: _Namespace | None = None
        try:
            self._build({**{name: {} for name in names}, **configured})
        except BaseException:
            self.close()
            raise

    def _build(self, wanted: dict[str, dict[str, object]]) -> None:
        self._make_keys()
        for number, (name, options) in enumerate(wanted.items(), start=11):
            self.hosts[name] = Host(self, name, number, options)
        lines = ["127.0.0.1 localhost", f"{NETWORK}.1 head", *(f"{h.address} {h.name}" for h in self.hosts.values())]
        (self.directory / "etc-hosts").write_text("\n".join(lines) + "\n")
        self._write_client_files()

        self.switch = _Namespace("--net", command=["sleep", "infinity"])
        self._wait_for_network(self.switch)
        self.switch_ip("link", "add", "br0", "type", "bridge", "stp_state", "0", "forward_delay", "0", "mcast_snooping", "0")
        self.switch_ip("link", "set", "br0", "up")
        # ~/.ssh is found by the password database, not by $HOME.
        (self.directory / "home/.ssh").mkdir(parents=True, mode=0o700)
        shutil.copy(self.config, self.directory / "home/.ssh/config")
        script = (f"mount --bind {self.directory}/etc-hosts /etc/hosts && "
                  f"mount --bind {self.directory}/home {pwd.getpwuid(os.geteuid()).pw_dir} && exec sleep infinity")
        self.head = _Namespace("--net", "--mount", command=["sh", "-c", script])
        self._wait_for_network(self.head)
        self.plug("head", f"{NETWORK}.1", "02:00:0a:4d:00:01", self.head)
        for host in self.hosts.values():
            host.boot()

    def _make_keys(self) -> None:
        self.keys.mkdir()
        _make_key(self.keys / "id_ed25519")
        _make_key(self.keys / "id_enc", passphrase=PASSPHRASE)
        _make_key(self.keys / "id_ecdsa", "ecdsa")
        _make_key(self.keys / "id_rsa", "rsa", "", "-b", "2048")
        _make_key(self.keys / "id_stranger")  # no host accepts it
        accepted = [(self.keys / f"id_{name}.pub").read_text() for name in ("ed25519", "enc", "ecdsa", "rsa")]
        (self.keys / "authorized_keys").write_text("".join(accepted))
        askpass = self.keys / "askpass"
        askpass.write_text(f"#!/bin/sh\necho '{PASSPHRASE}'\n")
        askpass.chmod(0o755)

    def _write_client_files(self) -> None:
        self.known_hosts.write_text("".join(f"{h.name},{h.address} {h.key()}\n" for h in self.hosts.values()))
        hosts = "".join(f"Host {h.name}\n  HostName {h.address}\n" for h in self.hosts.values())
        self.config.write_text(
            hosts + f"Host *\n  User {USER}\n  IdentityFile {self.keys}/id_ed25519\n  IdentitiesOnly yes\n"
            f"  UserKnownHostsFile {self.known_hosts}\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n"
            "  BatchMode yes\n  ConnectTimeout 5\n")

    def __getitem__(self, name: str) -> Host:
        return self.hosts[name]

    def __enter__(self) -> SshHosts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for host in self.hosts.values():
            host.off()
        for space in (self.head, self.switch):
            if space:
                space.end()
        shutil.rmtree(self.directory, ignore_errors=True)

    # The head.

    def on_head(self, argv: list[object]) -> list[str]:
        """The command line that runs `argv` on the head, with this machine's files."""
        assert self.head
        return [*self.head.enter("-n", "-m", f"--wd={os.getcwd()}"), *map(str, argv)]

    def run(self, argv: list[object], **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.on_head(argv), capture_output=True, text=True, **options)  # type: ignore[call-overload]

    # The network.

    @staticmethod
    def _wait_for_network(space: _Namespace) -> None:
        ours = os.readlink("/proc/self/ns/net")
        wait_until(lambda: os.readlink(f"/proc/{space.pid}/ns/net") != ours, 10, "a network namespace")

    def switch_ip(self, *args: str) -> None:
        assert self.switch
        _run(*self.switch.enter("-n"), "ip", *args)

    def plug(self, name: str, address: str, mac: str, space: _Namespace) -> None:
        """Gives `space` an eth0, cabled to port `name` of the switch."""
        self.switch_ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "address", mac, "netns", str(space.pid))
        self.switch_ip("link", "set", name, "master", "br0", "up")
        _run(*space.enter("-n"), "sh", "-c", f"ip link set lo up && ip addr add {address}/24 dev eth0 && ip link set eth0 up")

    def end_relay(self, host: Host) -> None:
        if host.relay:
            host.relay.kill()
            host.relay.communicate()
            host.relay = None

    def restore(self, name: str) -> None:
        """The link is as new, whatever was done to it."""
        host = self.hosts[name]
        self.end_relay(host)
        for space, device in ((self.switch, name), (host.space, "eth0")):
            subprocess.run([*space.enter("-n"), "tc", "qdisc", "del", "dev", device, "root"],  # type: ignore[union-attr]
                           capture_output=True)
        subprocess.run([*self.head.enter("-n"), "ip", "route", "del", "unreachable", f"{host.address}/32"],  # type: ignore[union-attr]
                       capture_output=True)
        self.switch_ip("link", "set", name, "master", "br0", "up")

    def cut(self, name: str) -> None:
        """Every frame is lost, silently."""
        self.restore(name)
        self.switch_ip("link", "set", name, "nomaster")

    def refuse(self, name: str) -> None:
        """The head is told at once that there is no route."""
        self.restore(name)
        _run(*self.head.enter("-n"), "ip", "route", "add", "unreachable", f"{self.hosts[name].address}/32")  # type: ignore[union-attr]

    def shape(self, name: str, delay_ms: float, loss_percent: float = 0) -> None:
        """Each way."""
        self.restore(name)
        host = self.hosts[name]
        assert self.switch and host.space
        netem = ["root", "netem", "delay", f"{delay_ms}ms", "loss", f"{loss_percent}%"]
        done = subprocess.run([*self.switch.enter("-n"), "tc", "qdisc", "add", "dev", name, *netem], capture_output=True)
        if done.returncode == 0:
            _run(*host.space.enter("-n"), "tc", "qdisc", "add", "dev", "eth0", *netem)
            return
        # No netem in this kernel: the frames go through a program.
        self.switch_ip("link", "set", name, "nomaster")
        relay = Path(__file__).with_name("ssh_relay.py")
        argv = ["setpriv", "--pdeathsig", "KILL", *self.switch.enter("-n"), sys.executable, str(relay), name,
                f"/proc/{host.space.pid}/ns/net", "eth0", str(delay_ms), str(loss_percent)]
        host.relay = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        assert host.relay.stdout and host.relay.stdout.readline() == "ready\n", "the relay does not start"

    def allow_ssh_only(self) -> None:
        """As with a firewall on each machine: the head reaches port 22 of the hosts, and nobody reaches anything else."""
        for space, side in [(self.head, "dport"), *((host.space, "sport") for host in self.hosts.values())]:
            enter = space.enter("-n")  # type: ignore[union-attr]
            _run(*enter, "ip", "rule", "add", "pref", "10", "ipproto", "tcp", side, "22", "lookup", "main")
            _run(*enter, "ip", "rule", "add", "pref", "20", "to", f"{NETWORK}.0/24", "unreachable")

    # What happens to hosts.

    def halt(self, name: str) -> None:
        self.hosts[name].off()

    def boot(self, name: str) -> None:
        self.hosts[name].boot()

    def stop_sshd(self, name: str) -> None:
        """The listener only: sessions live on."""
        self.hosts[name].inside(["sh", "-c", "p=$(cat /run/test-sshd.pid) && kill $p && while [ -e /proc/$p ]; do sleep 0.02; done"])

    def start_sshd(self, name: str) -> None:
        self.hosts[name].inside([SSHD, "-E", "/var/log/sshd.log"])
        self.hosts[name].wait_for_sshd()

    def drop_sessions(self, name: str) -> None:
        """Kills the processes of sshd that serve sessions; what was started in them lives on."""
        self.hosts[name].inside(["sh", "-c", 'l=$(cat /run/test-sshd.pid 2>/dev/null || echo 0); for p in $(ps -C sshd -o pid=); do '
                                             '[ "$p" = "$l" ] || kill -KILL "$p" 2>/dev/null || :; done'])

    def freeze(self, name: str) -> None:
        """Every process stops; the kernel still answers."""
        self._signal(name, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self._signal(name, signal.SIGCONT)

    def _signal(self, name: str, number: signal.Signals) -> None:
        for pid in self.hosts[name].pids():
            with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(pid, number)

    def rekey(self, name: str) -> None:
        """A new host key; known_hosts keeps the old one."""
        host = self.hosts[name]
        self.stop_sshd(name)
        for file in (host.root / "ssh").glob("ssh_host_ed25519_key*"):
            file.unlink()
        _make_key(host.root / "ssh/ssh_host_ed25519_key")
        self.start_sshd(name)
