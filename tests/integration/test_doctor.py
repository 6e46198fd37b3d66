"""`daskctl doctor`: what it sees with and without a daskd, and that each thing that is broken here is found."""

import json
import os
import socket
import stat
import unittest

from daskd_testing import Cluster, local, own_port
from ssh_cluster import SshCluster, SshClusterCase

# Of the interpreter itself: another distributed than everybody else's.
OTHER_DISTRIBUTED = "import distributed\ndistributed.__version__ = '1999.1.0'\n"


def findings(cluster, check=None, expect=None):
    """Those of one check, or all. Other people on this machine are the machine's business, and left out."""
    done = cluster.ctl("--json", "doctor", expect=expect)
    report = json.loads(done.stdout)
    assert report["schema"] == 1 and (done.returncode == 1) == (report["verdict"] == "wrong"), report
    kept = [f for f in report["findings"] if f["check"] != "users"]
    return [f for f in kept if check in (None, f["check"])]


def wrong(found):
    return [(f["check"], f["saw"], f["remedy"]) for f in found if f["verdict"] == "wrong"]


def other_python(directory, path=None):
    """An interpreter that says another version of distributed. `path`: what the directory is called on its host."""
    path = path or directory
    (directory / "sitecustomize.py").write_text(OTHER_DISTRIBUTED)
    python = directory / "python3"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={path} exec /usr/bin/python3 "$@"\n')
    python.chmod(0o755)
    return f"{path}/python3"


class Doctor(unittest.TestCase):
    def test_without_a_daskd(self):
        with Cluster(local()) as cluster:
            found = findings(cluster)
            self.assertEqual(wrong(found), [])
            saw = {f["check"]: f["saw"] for f in found}
            self.assertIn("not running", saw["daskd"])
            self.assertEqual(saw["configuration"], str(cluster.config_file))
            self.assertRegex(saw["python"], r"scheduler, local, this shell: \S+python\S*, Python 3\.\S+, distributed \d")
            self.assertRegex(saw["versions"], r"python 3\.\S+, dask \S+, distributed \S+, msgpack \S+: the scheduler, local")
            self.assertFalse(cluster.runtime_dir.exists() or cluster.state_dir.exists(), "it changed something")
            shown = cluster.ctl("doctor", expect=None).stdout
            self.assertRegex(shown, r"(?m)^✓ daskd +not running")

    def test_with_a_daskd(self):
        with Cluster(local()) as cluster:
            cluster.ctl("up")
            found = findings(cluster)
            self.assertEqual(wrong(found), [])
            saw = "\n".join(f["saw"] for f in found)
            self.assertIn("running, 2 of 2 workers running", saw)
            self.assertIn(f"the scheduler listens at tcp://127.0.0.1:{own_port()}", saw)
            agents = cluster.rpc("cluster.agents")["agents"]
            self.assertEqual([agent["runs"] for agent in agents if agent["is_ready"]], [["scheduler", "local"]])
            self.assertIn("msgpack", agents[0]["versions"])
            cluster.ctl("doctor", "--config", "/nowhere.yaml", expect=2)

    def test_what_is_broken_is_found_with_its_remedy(self):
        with Cluster() as cluster, socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            python = other_python(cluster.dir / "work")
            pools = {"good": {"workers": 1}, "odd": {"workers": 1, "python": python},
                     "none": {"workers": 1, "python": "/nowhere/python"}}
            cluster.configure({"daskd": {"scheduler": {"port": port}, "pools": pools}})
            cluster.state_dir.mkdir()
            cluster.state_dir.chmod(0o755)
            found = {check: (saw, remedy) for check, saw, remedy in wrong(findings(cluster, expect=1))}
            self.assertEqual(sorted(found), ["directories", "ports", "python", "versions"])
            self.assertIn(f"{port} is taken by", found["ports"][0])
            self.assertIn(f"(pid {os.getpid()})", found["ports"][0])
            self.assertIn(f"kill {os.getpid()}", found["ports"][1])
            self.assertIn("none: ", found["python"][0])
            self.assertIn("odd differs from the scheduler in distributed 1999.1.0", found["versions"][0])
            self.assertIn(f"{python} -m pip install distributed==", found["versions"][1])
            self.assertIn(f"chmod 700 {cluster.state_dir}", found["directories"][1])
            self.assertEqual(stat.S_IMODE(cluster.state_dir.stat().st_mode), 0o755, "it changed something")

    def test_a_broken_configuration(self):
        with Cluster("daskd: {pools: {local: {threds: 1}}}") as cluster:
            found = wrong(findings(cluster, expect=1))
            self.assertEqual([check for check, _, _ in found], ["configuration"])
            self.assertIn("did you mean 'threads'?", found[0][1])


class Hosts(SshClusterCase):
    WANTED = {"h1": {}, "h2": {}}

    def test_hosts_before_and_while_the_cluster_runs(self):
        with SshCluster(self.hosts, hosts=["h1", "h2"], workers=1) as cluster:
            odd = self.hosts["h2"].home / "odd"
            odd.mkdir()
            python = other_python(odd, "/home/dask/odd")
            hosts = ["h1", {"host": "h2", "python": python}, "10.77.0.99"]
            cluster.configure({"daskd": {"pools": {"lab": {"launcher": "ssh", "workers": 1, "threads": 1, "hosts": hosts}}}})
            found = findings(cluster)
            saw = {f["saw"].split(":")[0]: f for f in found if f["check"] == "hosts"}
            self.assertRegex(saw["h1"]["saw"], r"h1: \d+ cores, .* Python 3\.\S+, distributed \d")
            self.assertEqual(saw["10.77.0.99"]["verdict"], "wrong")
            versions = [f for f in found if f["check"] == "versions" and f["verdict"] == "wrong"]
            self.assertIn("h2 differs from the scheduler in distributed 1999.1.0", versions[0]["saw"])
            self.assertRegex(versions[0]["remedy"], r"^ssh h2 \S+python\S* -m pip install distributed==20")

            cluster.ctl("up", expect=7)
            again = findings(cluster)
            self.assertIn("h1: ", "".join(f["saw"] for f in again if f["check"] == "hosts" and f["verdict"] == "fine"))
            self.assertTrue([f for f in again if f["check"] == "cluster" and f["saw"].startswith("lab-10.77.0.99-0 is ")])
            cluster.ctl("down", expect=None)


if __name__ == "__main__":
    unittest.main()
