"""Workers in containers on other machines: docker's stand-in as an ordinary user, and podman as root where there is one."""

import json
import os
import shutil
import unittest

import containers
import engine_stand_in
from processes import command
from ssh_cluster import SshCluster, SshClusterCase, connections
from waiting import wait_until

ENGINE = "/home/dask/engine"
INSTALL = f"import sys, pathlib; sys.path.insert(0, '/home/dask'); import engine_stand_in; " \
          f"engine_stand_in.install(pathlib.Path({ENGINE!r}), sys.argv[1], sys.argv[2:])"


class Docker(SshClusterCase):
    WANTED = {"h1": {"MaxSessions": 1}}

    def install(self, engine, *images):
        host = self.hosts["h1"]
        shutil.copy(engine_stand_in.__file__, host.home)  # a host has a /tmp of its own, where this may lie
        host.inside(["sh", "-c", f"rm -rf {ENGINE}; python3 -c \"$0\" \"$@\" && chown -R dask {ENGINE}", INSTALL, engine, *images])
        (host.home / ".profile").write_text(f"PATH={ENGINE}:$PATH\n")

    def calls(self, verb):
        lines = (self.hosts["h1"].home / "engine/state/calls").read_text().splitlines()
        return [words for words in map(json.loads, lines) if words[0] == verb]

    def cluster(self, engine="docker", image="lab", **pool):
        container = {"engine": engine, "image": image}
        return SshCluster(self.hosts, hosts=["h1"], workers=2, container=container, env={"PASSWORD": "xyzzy"}, **pool)

    def lives(self, cluster):
        cluster.ctl("up")
        self.assertEqual(cluster.states(), {"lab-h1-0": "running", "lab-h1-1": "running"})
        self.assertEqual(cluster.compute("import os; print(client.submit(os.getenv, 'PASSWORD').result())"), "xyzzy")
        self.assertEqual(connections(self.hosts, "h1"), 1)
        pid = cluster.pids()["lab-h1-0"]
        self.hosts["h1"].inside(["kill", "-KILL", str(pid)])
        self.assertEqual(cluster.wait_replaced("lab-h1-0", pid)["last_exit"]["text"], "killed by SIGKILL")
        path = cluster.worker("lab-h1-0")["log"].removeprefix("~/")
        self.assertIn("Registered to", (self.hosts["h1"].home / path).read_text())
        cluster.ctl("down")
        self.assert_nothing_left(timeout=10)

    def test_docker(self):
        self.install("docker", "lab")
        with self.cluster() as cluster:
            self.lives(cluster)
        [run] = self.calls("run")
        self.assertNotIn("xyzzy", str(run), "not on any command line")
        self.assertIn("--user=1977:1977", run)
        self.assertEqual(len(self.calls("rm")), 1, "removed by its label, whatever became of it")

    def test_apptainer_through_a_tunnel(self):
        self.install("apptainer", "lab")
        with self.cluster("apptainer", tunnel=True) as cluster:
            self.lives(cluster)

    def test_the_agent_is_killed(self):
        self.install("docker", "lab")
        with self.cluster() as cluster:
            cluster.ctl("up")
            pids = cluster.pids()
            agent = next(pid for pid in self.hosts["h1"].pids()
                         if " --socket " in command(pid) and " enter " not in command(pid) and "docker" not in command(pid))
            os.kill(agent, 9)
            wait_until(lambda: len(self.calls("run")) == 2, 20, "another container")
            cluster.wait_running(20)
            self.assertEqual(cluster.pids(), pids)
            cluster.ctl("down")
            self.assert_nothing_left(timeout=10)

    def test_a_missing_image_is_fetched(self):
        self.install("docker")
        with self.cluster() as cluster:
            cluster.ctl("up")
            self.assertEqual(self.calls("pull"), [["pull", "lab"]])
            self.assertIn("image lab is not on h1: fetching it", cluster.texts())

    def test_what_is_wrong_is_told(self):
        for image, text in {"nowhere": "image nowhere is not here and cannot be fetched",
                            "forbidden": "you may not use the Docker daemon"}.items():
            with self.subTest(image):
                self.install("docker", "forbidden")
                with self.cluster(image=image) as cluster:
                    cluster.ctl("up", expect=7)
                    self.assertIn(text, cluster.texts())
        with self.cluster("apptainer") as cluster:
            cluster.ctl("up", expect=7)
            self.assertIn("there is no 'apptainer' on PATH there", cluster.texts())


class Podman(SshClusterCase):
    @classmethod
    def setUpClass(cls):
        containers.set_up(visible_to_hosts=True)
        cls.addClassCleanup(containers.tear_down)
        super().setUpClass()
        # Only PATH is taken from a login: podman's store is named by a podman of the test's own.
        home = cls.hosts["h1"].root / "root"
        settings = " ".join(f"{name}={value}" for name, value in containers.ENVIRONMENT.items())
        (home / "podman").write_text(f'#!/bin/sh\nexec env {settings} /usr/bin/podman "$@"\n')
        (home / "podman").chmod(0o755)
        (home / ".profile").write_text("PATH=/root:$PATH\n")

    def test_podman(self):
        with SshCluster(self.hosts, hosts=["root@h1"], workers=2, container=containers.container()) as cluster:
            cluster.ctl("up")
            self.assertEqual(len(containers.listed()), 1)
            self.assertEqual(cluster.compute("print(sum(client.gather(client.map(abs, range(100)))))"), "4950")
            pid = cluster.pids()["lab-h1-0"]
            self.hosts["h1"].inside(["kill", "-KILL", str(pid)])
            cluster.wait_replaced("lab-h1-0", pid)
            cluster.ctl("down")
            self.assertEqual(containers.listed(), [])
            self.assert_nothing_left(timeout=10)


if __name__ == "__main__":
    unittest.main()
