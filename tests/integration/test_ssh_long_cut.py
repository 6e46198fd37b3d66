"""A link that is cut for a whole minute in the middle of a computation, of workers that are reached directly and by tunnels."""

import time
import unittest

from ssh_cluster import SshCluster, SshClusterCase

CUT_S = 60
TASKS = 400  # more than the other host can do meanwhile
COMPUTATION = f"""
futures = client.map(lambda x: time.sleep(0.5) or x * x, range({TASKS}), pure=False)
print("begun", flush=True)
print("result", sum(client.gather(futures)), flush=True)
"""
RESULT = f"result {sum(x * x for x in range(TASKS))}"


class LongCut(SshClusterCase):
    WANTED = {"h1": {}, "h2": {}}

    def test_it_costs_nothing_but_time(self):
        pool = {"hosts": ["h1", "h2"], "workers": 2}
        with SshCluster(self.hosts, name="direct", **pool) as direct, \
                SshCluster(self.hosts, name="tunnelled", tunnel=True, **pool) as tunnelled:
            clusters = [direct, tunnelled]
            for cluster in clusters:
                cluster.ctl("up")
            pids = [cluster.pids() for cluster in clusters]
            with direct.start_computing(COMPUTATION) as one, tunnelled.start_computing(COMPUTATION) as other:
                one.wait_for("begun")
                other.wait_for("begun")
                began = time.monotonic()
                self.hosts.cut("h1")
                self.addCleanup(self.hosts.restore, "h1")
                for cluster in clusters:
                    cluster.wait_states(20, lab_h1_0="unreachable", lab_h2_0="running")
                time.sleep(began + CUT_S - time.monotonic())  # the length of the interruption
                self.hosts.restore("h1")
                one.wait_for(RESULT, 90)
                other.wait_for(RESULT, 90)
            for cluster in clusters:
                cluster.wait_running(30)
            self.assertEqual([cluster.pids() for cluster in clusters], pids)


if __name__ == "__main__":
    unittest.main()
