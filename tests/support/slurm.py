"""A Slurm cluster of the test's own, with nodes that are slurmd processes on this machine.

    with Slurm(nodes=2, cpus=4) as slurm:
        slurm.run("sbatch", "--parsable", input=script)
"""

from __future__ import annotations

from free_ports import free_ports
from job_queue import JobQueue
from waiting import wait_until

CONFIGURATION = """\
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
AuthInfo=socket={dir}/munge/socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPidFile={dir}/slurmctld.pid
SlurmctldLogFile={dir}/slurmctld.log
StateSaveLocation={dir}/saved
SlurmdPidFile={dir}/slurmd-%n.pid
SlurmdLogFile={dir}/slurmd-%n.log
SlurmdSpoolDir={dir}/spool-%n
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
MailProg=/bin/true
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0
ReturnToService=2
KillWait=2
OverTimeLimit=0
PartitionName=main Nodes=ALL Default=YES MaxTime=7-0 DefaultTime=01:00:00 State=UP
"""
NODE = "NodeName={name} NodeHostname=localhost NodeAddr=127.0.0.1 Port={port} CPUs={cpus} RealMemory=16384\n"

# Slurm listens where the host's name leads to.
AS_LOCALHOST = ("unshare", "--uts", "sh", "-c", 'hostname localhost && exec "$@"', "sh")


class Slurm(JobQueue):
    daemons = ("munged", "slurmctld", "slurmd")

    def __init__(self, nodes: int = 2, cpus: int = 4) -> None:
        super().__init__()
        self.nodes = [f"node{number}" for number in range(1, nodes + 1)]
        port, *node_ports = free_ports(1 + nodes)
        text = CONFIGURATION.format(port=port, dir=self.dir)
        for name, node_port in zip(self.nodes, node_ports):
            text += NODE.format(name=name, port=node_port, cpus=cpus)
        (self.dir / "slurm.conf").write_text(text)
        self.env["SLURM_CONF"] = str(self.dir / "slurm.conf")

    def start(self) -> None:
        self._start_munge()
        (self.dir / "saved").mkdir()
        self.daemon(*AS_LOCALHOST, "slurmctld")
        self.wait_command("scontrol", "ping")
        for name in self.nodes:
            self.daemon(*AS_LOCALHOST, "slurmd", "-N", name)
        wait_until(self._nodes_are_idle, 30, "all nodes idle")

    def _start_munge(self) -> None:
        """Slurm's authentication, with a key of this cluster's own."""
        munge = self.private_dir("munge")
        key = munge / "key"
        key.touch(0o400)
        with open("/dev/urandom", "rb") as noise:
            key.write_bytes(noise.read(128))
        self.daemon("munged", "--force", f"--key-file={key}", f"--socket={munge}/socket", f"--pid-file={munge}/pid",
                    f"--log-file={munge}/log", f"--seed-file={munge}/seed")

    def _nodes_are_idle(self) -> bool:
        states = self.run("sinfo", "--noheader", "--Node", "--format=%T").stdout.split()
        return states == ["idle"] * len(self.nodes)
