"""The job runner's parts that need no Dask."""

import asyncio
import doctest
import errno
import importlib
import json
import os
import pickle
import sys
import tempfile
import unittest
from unittest import mock

from support import packed

_directory = tempfile.TemporaryDirectory(prefix="daskd-")
unittest.addModuleCleanup(_directory.cleanup)
sys.path.insert(0, packed(_directory.name))


def part(name):
    return importlib.import_module(f"daskd_job_runner.{name}")


def params(**given):
    return {"function": "math:pow", "cwd": "/tmp", **given}


class Doctests(unittest.TestCase):
    def test_parts(self):
        for name in ("product", "calls"):
            outcome = doctest.testmod(part(name))
            self.assertGreater(outcome.attempted, 0)
            self.assertEqual(outcome.failed, 0, name)


class Values(unittest.TestCase):
    def test_wrong_ones(self):
        for text in ("rnge(3)", "5", "{1: 2}", "range('a')", "range(1,2,3,4)", "[1", "[{1, 2}]", "__import__('os')", "@/no/such", ""):
            with self.subTest(text), self.assertRaises(part("problem").Problem):
                part("product").parsed(text)

    def test_files(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            for content, values in (("[1, 2]", [1, 2]), ("a\nb c\n", ["a", "b c"]), ("7\n8\n", ["7", "8"])):
                file.seek(0)
                file.truncate()
                file.write(content)
                file.flush()
                self.assertEqual(part("product").parsed("@" + file.name), values)

    def test_huge_products_take_no_memory(self):
        product = part("product").Product([range(10**6)] * 3, 5)
        self.assertEqual(product[10**18 + 3], (0, 0, 3))


class Specs(unittest.TestCase):
    def read(self, **given):
        return part("spec").read(params(**given))

    def test_survive_the_disk(self):
        spec = self.read(iterate=["range(3)", "['a']"], args=[{"value": 1}, {"data": "d"}], loops=2, retries=1)
        again = part("spec").Spec.from_json(json.loads(json.dumps(spec.to_json())))
        self.assertEqual(again, spec)
        self.assertEqual((len(again.combinations()), again.data_names(), again.text()), (6, ["d"], "math:pow"))

    def test_wrong_ones(self):
        for case, text in (({"function": "math"}, "no function"), ({"function": ":f"}, "no function"),
                           ({"function": "a b:f"}, "module"), ({"function": "m:f("}, "no function"),
                           ({"function": None}, "one of both"), ({"command": ["ls"]}, "one of both"),
                           ({"loops": 0}, "loops"), ({"iterate": [3]}, "texts"),
                           ({"args": [5]}, "args"), ({"args": [{"value": 1, "data": "d"}]}, "args"),
                           ({"function": None, "command": [" "]}, "empty"), ({"iterate": ["[]"]}, "empty"),
                           ({"iterate": ["range(10**9)"]}, "whole numbers"),
                           ({"iterate": ["range(100000)", "range(100000)"]}, "more than one job"),
                           ({"iterate": ["range(9999999999999)"] * 3}, "more than one job"),
                           ({"function": "/no/such.py:f"}, "cannot read")):
            with self.subTest(case), self.assertRaisesRegex(part("problem").Problem, text):
                self.read(**case)

    def test_file_with_a_mistake(self):
        with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
            file.write("def f(:\n")
            file.flush()
            with self.assertRaisesRegex(part("problem").Problem, "line 1"):
                self.read(function=f"{file.name}:f")


class Calls(unittest.TestCase):
    def run_calls(self, function, *combinations, arguments=()):
        key = f"{self.id()}-{function}"
        records, _seconds = part("calls").run(key, lambda: function, list(arguments), list(enumerate(combinations)))
        kinds = {1: pickle.loads, 2: json.loads}
        return [kinds[kind](body) for _index, kind, body in records]

    def command(self, *words, shell=False):
        return {"kind": "command", "words": list(words), "shell": shell, "cwd": "/tmp"}

    def test_functions(self):
        wanted = {"kind": "module", "module": "math", "name": "pow"}
        self.assertEqual(self.run_calls(wanted, (3,), (4,), arguments=[2]), [8.0, 16.0])
        failed = self.run_calls(wanted, ("x",), arguments=[2])[0]
        self.assertEqual(failed["error"], "TypeError: must be real number, not str")
        wanted = {"kind": "module", "module": "no_such_module", "name": "f"}
        self.assertIn("No module named 'no_such_module'", self.run_calls(wanted, ())[0]["error"])

    def test_files_keep_their_frames_and_classes(self):
        source = "class Own:\n    x = 5\ndef make(n):\n    if n: raise SystemExit(n)\n    return Own()\n"
        wanted = {"kind": "file", "path": "/nowhere/own.py", "source": source, "name": "make", "module": "daskd_file_1"}
        made, failed = self.run_calls(wanted, (0,), (1,))
        self.assertEqual((made.x, failed["error"]), (5, "SystemExit: 1"))
        self.assertIn('"/nowhere/own.py", line 4, in make', failed["traceback"])
        self.assertNotIn("calls.py", failed["traceback"])

    def test_commands(self):
        done, = self.run_calls(self.command("printf", "%s-%s", "{2}", "{1}"), ("a b", 1))
        self.assertEqual(done, {"exit_code": 0, "stdout": "1-a b", "stderr": ""})
        done, = self.run_calls(self.command("echo {1} | tr a-z A-Z >&2; exit 3", shell=True), ("x; echo",))
        self.assertEqual((done["error"], done["exit_code"], done["stderr"]), ("exit code 3", 3, "X; ECHO\n"))
        self.assertIn("No such file", self.run_calls(self.command("no-such-program"), ())[0]["error"])
        self.assertIn("there are 1 values", self.run_calls(self.command("echo", "{2}"), ("a",))[0]["error"])
        self.assertEqual(self.run_calls(self.command("kill -9 $$", shell=True), ())[0]["error"], "killed by signal 9")

    def test_what_is_printed_is_bounded(self):
        done, = self.run_calls(self.command("head", "-c", "3000000", "/dev/zero"), ())
        self.assertLess(len(done["stdout"]), 1_100_000)
        self.assertTrue(done["stdout"].startswith("[the beginning is left out]"))


class OnDisk(unittest.TestCase):
    def setUp(self):
        self.dir = self.enterContext(tempfile.TemporaryDirectory(prefix="daskd-"))

    def jobs(self):
        return part("jobs").Jobs(self.dir)

    def with_loop(self, function):
        async def run():
            return function()
        return asyncio.run(run())

    def add(self, jobs, name="j", **given):
        return jobs.add(name, part("spec").read(params(**given)), "token")

    def test_results_outlive_a_torn_end(self):
        path = os.path.join(self.dir, "results")
        results = part("results").Results(path)
        results.append([(0, 1, b"a"), (2, 2, b"{}")])
        whole = os.path.getsize(path)
        for torn in (b"\1", b"\0" * 40, b"\5\0\0\0\0\0\0\0\1" + b"\xff" * 20):
            with open(path, "ab") as file:
                file.write(torn)
            self.assertEqual(list(results.recover()), [(0, 1), (2, 2)])
            self.assertEqual(os.path.getsize(path), whole)
        results.append([(1, 1, b"bc")])
        places = results.places(4)
        with results.open() as file:
            self.assertEqual(results.read(file, places[1]), (1, b"bc"))
        self.assertEqual(places[3], part("results").NOWHERE)
        with open(path, "r+b") as file:
            file.seek(whole - 1)
            file.write(b"!")
        with results.open() as file, self.assertRaisesRegex(ValueError, "damaged"):
            results.read(file, places[2])

    def test_a_job_goes_on_where_it_was(self):
        def first():
            job = self.add(self.jobs(), iterate=["range(4)"])
            self.assertEqual(job.take(3), [0, 1, 2])
            job.keep([(1, 1, pickle.dumps("r")), (2, 2, b'{"error": "E"}')])
            job.give_back([0, 1])
            self.assertEqual(job.take(9), [0, 3])

        def second():
            job = self.jobs()["j"]
            summary = job.summary()
            self.assertEqual([summary[key] for key in ("state", "finished", "failed", "waiting")], ["running", 1, 1, 2])
            self.assertEqual(job.take(9), [0, 3])
            job.keep([(0, 1, pickle.dumps(0)), (3, 1, pickle.dumps(3)), (3, 1, pickle.dumps("again"))])
            self.assertTrue(job.is_complete)
            job.end("finished", "2026-01-01T00:00:00.000Z")
            return [entry.get("result") for entry in part("export").entries(job)]

        def third():
            job = self.jobs()["j"]
            return job.summary()["finished"], job.state, job.ended["failed"], len(job.status)

        self.with_loop(first)
        self.assertEqual(self.with_loop(second), [0, "r", None, "again"])
        self.assertEqual(self.with_loop(third), (3, "finished", 1, 0))

    def test_a_full_disk_changes_nothing(self):
        def check():
            job = self.add(self.jobs(), iterate=["range(2)"])
            job.take(2)
            job.keep([(0, 1, pickle.dumps(0))])
            size, write = os.path.getsize(job.results_path), os.write
            with mock.patch("os.write", side_effect=lambda descriptor, data: write(descriptor, data[:5]) and full()):
                with self.assertRaises(OSError):
                    job.keep([(1, 1, pickle.dumps(1))])
            self.assertEqual(os.path.getsize(job.results_path), size)
            self.assertEqual(job.summary()["finished"], 1)
            job.keep([(1, 1, pickle.dumps(1))])
            self.assertTrue(job.is_complete)

        def full():
            raise OSError(errno.ENOSPC, "No space left on device")

        self.with_loop(check)

    def test_nothing_half_made_stays(self):
        def check():
            jobs = self.jobs()
            os.mkdir(os.path.join(self.dir, ".new-half"))
            self.add(jobs)
            self.assertEqual([job.name for job in self.jobs()], ["j"])
            self.assertEqual(sorted(os.listdir(self.dir)), ["j"])
            self.assertEqual(jobs.free_name(None, jobs["j"].spec), "pow-1")
            for name in ("a/b", ".hidden", "j"):
                with self.assertRaises(part("problem").Problem):
                    jobs.free_name(name, jobs["j"].spec)
            jobs.remove(jobs["j"])
            self.assertEqual(os.listdir(self.dir), [])
        self.with_loop(check)

    def test_exports(self):
        def check():
            job = self.add(self.jobs(), iterate=["range(3)"])
            job.take(3)
            job.keep([(0, 1, pickle.dumps({"a": 1, "b": [float("nan")]})), (1, 2, b'{"error": "E: x", "traceback": "T"}'),
                      (2, 1, pickle.dumps({"a": {3}, "b": None}))])
            write, path = part("export").write, os.path.join(self.dir, "out")
            self.assertEqual(write(job, path, "json", False), 3)
            with open(path) as file:
                self.assertEqual(json.load(file)[0], {"index": 0, "args": [0], "result": {"a": 1, "b": [None]}})
            write(job, path, "jsonl", True)
            with open(path) as file:
                self.assertEqual([json.loads(line)["error"] for line in file], ["E: x"])
            write(job, path, "csv", False)
            with open(path) as file:
                self.assertEqual(file.read().splitlines(),
                                 ["index,arg1,a,b,error", "0,0,1,[null],", '1,1,,,E: x', "2,2,[3],,"])
            write(job, path, "pickle", False)
            with open(path, "rb") as file:
                self.assertEqual(pickle.load(file)[2], {"index": 2, "args": [2], "result": {"a": {3}, "b": None}})
            with self.assertRaises(part("problem").Problem):
                write(job, path, "xml", False)
        self.with_loop(check)


if __name__ == "__main__":
    unittest.main()
