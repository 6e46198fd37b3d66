"""A queue whose commands run on a login node, by SSH; its commands are played by tests/support/queue_stand_in.py."""

import os
import shutil
import unittest

import queue_stand_in
import ssh_hosts
from ssh_cluster import SshCluster, SshClusterCase
from waiting import wait_until


class LoginNode(SshClusterCase):
    def setUp(self):
        home = self.hosts["h1"].home
        for name in ("bin", "jobs"):
            (home / name).mkdir(exist_ok=True)
            os.chown(home / name, ssh_hosts.UID, ssh_hosts.UID)
        for command in queue_stand_in.COMMANDS:  # copies: a host has a /tmp of its own, where this may lie
            shutil.copy(queue_stand_in.__file__, home / "bin" / command.__name__)
        (home / ".profile").write_text("PATH=/home/dask/bin:$PATH; export PATH QUEUE_STAND_IN=/home/dask/jobs\n")

    def test_jobs_are_submitted_there_and_need_no_file_system_of_ours(self):
        with SshCluster(self.hosts, launcher="pbs", submit_host="h1", jobs=1, job_memory="500MiB", warm=[],
                        poll_interval="1s", python="/usr/bin/python3", start_timeout="90s") as cluster:
            cluster.ctl("up", timeout=120)
            worker = cluster.worker("lab-0")
            self.assertEqual((worker["state"], worker["job_id"]), ("running", "1.server"))
            self.assertEqual(cluster.compute("import socket; print(set(client.run(socket.gethostname).values()))"), "{'h1'}")
            self.assertIn("Start worker at", cluster.ctl("logs", "lab-0", "-n", "100").stdout, "read on its node")
            cluster.ctl("down", timeout=90)
            left = self.hosts["h1"].home.glob(".local/state/daskd/*/queue/*")
            self.assertEqual(list(left), [], "no private part is left")
            self.assert_nothing_left()

    def test_a_login_node_that_cannot_be_reached_is_told(self):
        with SshCluster(self.hosts, launcher="pbs", submit_host="nowhere", jobs=1, job_memory="500MiB",
                        python="/usr/bin/python3") as cluster:
            done = cluster.ctl("up", expect=7, timeout=90)
            self.assertIn("nowhere", done.stderr)
            wait_until(lambda: "nowhere" in cluster.texts(), 10, "told in events")


if __name__ == "__main__":
    unittest.main()
