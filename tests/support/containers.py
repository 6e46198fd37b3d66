"""A real podman with a store of its own, and an image that holds nothing but mount points.

    setUpModule = containers.set_up
    tearDownModule = containers.tear_down

The image has no files but a start script: its programs are this machine's, mounted from /usr by `OPTIONS`. So it is made
in a tenth of a second. All happens in a mount namespace of the test's own, below one temporary directory. A machine
where podman cannot do that (not root, an unusual kernel) skips the tests, and says why.
"""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

IMAGE = "localhost/daskd-test"
OPTIONS = ["--volume=/usr:/usr:ro", "--volume=/etc/alternatives:/etc/alternatives:ro"]
START = "/start.sh"  # as images have it: prepares, then becomes what follows

# The variables by which podman finds its store; for `Cluster(env=…)` too.
ENVIRONMENT: dict[str, str] = {}

_CLONE_NEWNS, _MS_REC, _MS_PRIVATE = 0x20000, 0x4000, 1 << 18
_place: Path | None = None


def set_up(visible_to_hosts: bool = False) -> None:
    """Makes store and image, or raises SkipTest. `visible_to_hosts`: to those of ssh_hosts.py, which have a /tmp of their own."""
    global _place
    if shutil.which("podman") is None:
        raise unittest.SkipTest("no podman here: conf/install-packages containers")
    if os.getuid() != 0:
        raise unittest.SkipTest("podman's store in a directory of the test's own needs root")
    _enter_own_namespace()
    _place = Path(tempfile.mkdtemp(prefix="daskd-podman-", dir="/var/tmp" if visible_to_hosts else "/tmp"))
    _configure(_place)
    _make_image(_place / "root")
    # Where this process may not raise its limits, only a privileged container gets on without that.
    for privileged in ([], ["--privileged"]):
        tried = podman("run", "--rm", "--pull=never", "--network=host", "--pid=host", *OPTIONS, *privileged, IMAGE,
                       "python3", "-c", "import distributed")
        if tried.returncode == 0:
            OPTIONS.extend(privileged)
            return
    tear_down()
    raise unittest.SkipTest(f"podman cannot run a container here: {tried.stderr.strip()}")


def tear_down() -> None:
    if _place is not None:
        podman("rm", "--all", "--force", "--time=0")
        shutil.rmtree(_place, ignore_errors=True)  # podman's own clean-up may still be at it


def podman(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["podman", *words], env={**os.environ, **ENVIRONMENT}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)


def listed() -> list[str]:
    """The names of all containers, running or not."""
    return podman("ps", "--all", "--format={{.Names}}").stdout.split()


def container(**keys: Any) -> dict[str, Any]:
    """The configuration of a container of this image."""
    return {"engine": "podman", "image": IMAGE, "options": OPTIONS, **keys}


def _enter_own_namespace() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNS) != 0 or libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None) != 0:
        raise unittest.SkipTest(f"no mount namespace here: {os.strerror(ctypes.get_errno())}")
    if not os.path.exists("/sys/fs/cgroup/cgroup.controllers"):  # podman declines a hybrid of v1 and v2
        subprocess.run(["umount", "--lazy", "--recursive", "/sys/fs/cgroup"], check=False, stderr=subprocess.DEVNULL)
        subprocess.run(["mount", "-t", "cgroup2", "cgroup2", "/sys/fs/cgroup"], check=True)


def _configure(place: Path) -> None:
    (place / "storage.conf").write_text(
        f'[storage]\ndriver = "vfs"\ngraphroot = "{place}/store"\nrunroot = "{place}/run"\n')
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    processes = int(Path("/proc/sys/kernel/pid_max").read_text())
    (place / "containers.conf").write_text(
        f'[containers]\ndefault_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]\n'
        'log_driver = "k8s-file"\npids_limit = 0\n'
        '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
        f'tmp_dir = "{place}/run/libpod"\nvolume_path = "{place}/volumes"\n')
    (place / "registries.conf").write_text("unqualified-search-registries = []\n")
    (place / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    ENVIRONMENT.update(CONTAINERS_STORAGE_CONF=str(place / "storage.conf"),
                       CONTAINERS_CONF=str(place / "containers.conf"),
                       CONTAINERS_REGISTRIES_CONF=str(place / "registries.conf"))


def _make_image(root: Path) -> None:
    for directory in ("dev", "etc/alternatives", "proc", "root", "run", "sys", "tmp", "usr", "var/tmp"):
        (root / directory).mkdir(parents=True)
    for link in ("bin", "sbin", "lib", "lib64"):
        (root / link).symlink_to(f"usr/{link}")
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    start = root / START.lstrip("/")
    start.write_text('#!/bin/sh\necho "starting in the container"\nexport STARTED=yes\nexec "$@"\n')
    start.chmod(0o755)
    archive = root.with_suffix(".tar")
    subprocess.run(["tar", "-C", str(root), "-cf", str(archive), "."], check=True)
    made = podman("import", "--signature-policy", str(root.parent / "policy.json"), "--quiet",
                  "--change", "ENV PATH=/usr/local/bin:/usr/bin:/bin", str(archive), IMAGE)
    if made.returncode != 0:
        raise unittest.SkipTest(f"podman cannot make an image here: {made.stderr.strip()}")
