"""Daskified has what daskify has, and what was broken there works."""

import contextlib
import io
import time
import unittest
from unittest import mock

from daskd_testing import Cluster, local
from python_package import as_user_of


def printed(call):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        call()
    return out.getvalue()


class Methods(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.enterClassContext(Cluster(local(workers=2)))
        cls.daskd = cls.enterClassContext(as_user_of(cls.cluster))

    def setUp(self):
        self.tool = self.enterContext(self.daskd.Daskified())

    def test_all_combinations_as_often_as_asked(self):
        combinations, futures = self.tool.run(pow, args=[2], iterables=[range(3)], loops=2)
        self.assertEqual(combinations, [(0,), (1,), (2,)])
        self.assertEqual(self.tool.gather_data(futures), [1, 2, 4, 1, 2, 4])
        self.assertEqual(len({future.key for future in futures}), 6)

    def test_arguments_may_be_left_out(self):
        combinations, _ = self.tool.run(dict)
        self.assertEqual((combinations, self.tool.gather_data()), ([()], [{}]))
        self.tool.run(max, iterables=[[1, 5], [3, 4]])
        self.assertEqual(self.tool.collect_results(), [3, 4, 5, 5])
        self.tool.run(sum, args=[[1, 2]], loops=3)
        self.assertEqual(self.tool.collect_results(), [3, 3, 3])
        self.assertEqual(self.tool.gridsearch(pow, [2, 3], [2])[0], [(2, 2), (3, 2)])
        self.assertEqual(self.tool.gather_data(), [4, 9])
        self.assertEqual(len(self.tool.old_futures), 3)

    def test_scattered_data(self):
        unnamed = self.tool.scatter_data([1, 2, 3])
        self.tool.run(sum, args=[unnamed])
        self.assertEqual(self.tool.gather_data(), [6])
        self.tool.scatter_data("table", {"a": 1})
        self.assertEqual(self.tool.gather_data("table"), {"a": 1})
        self.assertEqual(self.tool.gather_data(unnamed), [1, 2, 3])
        with self.assertRaisesRegex(KeyError, "known: .'table'."):
            self.tool.gather_data("tabel")

    def test_progress(self):
        def picky(x):
            if x == 1:
                raise ValueError(x)
            return x

        with self.assertRaisesRegex(ValueError, "run"):
            self.tool.check_progress()
        self.tool.run(picky, iterables=[range(3)])
        self.assertEqual(printed(self.tool.monitor_progress), "error: 1, finished: 2\n")
        self.assertEqual(printed(self.tool.check_progress), "error 1\nfinished 2\n")
        _, futures = self.tool.run(time.sleep, iterables=[[0.2]])
        printed(lambda: self.tool.monitor_progress(futures))
        self.assertEqual(self.tool.gather_data(), [None])


class Starting(unittest.TestCase):
    def test_local(self):
        with Cluster(local(workers=1)) as cluster, as_user_of(cluster) as daskd:
            tool = daskd.Daskified()
            tool.start_cluster("local")
            self.assertEqual(len(cluster.status()["workers"]), 2)
            tool.start_cluster("local")
            tool.shutdown_cluster()
            cluster.wait_nothing_left()
            tool.shutdown_cluster()
            with mock.patch("daskd.daskified.shutil.which", return_value=None):  # a machine without Slurm
                tool.start_cluster("test")
            workers = cluster.status()["workers"]
            self.assertEqual([worker["memory_limit_bytes"] for worker in workers], [2_000_000_000] * 2)
            tool.shutdown_cluster()
            with self.assertRaisesRegex(ValueError, "slurm"):
                tool.start_cluster("lcoal")

    def test_its_parameters_are_a_pool(self):
        with Cluster(local(workers=1)) as cluster, as_user_of(cluster):
            from daskd.local_keywords import shape_of
            from daskd.slurm_pool import slurm_pool
            pool = slurm_pool(["--exclusive", "--comment=x y"], "4GB", 4, 2, 2, "long")
            cluster.env.update(shape_of(settings=pool).variables)
            script = cluster.ctl("job-script", "slurm").stdout
            for line in ("--exclusive", "--comment=x y", "-p long", "--cpus-per-task=2", "--mem=4G"):
                self.assertIn(f"#SBATCH {line}\n", script)


class Readme(unittest.TestCase):
    """What daskify's README shows, as written there."""

    def test_examples(self):
        with Cluster(local(workers=2)) as cluster, as_user_of(cluster) as daskd:
            def my_func(data, *more):
                return sum(data), more

            Daskified, data = daskd.Daskified, [1, 2]

            cluster_ = Daskified()
            cluster_.start_cluster
            scattered_data = cluster_.scatter_data(data)
            cluster_.run(my_func, args=[scattered_data])
            self.assertEqual(cluster_.gather_data(), [(3, ())])
            cluster_.run(my_func, args=[scattered_data], iterables=[range(10)])
            self.assertEqual(cluster_.gather_data(), [(3, (n,)) for n in range(10)])
            cluster_.run(my_func, args=[scattered_data], loops=5)
            self.assertEqual(cluster_.gather_data(), [(3, ())] * 5)
            cluster_.close()


if __name__ == "__main__":
    unittest.main()
