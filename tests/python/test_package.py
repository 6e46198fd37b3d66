"""The package by itself: its doctests, and that it installs."""

import doctest
import importlib
import os
import pkgutil
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from python_package import PACKAGE

ROOT = PACKAGE.parents[1]
BUILD_DIR = os.environ["DASKD_BUILD_DIR"]
USE = "import daskd; from importlib.metadata import entry_points as e, version as v; " \
      "print(v('daskd'), [p.load().__module__ for p in e(group='dask_cluster_discovery')], daskd.__file__)"


class Doctests(unittest.TestCase):
    def test_all_modules(self):
        import daskd
        tried = 0
        for found in pkgutil.iter_modules(daskd.__path__):
            outcome = doctest.testmod(importlib.import_module(f"daskd.{found.name}"))
            self.assertEqual(outcome.failed, 0, found.name)
            tried += outcome.attempted
        self.assertGreater(tried, 20)


class Installation(unittest.TestCase):
    def setUp(self):
        self.dir = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="daskd-")))

    def use(self, path):
        """What a program sees that has `path` beside Dask, and nothing of the source tree."""
        out = subprocess.run([sys.executable, "-B", "-c", USE], cwd=self.dir, env={**os.environ, "PYTHONPATH": str(path)},
                             capture_output=True, text=True, check=True).stdout
        return out.replace(str(path), "PATH").strip()

    def test_pip(self):
        source = self.dir / "source"  # setuptools leaves things there
        shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("__pycache__"))
        target = self.dir / "target"
        done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps",
                               "--no-index", "--target", target, source], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.use(target), f"{self.version()} ['daskd.discovery'] PATH/daskd/__init__.py")
        self.assertTrue((target / "daskd/py.typed").exists())

    def test_cmake(self):
        done = subprocess.run(["cmake", "--install", BUILD_DIR, "--prefix", self.dir / "prefix", "--component", "python"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        (target,) = (self.dir / "prefix/lib").glob("python3*/site-packages")
        self.assertEqual(self.use(target), f"{self.version()} ['daskd.discovery'] PATH/daskd/__init__.py")
        self.assertFalse(list(target.rglob("__pycache__")))

    def version(self):
        """The project's: all places must agree."""
        project = re.search(r"project\(daskd VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
        for place in ("pyproject.toml", "daskd/__init__.py"):
            self.assertIn(f'version = "{project}"', (PACKAGE / place).read_text().replace("__version__", "version"))
        return project


if __name__ == "__main__":
    unittest.main()
