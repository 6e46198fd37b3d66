"""Files of another machine come with the order to start what needs them."""

from __future__ import annotations

import os
import signal
import stat
import unittest
from pathlib import Path

import support

REPORT = """
import json, os, stat, sys
import dask.config
key = dask.config.get("distributed.comm.tls.worker.key")
ca = dask.config.get("distributed.comm.tls.ca-file")
facts = {"key": key, "content": open(key).read(), "ca": ca, "words": " ".join(sys.argv)}
with open("REPORT.new", "w") as file:
    json.dump(facts, file)
os.rename("REPORT.new", "REPORT")
"""


class HeadFiles(support.AgentCase):
    def setUp(self) -> None:
        super().setUp()
        self.start_agent()
        self.wire, _ = self.greet()

    def spawn_with_key(self, name: str, content: str) -> dict:
        tls = {"ca-file": "/head/ca.pem", "worker": {"key": "/head/worker.key", "cert": "/not/sent"}}
        config = {"distributed": {"comm": {"tls": tls}}, "temporary-directory": self.directory}
        code = REPORT.replace("REPORT", self.path(f"{name}.json"))
        files = {"/head/worker.key": content, "/head/ca.pem": "the CA"}
        self.run_code(self.wire, name, code, dask_config=config, files=files)
        return self.report(f"{name}.json")

    def test_their_contents_are_private_files_here(self) -> None:
        seen = self.spawn_with_key("a", "secret 1")
        self.assertEqual(seen["content"], "secret 1")
        self.assertEqual(os.path.dirname(seen["key"]), self.path("agent.files"))
        self.assertEqual(Path(seen["ca"]).read_text(), "the CA")
        self.assertEqual(stat.S_IMODE(os.stat(seen["key"]).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(self.path("agent.files")).st_mode), 0o700)
        self.assertNotIn("secret", seen["words"])

    def test_another_content_leaves_the_first_alone(self) -> None:
        first = self.spawn_with_key("a", "secret 1")
        second = self.spawn_with_key("b", "secret 2")
        self.assertEqual(Path(first["key"]).read_text(), "secret 1")
        self.assertEqual(Path(second["key"]).read_text(), "secret 2")
        self.assertEqual(first["ca"], second["ca"])

    def test_they_go_with_the_agent(self) -> None:
        self.spawn_with_key("a", "secret")
        self.wire.send(op="shutdown")
        support.wait_until(lambda: not os.path.exists(self.path("agent.files")), "the end of the files")

    def test_a_log_may_be_in_a_directory_that_is_not_there_yet(self) -> None:
        self.spawn(self.wire, "a", log=self.path("new/logs/a.log"))
        support.wait_until(lambda: os.path.exists(self.path("new/logs/a.log")), "the log")
        self.assertEqual(stat.S_IMODE(os.stat(self.path("new/logs")).st_mode), 0o700)
        self.wire.send(op="signal", name="a", incarnation=1, signal=int(signal.SIGKILL))
        self.wire.expect("exited", name="a")


if __name__ == "__main__":
    unittest.main()
