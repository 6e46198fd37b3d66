"""Scheduler and workers in containers of a real podman (tests/support/containers.py)."""

import os
import signal
import time
import unittest

import containers
from daskd_testing import Cluster, local
from processes import alive, command, marked, parent
from waiting import wait_until

setUpModule = containers.set_up
tearDownModule = containers.tear_down


def contained(scheduler=True, workers=2, **keys):
    """A configuration with pool and scheduler in containers."""
    config = local(workers=workers, container=containers.container(), **keys)
    if scheduler:
        config["daskd"]["scheduler"]["container"] = config["daskd"]["pools"]["local"]["container"]
    return config


class Contained(Cluster):
    """A cluster whose workers may be in containers; what is in them carries its mark, and none may be left."""

    def __init__(self, config, **options):
        super().__init__(None, env=containers.ENVIRONMENT, **options)
        config["daskd"]["pools"]["local"].setdefault("env", {})["DASKD_TEST_ID"] = self.mark
        self.configure(config)

    def __exit__(self, kind, *rest):
        super().__exit__(kind, *rest)
        left = containers.listed()
        if kind is None and left:
            raise AssertionError(f"containers are left behind: {left}")


def agent_of(cluster, name="local-0"):
    return parent(cluster.worker(name)["pid"])


def kill_both(cluster):
    """daskd and the agent of its workers."""
    victims = [cluster.daemon_pid(), agent_of(cluster)]
    for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped first: neither may start the other again
        for pid in victims:
            os.kill(pid, number)
    wait_until(lambda: not any(map(alive, victims)), 10, "the end of both")


class Life(unittest.TestCase):
    def test_a_whole_cluster_in_one_container(self):
        with Contained(contained()) as cluster:
            (cluster.dir / "work/helper.py").write_text("def twice(x):\n    return 2 * x\n")
            cluster.ctl("up")
            names = containers.listed()
            self.assertEqual(len(names), 1, names)
            self.assertRegex(names[0], r"^daskd-default-[0-9a-f]{8}-[0-9a-f]+$")
            with cluster.client() as client:
                def inside(x):
                    import helper  # of the directory that daskctl was called in
                    return os.path.exists("/start.sh"), helper.twice(x), os.getpid()
                results = client.gather(client.map(inside, range(20)))
            self.assertEqual([(is_inside, value) for is_inside, value, _ in results],
                             [(True, 2 * x) for x in range(20)])
            pids = {worker["pid"] for worker in cluster.status()["workers"]}
            self.assertLessEqual({pid for _, _, pid in results}, pids, "the pids are the host's")
            self.assertEqual([pid for pid in marked(cluster.mark) if "podman" in command(pid)], [],
                             "nothing of the engine's is waited for")
            cluster.ctl("down")
            self.assertEqual(containers.listed(), [])

    def test_a_worker_is_replaced_in_its_container(self):
        with Contained(contained(scheduler=False)) as cluster:
            cluster.ctl("up")
            names = containers.listed()
            for _ in range(3):
                pid = cluster.worker("local-0")["pid"]
                os.kill(pid, signal.SIGKILL)
                worker = cluster.wait_replaced("local-0", pid)
                self.assertEqual(worker["last_exit"]["text"], "killed by SIGKILL")
            self.assertEqual(containers.listed(), names)
            self.assertEqual(agent_of(cluster), agent_of(cluster, "local-1"))

    def test_the_exit_code_is_the_workers_own(self):
        async def give_up():
            os._exit(3)

        with Contained(contained(scheduler=False, workers=1)) as cluster:
            cluster.ctl("up")
            before = cluster.worker("local-0")
            with cluster.client() as client:
                client.run(give_up, wait=False)
                worker = cluster.wait_replaced("local-0", before["pid"])
            self.assertEqual((worker["last_exit"]["cause"], worker["last_exit"]["code"]), ("exit", 3))

    def test_too_much_memory(self):
        with Contained(contained(scheduler=False, workers=1, memory="300MiB")) as cluster:
            cluster.ctl("up")
            before = cluster.worker("local-0")
            with cluster.client() as client:
                client.submit(lambda: (bytearray(500 << 20), time.sleep(60)), pure=False, retries=0)
                worker = cluster.wait_replaced("local-0", before["pid"])
            self.assertEqual(worker["last_exit"]["cause"], "memory")

    def test_a_start_script_and_settings_come_first(self):
        config = contained(scheduler=False, workers=1, env={"COLOUR": "blue\ngreen"})
        config["daskd"]["pools"]["local"]["container"]["command"] = [containers.START]
        config["distributed"] = {"worker": {"memory": {"target": 0.123}}}
        with Contained(config) as cluster:
            cluster.ctl("up")
            with cluster.client() as client:
                def look():
                    import dask
                    settings = [dask.config.get("distributed.worker.memory.target"), os.environ.get("VIRTUAL_ENV")]
                    return [os.environ.get("STARTED"), os.environ.get("COLOUR"), *settings]
                self.assertEqual(client.submit(look).result(timeout=20), ["yes", "blue\ngreen", 0.123, None])
            self.assertIn("starting in the container", "".join(
                log.read_text() for log in (cluster.state_dir / "logs").glob("agent-*.log")))

    def test_another_image_renews_the_pool_alone(self):
        with Contained(contained(scheduler=False)) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            containers.podman("tag", containers.IMAGE, containers.IMAGE + ":second")
            config = contained(scheduler=False, env={"DASKD_TEST_ID": cluster.mark})
            config["daskd"]["pools"]["local"]["container"]["image"] = containers.IMAGE + ":second"
            config["daskd"]["scheduler"]["port"] = int(cluster.status()["scheduler"]["address"].rpartition(":")[2])
            cluster.configure(config)
            plan = cluster.ctl("reload", "--dry-run").stdout
            self.assertIn(f"container podman {containers.IMAGE} → podman {containers.IMAGE}:second", plan)
            cluster.ctl("reload")
            after = cluster.wait_running() and cluster.identities()
            self.assertEqual(after["scheduler"], before["scheduler"])
            self.assertNotEqual(after["local-0"], before["local-0"])
            wait_until(lambda: len(containers.listed()) == 1, 10, "the former container is gone")


class Deaths(unittest.TestCase):
    def test_the_agent(self):
        """The container goes on without it; the next agent has another one, and takes over what is in the first."""
        with Contained(contained(scheduler=False)) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            agent = agent_of(cluster)
            os.kill(agent, signal.SIGKILL)
            wait_until(lambda: len(containers.listed()) == 2, 10, "a second container")
            wait_until(lambda: [event["to"] for event in cluster.events() if event["kind"] == "agent.state"][-2:]
                       == ["gone", "ready"], 20, "the next agent")
            self.assertEqual(cluster.identities(), before)
            self.assertEqual([worker["restarts"] for worker in cluster.status()["workers"]], [0, 0])
            for name in ("local-0", "local-1"):
                pid = cluster.worker(name)["pid"]
                os.kill(pid, signal.SIGKILL)
                self.assertEqual(cluster.wait_replaced(name, pid)["last_exit"]["cause"], "lost")
            wait_until(lambda: len(containers.listed()) == 1, 15, "the first container is empty, and ends")

    def test_the_whole_container(self):
        with Contained(contained(scheduler=False)) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            containers.podman("rm", "--force", "--time=0", *containers.listed())
            wait_until(lambda: not alive(before["local-0"][0]), 10, "its workers are dead")
            wait_until(lambda: cluster.state() == "running" and
                       cluster.worker("local-0")["pid"] != before["local-0"][0], 20, "replaced")
            self.assertEqual(len(containers.listed()), 1)

    def test_daskd(self):
        with Contained(contained()) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            daemon = cluster.daemon_pid()
            os.kill(daemon, signal.SIGKILL)
            wait_until(lambda: not alive(daemon), 10, "daskd is dead")
            cluster.ctl("up")
            self.assertEqual(cluster.identities(), before, "adopted")
            self.assertEqual(len(containers.listed()), 1)

    def test_daskd_and_the_agent(self):
        with Contained(contained()) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            kill_both(cluster)
            cluster.ctl("up")
            self.assertEqual(cluster.identities(), before, "adopted")
            self.assertEqual(len(containers.listed()), 2)
            cluster.ctl("down")
            self.assertEqual(containers.listed(), [], "also the one that this daskd has not started")
            self.assertFalse(any(alive(pid) for pid, _ in before.values()))

    def test_daskd_and_the_agent_then_down(self):
        with Contained(contained()) as cluster:
            cluster.ctl("up")
            before = cluster.identities()
            kill_both(cluster)
            cluster.ctl("down")
            self.assertFalse(any(alive(pid) for pid, _ in before.values()))
            wait_until(lambda: not containers.listed(), 10, "the container is empty, and ends")


class Refusals(unittest.TestCase):
    def refused(self, expect, **keys):
        config = contained(scheduler=False, workers=1)
        config["daskd"]["pools"]["local"]["container"].update(keys)
        with Contained(config) as cluster:
            done = cluster.ctl("up", expect=expect)
            return done.stdout + done.stderr + str(cluster.events())

    def test_a_missing_image(self):
        told = self.refused(7, image="localhost:1/nowhere")
        self.assertIn("image localhost:1/nowhere is not here: fetching it", told)
        self.assertIn("image localhost:1/nowhere is not here and cannot be fetched", told)

    def test_an_image_without_distributed(self):
        told = self.refused(7, options=[*containers.OPTIONS, "--tmpfs=/usr/lib/python3/dist-packages:notmpcopyup"])
        self.assertIn(f"image {containers.IMAGE}: /usr/bin/python3 cannot import distributed: ModuleNotFoundError: No "
                      "module named 'distributed'; use an image that has it", told)

    def test_an_image_without_python(self):
        told = self.refused(7, options=[])
        self.assertIn(f"image {containers.IMAGE} has no 'python3'", told)

    def test_an_engine_that_is_not_here(self):
        told = self.refused(2, engine="apptainer")
        self.assertIn("daskd.pools.local.container.engine: there is no 'apptainer' on PATH", told)
        self.assertIn("install apptainer", told)


if __name__ == "__main__":
    unittest.main()
