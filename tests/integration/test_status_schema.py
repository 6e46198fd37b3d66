"""`status --json` keeps the promised shape in every state of a cluster."""

import json
import os
import signal
import unittest
from pathlib import Path

import jsonschema

from daskd_testing import Cluster, local
from waiting import wait_until

SCHEMA = json.loads((Path(__file__).parent / "status.schema.json").read_text())


class StatusSchema(unittest.TestCase):
    def check(self, cluster, state):
        status = cluster.status()
        jsonschema.validate(status, SCHEMA)
        self.assertEqual(status["state"], state)

    def test_the_schema_is_one(self):
        jsonschema.validators.validator_for(SCHEMA).check_schema(SCHEMA)

    def test_down_without_and_with_a_daemon(self):
        with Cluster(local()) as cluster:
            self.check(cluster, "down")
            cluster.ctl("daemon", "start")
            self.check(cluster, "down")

    def test_starting_and_running(self):
        with Cluster() as cluster:
            gate = cluster.dir / "gate"
            preload = cluster.dir / "slow.py"
            preload.write_text("import asyncio, pathlib\nasync def dask_setup(worker):\n"
                               f"    while not pathlib.Path({str(gate)!r}).exists():\n"
                               "        await asyncio.sleep(0.02)\n")
            cluster.configure(local(preload=[str(preload)]))
            cluster.ctl("up", "--no-wait")
            cluster.ctl("wait", "--state", "starting", "local-0", "--timeout", "20s")
            self.check(cluster, "starting")
            gate.touch()
            cluster.wait_running()
            self.check(cluster, "running")

    def test_degraded(self):
        with Cluster(local(backoff={"initial": "30s", "max": "30s"})) as cluster:
            cluster.ctl("up")
            pid = cluster.worker("local-0")["pid"]
            os.kill(pid, signal.SIGKILL)
            os.kill(cluster.wait_replaced("local-0", pid)["pid"], signal.SIGKILL)
            wait_until(lambda: cluster.worker("local-0")["state"] == "backoff", 10, "local-0 in backoff")
            self.check(cluster, "degraded")
            self.assertGreater(cluster.worker("local-0")["next_start_in_s"], 0)


if __name__ == "__main__":
    unittest.main()
