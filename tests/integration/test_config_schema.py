"""`daskctl config schema`: an editor that goes by it takes what daskd takes, and refuses plain mistakes."""

import json
import unittest
from pathlib import Path

import jsonschema
import yaml

from daskd_testing import Cluster

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "conf/examples").glob("*.yaml"))

GOOD = {
    "nothing": "",
    "an empty map": "daskd:",
    "Dask's own": "distributed: {worker: {memory: {spill: 0.7}}}",
    "hyphens": "daskd: {log-size: 4MiB, pools: {local: {stop-timeout: 3s}}}",
    "switches": "daskd: {tls: on, scheduler: {dashboard: off}}",
    "sizes": "daskd: {pools: {a: {memory: 0.25}, b: {memory: 4 GiB}, c: {memory: none}, d: {memory: 4e9}}}",
    "durations": "daskd: {pools: {local: {lifetime: 1.5 hours, stop_timeout: 90, start_timeout: '00:01:30'}}}",
    "one for a list": "daskd: {pools: {local: {preload: mine, args: --no-dashboard, env: {N: 1, EMPTY: ''}}}}",
    "maps": "daskd: {pools: {local: {adapt: {maximum: 4}, max_restarts: {count: 3, within: 1min}, backoff: }}}",
    "hosts": "daskd: {pools: {lab: {launcher: ssh, hosts: [10, 'n[1-3]', {host: gpu, workers: 1, stop-timeout: 1s}]}}}",
    "walltime": "daskd: {pools: {q: {launcher: slurm, walltime: 12:00:00, queue: 7}}}",
}
BAD = {
    "an unknown key": "daskd: {pools: {local: {threds: 2}}}",
    "an unknown key of a map": "daskd: {pools: {local: {backoff: {initail: 1s}}}}",
    "a wrong type": "daskd: {pools: {local: {workers: many}}}",
    "out of range": "daskd: {scheduler: {port: 70000}}",
    "no size": "daskd: {log_size: [1]}",
    "no word of these": "daskd: {pools: {local: {restart: sometimes}}}",
    "a map that lacks a key": "daskd: {pools: {local: {container: {image: x}}}}",
    "what holds for the pool": "daskd: {pools: {lab: {launcher: ssh, hosts: [{host: a, link_tolerance: 1s}]}}}",
    "a host without a name": "daskd: {pools: {lab: {launcher: ssh, hosts: [{workers: 1}]}}}",
    "a hyphen, and a wrong type": "daskd: {pools: {local: {stop-timeout: [1]}}}",
    "a list of pools": "daskd: {pools: [local]}",
}


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with Cluster() as cluster:
            schema = json.loads(cluster.ctl("config", "schema").stdout)
            cls.example = cluster.ctl("config", "example").stdout
        jsonschema.Draft7Validator.check_schema(schema)
        cls.schema, cls.validator = schema, jsonschema.Draft7Validator(schema)

    def problems(self, text):
        return [error.message for error in self.validator.iter_errors(yaml.safe_load(text))]

    def test_takes_the_examples(self):
        self.assertTrue(EXAMPLES)
        for file in EXAMPLES:
            with self.subTest(file.name):
                self.assertEqual(self.problems(file.read_text()), [])
        self.assertEqual(self.problems(self.example), [], "the example of all keys")

    def test_agrees_with_config_check(self):
        for texts, is_good in ((GOOD, True), (BAD, False)):
            for name, text in texts.items():
                with self.subTest(name), Cluster(text) as cluster:
                    cluster.ctl("config", "check", expect=0 if is_good else 2)
                    self.assertEqual(self.problems(text) == [], is_good, self.problems(text))

    def test_says_of_each_key_what_the_example_says(self):
        pool = self.schema["definitions"]["pool"]["properties"]
        self.assertEqual(pool["threads"]["description"], "of one worker")
        self.assertEqual(pool["start_timeout"]["default"], "60s")
        for name, key in pool.items():
            self.assertTrue(key["description"], name)
            self.assertIn(f"{name}:", self.example)


if __name__ == "__main__":
    unittest.main()
