"""Workers have the environment that a nanny would give them, before their interpreter starts."""

import unittest

from daskd_testing import Cluster, local

NAMES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "MALLOC_TRIM_THRESHOLD_", "PYTHONHASHSEED", "MINE")
CONFIGURED = {"nanny": {"environ": {"OMP_NUM_THREADS": 2, "MINE": "configured"},
                        "pre-spawn-environ": {"MKL_NUM_THREADS": None, "MALLOC_TRIM_THRESHOLD_": 1}}}
UNSET = dict.fromkeys(NAMES)


def environments(cluster) -> list[dict]:
    cluster.ctl("up")
    with cluster.client() as client:
        return list(client.run(lambda names: {name: __import__("os").environ.get(name) for name in names},
                               NAMES).values())


class Environment(unittest.TestCase):
    def test_precedence(self):
        """The pool over the user over Dask's configuration over Dask's defaults."""
        defaults = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MALLOC_TRIM_THRESHOLD_": "65536",
                    "PYTHONHASHSEED": "6640", "MINE": None}
        configured = {**defaults, "OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": None, "MALLOC_TRIM_THRESHOLD_": "1",
                      "MINE": "configured"}
        own = {"OMP_NUM_THREADS": "3", "MINE": "own", "PYTHONHASHSEED": "0"}
        cases = {
            "defaults": ({}, None, {}, defaults),
            "configuration": ({}, CONFIGURED, {}, configured),
            "user": (own, CONFIGURED, {}, {**configured, **own, "PYTHONHASHSEED": "6640"}),
            "pool": (own, CONFIGURED, {"OMP_NUM_THREADS": "4", "PYTHONHASHSEED": "5"},
                     {**configured, **own, "OMP_NUM_THREADS": "4", "PYTHONHASHSEED": "5"}),
        }
        for name, (env, dask, pool, expected) in cases.items():
            config = local(workers=1, env=pool)
            if dask:
                config["distributed"] = dask
            with self.subTest(name), Cluster(config, env={**UNSET, **env}) as cluster:
                self.assertEqual(environments(cluster), [expected])

    def test_all_workers_hash_alike(self):
        config = local(workers=1)
        config["daskd"]["pools"]["fresh"] = {"workers": 1, "threads": 1, "spawn": "exec"}
        with Cluster(config, env=UNSET) as cluster:
            cluster.ctl("up")
            with cluster.client() as client:
                hashes = client.run(lambda: (hash("daskd"), __import__("sys").flags.hash_randomization)).values()
                self.assertEqual(len(hashes), 2)
                self.assertEqual(len(set(hashes)), 1)


if __name__ == "__main__":
    unittest.main()
