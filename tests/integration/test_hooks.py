"""Commands that daskd runs at events: with the event on their standard input, and bounded in number and time."""

import json
import os
import signal
import unittest

from daskd_testing import Cluster, local
from waiting import wait_until


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


class Hooks(unittest.TestCase):
    def test_they_are_told(self):
        with Cluster() as cluster:
            told, ends = cluster.dir / "told", cluster.dir / "ends"
            config = local(workers=1, max_restarts={"count": 1, "within": "1h"}, backoff={"initial": "10ms"})
            config["daskd"]["on_event"] = [
                {"kinds": ["worker.failed", "cluster.down"], "command": ["sh", "-c", f"cat >> {told}"]},
                {"kinds": ["worker.backoff"], "command": ["sh", "-c", f'echo "[\\"$DASKD_EVENT\\",\\"$DASKD_CLUSTER\\"]" >> {ends}']},
            ]
            cluster.configure(config)
            cluster.ctl("up")
            os.kill(first := cluster.worker("local-0")["pid"], signal.SIGKILL)
            os.kill(cluster.wait_replaced("local-0", first)["pid"], signal.SIGKILL)
            event = wait_until(lambda: lines(told), 20, "the hook was told")[0]
            self.assertEqual((event["cluster"], event["name"], event["to"]), ("default", "local-0", "failed"))
            self.assertEqual(event["cause"]["signal"], "SIGKILL")
            self.assertEqual(event["seq"], next(e["seq"] for e in cluster.events() if e["to"] == "failed"))
            self.assertEqual(wait_until(lambda: lines(ends), 20, "the other hook was told"), [["worker.backoff", "default"]])
            with self.subTest("the last event of all, too: daskd waits for it a moment"):
                cluster.ctl("down")
                cluster.wait_nothing_left()
                self.assertEqual(lines(told)[-1]["to"], "down")

    def test_one_that_fails_is_a_warning_until_it_does_not(self):
        with Cluster() as cluster:
            gate = cluster.dir / "gate"
            config = local(workers=1)
            config["daskd"]["on_event"] = [
                {"kinds": ["worker.stopped"], "command": ["sh", "-c", f"test -e {gate} || {{ echo no gate >&2; exit 3; }}"]},
                {"kinds": ["worker.stopped"], "command": ["no-such-program"]}]
            cluster.configure(config)
            cluster.ctl("up")
            cluster.ctl("stop-worker", "local-0")

            def warnings():
                return " ".join(cluster.status()["warnings"])
            wait_until(lambda: "exit code 3: no gate" in warnings() and "there is no 'no-such-program'" in warnings(), 20,
                       "both warnings")
            self.assertEqual(cluster.ctl("events", "--json-lines").stdout.count("no gate"), 0)
            gate.touch()
            config["daskd"]["on_event"].pop()
            cluster.configure(config)
            self.assertIn("on_event", cluster.ctl("reload").stdout)
            self.assertEqual(warnings(), "")
            cluster.ctl("start-worker", "local-0")
            cluster.ctl("stop-worker", "local-0")
            cluster.ctl("start-worker", "local-0")
            self.assertEqual(warnings(), "")

    def test_they_hold_nothing_up(self):
        with Cluster() as cluster:
            started = cluster.dir / "started"
            config = local(workers=8)
            config["daskd"]["on_event"] = [
                {"kinds": ["worker.*"], "command": ["sh", "-c", f"echo >> {started}; sleep 1000"]} for _ in range(9)]
            cluster.configure(config)
            cluster.ctl("up")  # 8 × 2 events, 9 commands each: more than may wait
            wait_until(lambda: started.exists() and len(started.read_text()) >= 4, 20, "as many as may run")
            wait_until(lambda: "some were not passed on" in " ".join(cluster.status()["warnings"]), 20, "the warning")
            self.assertEqual(len(started.read_text()), 4)
            cluster.ctl("down")


if __name__ == "__main__":
    unittest.main()
