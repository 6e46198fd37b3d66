"""Functions and commands over the cluster, from the shell."""

import json
import pickle
import unittest

from daskd_testing import Cluster, local
from python_package import as_user_of, run_program
from waiting import wait_until

FILE = '''
import helper

class Point:
    def __init__(self, x):
        self.x = x

def square(x):
    return x * x

def add(a, b, c=0):
    return a + b + c

def picky(x):
    if x == 3:
        raise ValueError(f"not {x}")
    return helper.double(x)

def once(path):
    import os
    if not os.path.exists(path):
        open(path, "w").close()
        raise OSError("not yet")
    return "at last"

def point(x):
    return Point(x)

def lock():
    import threading
    return threading.Lock()

def table(x):
    return {"x": x, "half": x / 2}

answer = 42
'''


class Jobs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.enterClassContext(Cluster(local(workers=2)))
        work = cls.cluster.dir / "work"
        (work / "own.py").write_text(FILE)
        (work / "helper.py").write_text("def double(x):\n    return 2 * x\n")
        (work / "broken.py").write_text("def f(:\n")
        cls.work = work
        cls.cluster.ctl("up")

    def ctl(self, *args, **options):
        return self.cluster.ctl(*args, **options)

    def run_job(self, *args, expect=0):
        """Its name, when all its calls are done."""
        name = self.ctl("run", *args).stdout.strip()
        self.ctl("progress", name, "--watch", expect=expect)
        return name

    def test_functions_of_a_file(self):
        name = self.run_job("own.py:square", "--iterate", "range(5)")
        self.assertEqual(name, "square-1")
        done = self.ctl("gather", name)
        self.assertEqual(done.stdout.split(), ["0", "1", "4", "9", "16"])
        self.assertEqual(self.run_job("own.py:square", "--iterate", "[7]"), "square-2")

    def test_functions_of_a_module_with_all_combinations(self):
        name = self.run_job("operator:pow", "--iterate", "range(2, 4)", "--iterate-json", "[1, 2]", "--loops", "2")
        self.assertEqual(self.ctl("gather", name).stdout.split(), ["2", "4", "3", "9"] * 2)
        entries = json.loads(self.ctl("gather", name, "--json").stdout)
        self.assertEqual(entries["entries"][2], {"index": 2, "args": [3, 1], "result": 3})
        self.assertEqual((entries["schema"], entries["state"], entries["calls"]), (1, "finished", 8))

    def test_modules_of_the_directory_of_up(self):
        self.assertEqual(self.ctl("gather", self.run_job("helper:double", "--arg", '"ab"')).stdout, '"abab"\n')

    def test_arguments(self):
        name = self.run_job("own.py:add", "--arg", "10", "--iterate", "[1]", "--iterate", "range(2)")
        self.assertEqual(self.ctl("gather", name).stdout.split(), ["11", "12"])
        for wrong, text in ((["--arg", "abc"], "no JSON"), (["--iterate", "rnge(3)"], "a list of values is expected"),
                            (["--iterate", "[]"], "empty"), (["extra"], "--arg"), (["--shell"], "--shell")):
            self.assertIn(text, self.ctl("run", "own.py:add", *wrong, expect=2).stderr)

    def test_scattered_data(self):
        (self.work / "table.json").write_text(json.dumps([[1, 2], [3]]))
        self.assertIn("list", self.ctl("scatter", "table", "table.json").stderr)
        name = self.run_job("itertools:zip_longest", "--arg", "@table")
        self.assertIn("zip_longest", self.ctl("gather", "--errors", name).stdout + self.ctl("gather", name).stdout)
        name = self.run_job("operator:getitem", "--arg", "@table", "--iterate", "range(2)")
        self.assertEqual(self.ctl("gather", name).stdout.split("\n"), ["[1,2]", "[3]", ""])
        self.assertIn("daskctl scatter nothing FILE", self.ctl("run", "builtins:len", "--arg", "@nothing", expect=4).stderr)
        self.assertIn("no file", self.ctl("scatter", "x", "no-such-file", expect=1).stderr)
        (self.work / "bad.json").write_text("{")
        self.assertIn("cannot read", self.ctl("scatter", "x", "bad.json", expect=1).stderr)

    def test_failures_keep_traceback_and_arguments(self):
        name = self.run_job("own.py:picky", "--iterate", "range(5)", "--name", "picky", expect=1)
        done = self.ctl("gather", name, expect=1)
        self.assertEqual(done.stdout.split(), ["0", "2", "4", "8"])
        self.assertIn("1 of 5 calls failed", done.stderr)
        errors = self.ctl("gather", "--errors", name).stdout
        self.assertIn("call 3 [3]  ValueError: not 3", errors)
        self.assertIn("in picky", errors)
        self.assertNotIn("daskd_calls", errors)
        self.assertIn("1 failed", self.ctl("progress", name).stdout)

    def test_retries(self):
        flag = self.work / "flag"
        name = self.run_job("own.py:once", "--iterate", json.dumps([str(flag)]), "--retries", "1")
        self.assertEqual(self.ctl("gather", name).stdout, '"at last"\n')

    def test_results_of_any_kind(self):
        name = self.run_job("own.py:point", "--arg", "5")
        self.assertIn("Point object", self.ctl("gather", name).stdout)
        self.assertIn("cannot be pickled", self.ctl("progress", self.run_job("own.py:lock", expect=1)).stdout)

    def test_files(self):
        name = self.run_job("own.py:table", "--iterate", "range(3)")
        for ending, read in (("json", json.loads), ("jsonl", lambda text: [json.loads(line) for line in text.splitlines()])):
            self.ctl("gather", name, "-o", f"out.{ending}")
            self.assertEqual(read((self.work / f"out.{ending}").read_text())[1],
                             {"index": 1, "args": [1], "result": {"x": 1, "half": 0.5}})
        self.ctl("gather", name, "-o", "out.csv")
        self.assertEqual((self.work / "out.csv").read_text().splitlines()[:2], ["index,arg1,x,half,error", "0,0,0,0.0,"])
        self.ctl("gather", name, "-o", str(self.cluster.dir / "out.pickle"))
        entries = pickle.loads((self.cluster.dir / "out.pickle").read_bytes())
        self.assertEqual([entry["result"]["x"] for entry in entries], [0, 1, 2])
        self.assertIn("format", self.ctl("gather", name, "-o", "out.xls", expect=2).stderr)
        self.assertIn("cannot write", self.ctl("gather", name, "-o", "/no/such/out.json", expect=1).stderr)
        self.assertFalse(list((self.cluster.state_dir / "jobs" / name).glob("export.*")))

    def test_commands(self):
        name = self.run_job("--iterate", '["a b", "c"]', "--iterate", "range(2)", "--", "echo", "-n", "{2}:{1};")
        self.assertEqual(self.ctl("gather", name).stdout, "0:a b;1:a b;0:c;1:c;")
        name = self.run_job("--iterate", "range(3)", "--shell", "--", "echo out {1} | tr o O; echo err >&2; exit {1}", expect=1)
        self.assertEqual(self.ctl("gather", name, expect=1).stdout, "Out 0\n")
        errors = self.ctl("gather", "--errors", name).stdout
        self.assertIn("call 2 [2]  exit code 2\nOut 2\nerr\n", errors)
        result = json.loads(self.ctl("gather", name, "--json", expect=1).stdout)["entries"][0]["result"]
        self.assertEqual(result, {"exit_code": 0, "stdout": "Out 0\n", "stderr": "err\n"})
        name = self.run_job("--", "pwd")
        self.assertEqual(self.ctl("gather", name).stdout.strip(), str(self.work))

    def test_nothing_is_half_submitted(self):
        before = self.ctl("jobs", "--json").stdout
        for args, code, text in (
            (["no_such_module:f"], 1, "No module named 'no_such_module' (all workers)"),
            (["own.py:no_such_function"], 1, "has no 'no_such_function'"),
            (["own.py:answer"], 1, "is no function, but int"),
            (["broken.py:f"], 1, "line 1"),
            (["missing.py:f"], 1, "cannot read"),
            (["no-function"], 2, "MODULE:FUNCTION or FILE.py:FUNCTION"),
            (["own.py:square", "--iterate", "range(2000)", "--iterate", "range(1000)"], 2, "2,000,000 calls"),
            (["own.py:square", "--iterate", "range(10000000)", "--iterate", "range(1000)", "--yes"], 2, "more than one job"),
            (["own.py:square", "--name", "a/b"], 2, "no name for a job"),
            (["own.py:square", "--loops", "0"], 2, "--loops"),
        ):
            with self.subTest(args):
                self.assertIn(text, self.ctl("run", *args, expect=code).stderr)
        self.assertEqual(self.ctl("jobs", "--json").stdout, before)
        self.ctl("run", "own.py:square", "--arg", "1", "--name", "twice")
        self.assertIn("already", self.ctl("run", "own.py:square", "--arg", "1", "--name", "twice", expect=1).stderr)
        for verb in ("progress", "gather", "cancel"):
            self.assertIn("no job 'nobody'", self.ctl(verb, "nobody", expect=4).stderr)

    def test_cancel_and_forget(self):
        name = self.ctl("run", "time:sleep", "--iterate", "[0, 0, 3600, 3600, 3600]", "--retries", "1").stdout.strip()
        wait_until(lambda: json.loads(self.ctl("progress", name, "--json").stdout)["finished"] == 2, 30, "two done")
        self.assertIn("2 of 5", self.ctl("gather", name, "--timeout", "0.1s", expect=6).stderr)
        self.assertEqual(self.ctl("gather", name, "--no-wait").stdout, "null\nnull\n")
        self.assertIn("cancelled, 2 of 5", self.ctl("cancel", name).stderr)
        self.ctl("cancel", name)
        self.assertIn("cancelled", self.ctl("progress", name, "--watch", expect=1).stderr)
        self.assertIn(name, self.ctl("jobs").stdout)
        self.ctl("cancel", "--forget", name)
        self.assertNotIn(name, self.ctl("jobs").stdout)
        self.ctl("restart-worker", "--force", "local-*")  # the sleepers

    def test_history_and_process(self):
        name = self.run_job("own.py:square", "--arg", "3", "--name", "told")
        said = [(event["from"], event["to"]) for event in self.cluster.events() if event["name"] == name]
        self.assertEqual(said, [("", "running"), ("running", "finished")])
        self.assertIn("serves the jobs", self.ctl("logs", "job-runner").stdout)
        self.assertEqual(self.cluster.status()["job_runner"]["state"], "running")
        with self.assertRaisesRegex(Exception, "unknown parameter 'x'"):
            self.cluster.rpc("job.list", {"x": 1})
        with self.assertRaisesRegex(Exception, "loops"):
            self.cluster.rpc("job.submit", {"function": "math:pow", "loops": True})


class FromPython(unittest.TestCase):
    def test_results_outlive_the_program(self):
        with Cluster(local(workers=2)) as cluster:
            said = run_program(cluster, """
import sys
from daskd import DaskdCluster

def halve(x, y):
    if y == 3:
        raise ValueError(y)
    return x / 2 + y

if __name__ == "__main__":
    with DaskdCluster() as cluster:
        print(cluster.jobs.submit(halve, args=[1], iterables=[[1, 2, 3]], name="halves"))
        job = cluster.jobs.submit("operator:pow", args=[2], iterables=[range(3)])
        print(job.name, job.wait(timeout=60)["state"], job.results(), [job.name for job in cluster.jobs])
        job.cancel(forget=True)
""")
            self.assertEqual(said.splitlines(), ["<Job 'halves'>", "pow-1 finished [1, 2, 4] ['halves', 'pow-1']"])
            with as_user_of(cluster) as daskd, daskd.DaskdCluster() as manager:
                job = manager.jobs["halves"]
                self.assertEqual([entry.get("result") for entry in job.entries(timeout=60)], [1.5, 2.5, None])
                with self.assertRaisesRegex(daskd.DaskdError, r"1 of 3 calls of 'halves' failed; call 2 \[3\]: ValueError: 3"):
                    job.results()
                with self.assertRaisesRegex(daskd.DaskdError, "no job 'pow-1'"):
                    manager.jobs["pow-1"]


class Down(unittest.TestCase):
    def test_no_cluster(self):
        with Cluster(local(workers=1)) as cluster:
            self.assertIn("daskctl up", cluster.ctl("run", "math:sqrt", "--arg", "4", expect=5).stderr)
            cluster.ctl("daemon", "start")
            self.assertIn("the cluster is down", cluster.ctl("jobs", expect=1).stderr)


if __name__ == "__main__":
    unittest.main()
