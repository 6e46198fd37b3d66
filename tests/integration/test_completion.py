"""Shell completion, in the shells themselves."""

import shutil
import subprocess
import time
import unittest
from pathlib import Path

from daskd_testing import DASKCTL, Cluster, local
from waiting import wait_until

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

    def test_other_shells(self):
        zsh = 'source <("$0" completion zsh); compadd() { print -l -- "${@:#-*}"; }; ' \
              'words=("$0" restart-worker lo); CURRENT=3; _daskctl'
        fish = 'source (daskctl completion fish | psub); complete --do-complete "daskctl restart-worker lo"'
        with Cluster(local(workers=2)) as cluster:
            cluster.ctl("up")
            env = {**cluster.env, "PATH": f"{Path(DASKCTL).parent}:{cluster.env['PATH']}"}
            for command in (["zsh", "-f", "-c", "compdef() { :; }; " + zsh, DASKCTL], ["fish", "--no-config", "-c", fish]):
                with self.subTest(command[0]):
                    if shutil.which(command[0]) is None:
                        self.skipTest(f"no {command[0]} on this machine")
                    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=20)
                    self.assertEqual(done.stdout.split(), ["local-0", "local-1"], done.stderr)

    def test_names_are_there_at_once(self):
        """Within 20 ms, as a whole process; on a busy machine the quickest of many tells."""
        config = local(workers=2)
        with Cluster(config) as cluster:
            cluster.ctl("up")

            def quick():
                began = time.monotonic()
                cluster.ctl("__complete", "restart-worker", "local-")
                return time.monotonic() - began < 0.020
            wait_until(quick, 30, "names of workers within 20 ms")

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
