"""A program that used LocalCluster uses DaskdCluster, with no other change."""

import subprocess
import sys
import unittest
from pathlib import Path

from daskd_testing import Cluster, local
from python_package import environment_of, run_program

NOTEBOOK = Path(__file__).resolve().parents[1] / "python/notebook.py"
WITH_LOCAL = "from dask.distributed import Client, LocalCluster\n"
WITH_DASKD = "from dask.distributed import Client\nfrom daskd import DaskdCluster\n"


class Notebook(unittest.TestCase):
    def test_says_the_same_with_both(self):
        source = NOTEBOOK.read_text()
        changed = source.replace(WITH_LOCAL, WITH_DASKD).replace("LocalCluster(", "DaskdCluster(")
        self.assertNotIn("LocalCluster", changed)
        with Cluster(local(workers=2)) as cluster:
            before = subprocess.run([sys.executable, NOTEBOOK], env=environment_of(cluster), cwd=cluster.dir / "work",
                                    stdout=subprocess.PIPE, text=True, timeout=90, check=True)
            self.assertEqual(run_program(cluster, changed), before.stdout)
            self.assertEqual(before.stdout.splitlines()[-1], "status closed")
            self.assertEqual(len(before.stdout.splitlines()), 9)


SGE_CLIENT_PART = '''
import subprocess
from dask import delayed
from dask.distributed import Client
from daskd import DaskdCluster

if __name__ == "__main__":
    cluster = DaskdCluster()

    # Scale the cluster to the desired number of workers
    cluster.scale(n=3)
    cluster.scale(jobs=3)

    # Create a Dask client
    client = Client(cluster)

    # Wait for workers to be ready
    client.wait_for_workers(n_workers=3)

    some_input = [1, 2, 3, 4, 5, 6]
    def some_function(x):
        return x + 1

    futures = client.map(some_function, some_input)
    results = client.gather(futures)
    print(results)

    delayed_tasks = [ delayed(some_function)(x) for x in some_input ]
    futures = client.compute(delayed_tasks)
    print(client.gather(futures))

    delayed_tasks = []
    def run_command(cmd):
        result = subprocess.run(cmd, stderr=subprocess.DEVNULL)
        return result.returncode

    alignments = [ 'aln1', 'aln2', 'aln3' ]
    for aln in alignments:
        iqtree_command = [ 'sh', '-c', 'exit ${0#aln}', aln ]
        delayed_tasks.append( delayed(run_command)(iqtree_command) )
        delayed_tasks.append( delayed(subprocess.run)(iqtree_command, stderr=subprocess.DEVNULL) )

    futures = client.compute(delayed_tasks)
    results = client.gather(futures)
    print([getattr(result, "returncode", result) for result in results])
    print(len(cluster.workers), cluster.scheduler["state"])

    # Disconnects the Client from the cluster,
    # but leaves the cluster itself running
    client.close()
    cluster.close()
    print(cluster.status.name)
'''


class JobScripts(unittest.TestCase):
    def test_client_part(self):
        with Cluster(local(workers=1)) as cluster:
            said = run_program(cluster, SGE_CLIENT_PART)
            self.assertEqual(said.splitlines(), ["[2, 3, 4, 5, 6, 7]"] * 2 + ["[1, 1, 2, 2, 3, 3]", "3 running", "closed"])
            self.assertEqual(cluster.state(), "running")


if __name__ == "__main__":
    unittest.main()
