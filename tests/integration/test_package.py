"""The Debian package: what is in it, that lintian has no complaint, and that it works on a clean system of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from daskd_testing import BUILD_DIR

# Fetching and unpacking a clean system takes a minute or two.
_LIMIT_S = 600

_SESSION = """
set -eu
export HOME=/home/dask NO_COLOR=1 LC_ALL=C.UTF-8
cd
daskctl up --workers 2
eval "$(daskctl env)"
python3 -c 'from distributed import Client; print("computed", Client().submit(sum, [20, 22]).result())'
python3 -c 'from daskd import DaskdCluster; print("python sees", len(DaskdCluster().workers), "workers")'
daskctl doctor
daskctl down
for _ in $(seq 100); do
    left=$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -c daskd) || break
    sleep 0.1
done
test "$left" = 0 && echo nothing is left
"""


def setUpModule():
    for program in ("cpack", "dpkg-deb", "dpkg-shlibdeps"):
        if shutil.which(program) is None:
            raise unittest.SkipTest(f"no {program} on this machine: conf/install-packages package")


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = Path(tempfile.mkdtemp(prefix="daskd-package-", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        subprocess.run(["cpack", "--config", str(BUILD_DIR / "CPackConfig.cmake"), "-B", str(cls.directory)],
                       cwd=BUILD_DIR, check=True, stdout=subprocess.DEVNULL, timeout=120)
        (cls.deb,) = cls.directory.glob("daskd_*.deb")

    def ask(self, *argv):
        return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=60).stdout

    def test_has_all_that_belongs_to_it(self):
        files = {line.split()[5][1:] for line in self.ask("dpkg-deb", "--contents", str(self.deb)).splitlines()}
        wanted = ["/usr/bin/daskd", "/usr/bin/daskctl", "/usr/lib/systemd/user/daskd.service",
                  "/usr/lib/systemd/user/daskd@.socket", "/usr/share/man/man1/daskctl.1.gz",
                  "/usr/share/man/man5/daskd.yaml.5.gz", "/usr/share/man/man8/daskd.8.gz",
                  "/usr/share/bash-completion/completions/daskctl", "/usr/share/zsh/vendor-completions/_daskctl",
                  "/usr/share/fish/vendor_completions.d/daskctl.fish", "/usr/share/daskd/dask.mk",
                  "/usr/share/daskd/daskd.schema.json", "/usr/share/doc/daskd/examples/workstation.yaml",
                  "/usr/share/doc/daskd/README.md", "/usr/share/doc/daskd/copyright",
                  "/usr/lib/python3/dist-packages/daskd/cluster.py"]
        self.assertEqual([name for name in wanted if name not in files], [])
        self.assertEqual([name for name in files if not name.startswith(("/usr/", "/")) or "test" in name], [])

    def test_needs_what_the_programs_are_linked_with(self):
        needed = self.ask("dpkg-deb", "--field", str(self.deb), "Depends")
        for library in ("libc6 (>=", "libyaml-cpp", "libssh2-1", "libssl3", "libstdc++6"):
            self.assertIn(library, needed)
        self.assertIn("python3-distributed", self.ask("dpkg-deb", "--field", str(self.deb), "Recommends"))

    def test_lintian_finds_no_error(self):
        if shutil.which("lintian") is None:
            self.skipTest("no lintian on this machine: conf/install-packages package")
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", str(self.deb)], capture_output=True, text=True,
                              timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_works_on_a_clean_system(self):
        if os.geteuid() != 0 or shutil.which("debootstrap") is None:
            self.skipTest("wants root and debootstrap: conf/install-packages package")
        signal.alarm(_LIMIT_S)
        root = self.directory / "root"
        self.run_long("unshare", "--mount", "debootstrap", "--variant=minbase", "bookworm", str(root))
        shutil.copy(self.deb, root / "daskd.deb")
        self.inside(root, "apt-get", "install", "--yes", "-qq", "--no-install-recommends", "./daskd.deb", "python3-distributed")
        self.inside(root, "useradd", "--create-home", "--uid", "1977", "dask")
        (root / "session.sh").write_text(_SESSION)
        said = self.inside(root, "setpriv", "--reuid=1977", "--regid=1977", "--clear-groups", "--reset-env", "sh", "/session.sh")
        for wanted in ("2 of 2 workers running", "computed 42", "python sees 2 workers", "✓ versions", "nothing is left"):
            self.assertIn(wanted, said)
        self.inside(root, "apt-get", "purge", "--yes", "-qq", "daskd")
        self.assertEqual(self.ask("find", str(root / "usr"), "-xdev", "-name", "*daskd*"), "")

    def inside(self, root, *argv):
        """What a command says that runs in the clean system; nothing of it outlives the command."""
        enter = 'mount --bind /dev "$0/dev" && mount -t proc proc "$0/proc" && cd "$0" && exec chroot "$0" "$@"'
        return self.run_long("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", enter, str(root), *argv)

    def run_long(self, *argv):
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env=env, timeout=_LIMIT_S)
        self.assertEqual(done.returncode, 0, f"{argv}\n{done.stdout}")
        return done.stdout


if __name__ == "__main__":
    unittest.main()
