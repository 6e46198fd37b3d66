"""A Grid Engine cell of the test's own: a qmaster and one execution host with the queue all.q.

    with GridEngine(slots=4) as cell:
        cell.run("qsub", "-terse", input=script)
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

from free_ports import free_ports
from job_queue import JobQueue
from waiting import wait_until

SHARED = Path("/usr/share/gridengine")
PROGRAMS = Path("/usr/lib/gridengine")
ADMIN = "sgeadmin"

GLOBAL = """\
execd_spool_dir {dir}/spool/execd
mailer /bin/true
load_report_time 00:00:01
max_unheard 00:01:00
execd_params ENABLE_ADDGRP_KILL=TRUE
reporting_params accounting=true reporting=false flush_time=00:00:01 accounting_flush_time=00:00:00 joblog=false sharelog=00:00:00
"""
SCHEDULING = """\
schedule_interval 0:0:1
flush_submit_sec 1
flush_finish_sec 1
job_load_adjustments NONE
"""
HOST = """\
hostname localhost
load_scaling NONE
complex_values NONE
user_lists NONE
xuser_lists NONE
projects NONE
xprojects NONE
usage_scaling NONE
report_variables NONE
"""
HOST_GROUP = "group_name @allhosts\nhostlist localhost\n"
QUEUE = """\
qname all.q
hostlist @allhosts
load_thresholds NONE
pe_list smp
slots {slots}
"""


class GridEngine(JobQueue):
    daemons = ("sge_qmaster", "sge_execd", "qconf", "cc")

    def __init__(self, slots: int = 8) -> None:
        super().__init__()
        self.slots = slots
        self.root, self.spool = self.dir / "root", self.dir / "spool"
        self.common = self.root / "default/common"
        master, execution = free_ports(2)
        architecture = subprocess.run([str(SHARED / "util/arch")], capture_output=True, text=True, check=True)
        self.env |= {"SGE_ROOT": str(self.root), "SGE_CELL": "default", "SGE_ARCH": architecture.stdout.strip(),
                     "SGE_QMASTER_PORT": str(master), "SGE_EXECD_PORT": str(execution)}

    def start(self) -> None:
        self._make_cell()
        self._start_daemon("sge_qmaster")
        self.wait_command("qconf", "-sh")
        self._configure()
        self._start_daemon("sge_execd")
        wait_until(self._queue_is_ready, 60, "all.q ready")

    def _make_cell(self) -> None:
        for name in ("bin", "lib", "utilbin"):
            (self.root / name).mkdir(parents=True)
            (self.root / name / self.env["SGE_ARCH"]).symlink_to(PROGRAMS)
        (self.root / "util").symlink_to(SHARED / "util")
        for name in ("root/default", "root/default/common", "spool", "spool/qmaster", "spool/qmaster/job_scripts",
                     "spool/spooldb", "spool/execd"):
            self.private_dir(name, ADMIN)
        replaced = {"spooling_params": f"{self.spool}/spooldb", "qmaster_spool_dir": f"{self.spool}/qmaster"}
        self._write_common("bootstrap", _overlaid((SHARED / "default-bootstrap").read_text(), replaced))
        # The machine's own name, which may lead anywhere, is an alias of localhost.
        self._write_common("host_aliases", f"localhost {socket.gethostname()}\n")
        self._write_common("act_qmaster", "localhost\n")
        self.run(str(SHARED / "scripts/init_cluster"), str(self.root), "default", f"{self.spool}/spooldb", ADMIN,
                 user=ADMIN)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", str(self.dir / "loopback_only.so"),
                        str(Path(__file__).with_name("loopback_only.c")), "-ldl"], check=True)

    def _write_common(self, name: str, text: str) -> None:
        path = self.common / name
        path.write_text(text)
        shutil.chown(path, ADMIN, ADMIN)

    def _start_daemon(self, name: str) -> None:
        self.daemon(str(PROGRAMS / name), LD_PRELOAD=str(self.dir / "loopback_only.so"))

    def _configure(self) -> None:
        def changed(question: str, text: str) -> str:
            return _overlaid(self._ask(question), dict(line.split(" ", 1) for line in text.splitlines()))

        self._tell("-Mconf", changed("-sconf", GLOBAL.format(dir=self.dir)), "global")
        self._tell("-Msconf", changed("-ssconf", SCHEDULING))
        self.run("qconf", "-as", "localhost", user="root")
        self._tell("-Ae", HOST)
        self._tell("-Ahgrp", HOST_GROUP)
        self._tell("-Ap", (SHARED / "util/resources/pe/smp").read_text())
        self._tell("-Aq", changed("-sq", QUEUE.format(slots=self.slots)))

    def _ask(self, question: str) -> str:
        """A configuration, with continued lines joined."""
        text = self.run("qconf", question, user="root").stdout.replace("\\\n", " ")
        return "".join(line + "\n" for line in text.splitlines() if not line.startswith("#"))

    def _tell(self, verb: str, text: str, name: str = "settings") -> None:
        file = self.dir / name
        file.write_text(text)
        self.run("qconf", verb, str(file), user="root")

    def _queue_is_ready(self) -> bool:
        """Whether all.q shows no flag such as u (unknown)."""
        lines = self.run("qstat", "-f", "-q", "all.q").stdout.splitlines()
        return any(len(line.split()) == 5 for line in lines if line.startswith("all.q@"))


def _overlaid(text: str, replaced: dict[str, str]) -> str:
    """Lines "NAME VALUE" with some values replaced, and those added that were not there."""
    lines = [line for line in text.splitlines() if line.split(" ")[0] not in replaced]
    return "\n".join([*lines, *(f"{name} {value}" for name, value in replaced.items())]) + "\n"
