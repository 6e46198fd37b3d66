"""Shell completion, in the shells themselves."""

import shutil
import subprocess
import time
import unittest

from daskd_testing import DASKCTL, Cluster, local

# Loads the completion, and completes this line as the Tab key does.
_BASH = """
source <("$0" completion bash)
COMP_LINE=$1 COMP_POINT=${#1}
COMP_WORDS=($1) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
compopt() { :; }
_daskctl
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Completion(unittest.TestCase):
    def test_bash(self):
        config = local(workers=2)
        config["daskd"]["pools"]["by-name"] = {"names": ["01@"], "threads": 1}
        with Cluster(config) as cluster:
            cluster.ctl("up")
            for line, expected in {"restart-wor": ["restart-worker"], "restart-worker l": ["local-0", "local-1"],
                                   "stop-worker 01@": [""], "scale lo": ["local="], "--color=": [""]}.items():
                done = subprocess.run(["bash", "-c", _BASH, DASKCTL, f"{DASKCTL} {line}"], env=cluster.env,
                                      capture_output=True, text=True, timeout=20)
                self.assertEqual(done.stdout.splitlines(), expected, f"{line}: {done.stderr}")

    def test_other_shells_read_their_scripts(self):
        for shell, check in {"zsh": ["-n", "/dev/stdin"], "fish": ["--no-execute", "/dev/stdin"]}.items():
            with self.subTest(shell):
                if shutil.which(shell) is None:
                    self.skipTest(f"no {shell} on this machine")
                script = subprocess.run([DASKCTL, "completion", shell], capture_output=True, check=True).stdout
                done = subprocess.run([shell, *check], input=script, capture_output=True, timeout=20)
                self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_without_a_cluster_it_is_silent_and_quick(self):
        with Cluster(local()) as cluster:
            began = time.monotonic()
            self.assertEqual(cluster.ctl("__complete", "restart-worker", "").stdout, "")
            self.assertLess(time.monotonic() - began, 2, "it waited for a daskd")


if __name__ == "__main__":
    unittest.main()
