"""docker and apptainer, by a stand-in that checks the command lines (tests/support/engine_stand_in.py)."""

import os
import signal
import tempfile
import unittest
from pathlib import Path

import engine_stand_in
from daskd_testing import Cluster, local
from processes import marked, parent
from waiting import wait_until


class Engine(unittest.TestCase):
    """A cluster of two contained workers, and the engine's directory."""

    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="daskd-engine-", dir="/tmp")
        self.addCleanup(place.cleanup)
        self.place = Path(place.name)

    def cluster(self, engine, image="lab", images=("lab",)):
        path = engine_stand_in.install(self.place, engine, list(images))
        cluster = Cluster(None, env={"PATH": path})
        cluster.configure(local(env={"DASKD_TEST_ID": cluster.mark, "PASSWORD": "xyzzy"},
                                container={"engine": engine, "image": image}))
        return cluster

    def calls(self, verb):
        return [words for words in engine_stand_in.calls(self.place) if words[0] == verb]

    def lives(self, cluster):
        cluster.ctl("up")
        with cluster.client() as client:
            self.assertEqual(client.submit(lambda: os.environ["PASSWORD"]).result(timeout=20), "xyzzy")
        pid = cluster.worker("local-0")["pid"]
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(cluster.wait_replaced("local-0", pid)["last_exit"]["text"], "killed by SIGKILL")
        cluster.ctl("down")
        self.assertNotIn("xyzzy", str(engine_stand_in.calls(self.place)), "not on any command line")
        wait_until(lambda: not marked(cluster.mark), 10, "nothing is left")

    def test_docker(self):
        with self.cluster("docker") as cluster:
            self.lives(cluster)
            self.assertEqual(len(self.calls("run")), 1)
            self.assertEqual(len(self.calls("rm")), 1, "removed by its label, whatever became of it")

    def test_what_runs_is_looked_after_even_without_its_image(self):
        with self.cluster("docker", image="nowhere", images=["nowhere"]) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            (self.place / "state/images/nowhere").unlink()
            os.kill(parent(before["local-0"][0]), signal.SIGKILL)
            wait_until(lambda: self.calls("pull"), 20, "the image is missed")
            wait_until(lambda: [event["to"] for event in cluster.events() if event["kind"] == "agent.state"][-1]
                       == "ready", 20, "an agent outside")
            self.assertEqual(cluster.identities(), before)
            os.kill(before["local-0"][0], signal.SIGKILL)
            wait_until(lambda: cluster.worker("local-0")["state"] == "backoff", 20, "its end is seen")
            self.assertIn("image nowhere is not here", cluster.worker("local-0")["last_exit"]["text"])
            (self.place / "state/images/nowhere").touch()
            cluster.ctl("restart")
            self.assertEqual(len(self.calls("run")), 3, "in a container again")

    def test_docker_fetches_a_missing_image(self):
        with self.cluster("docker", images=()) as cluster:
            cluster.ctl("up")
            self.assertEqual(self.calls("pull"), [["pull", "lab"]])
            told = [event["text"] for event in cluster.events() if event["kind"] == "agent.state"]
            self.assertTrue(any("image lab is not here: fetching it" in text for text in told), told)

    def test_docker_cannot_fetch_an_image(self):
        with self.cluster("docker", image="nowhere") as cluster:
            done = cluster.ctl("up", expect=7)
            self.assertIn("image nowhere is not here and cannot be fetched: Error response from daemon: pull access "
                          "denied; check the name", done.stdout + done.stderr)

    def test_no_permission_for_docker(self):
        with self.cluster("docker", image="forbidden") as cluster:
            done = cluster.ctl("up", expect=7)
            self.assertIn("you may not use the Docker daemon", done.stdout + done.stderr)
            self.assertIn("usermod --append --groups docker", done.stdout + done.stderr)
            self.assertEqual(self.calls("pull"), [])

    def test_apptainer(self):
        with self.cluster("apptainer") as cluster:
            self.lives(cluster)
            self.assertEqual([words[0] for words in engine_stand_in.calls(self.place)], ["exec"])


if __name__ == "__main__":
    unittest.main()
