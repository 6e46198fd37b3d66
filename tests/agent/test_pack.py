import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

from support import ROOT, packed


class Pack(unittest.TestCase):
    def setUp(self) -> None:
        kept = tempfile.TemporaryDirectory(prefix="daskd-pack-")
        self.addCleanup(kept.cleanup)
        self.directory = Path(kept.name)

    def test_same_sources_give_the_same_bytes(self) -> None:
        first = Path(packed(kept := str(self.directory))).read_bytes()
        self.assertEqual(first, Path(packed(kept)).read_bytes())

    def test_folders_become_packages_with_the_entry_at_the_root(self) -> None:
        names = zipfile.ZipFile(packed(str(self.directory))).namelist()
        for name in ("__main__.py", "daskd_agent/agent.py", "daskd_scheduler_link/__init__.py"):
            self.assertIn(name, names)

    def test_cpp_blob_holds_the_zip(self) -> None:
        source = ROOT / "daemon/agent/__main__.py"
        pack = [sys.executable, str(ROOT / "daemon/agent/pack/pack.py")]
        for out in ("blob.cpp", "blob.pyz"):
            subprocess.run([*pack, str(self.directory / out), str(source)], check=True)
        text = (self.directory / "blob.cpp").read_text()
        numbers = text.partition("agent_program_data[] = {")[2].partition("}")[0]
        self.assertEqual(bytes(map(int, numbers.split(","))), (self.directory / "blob.pyz").read_bytes())


if __name__ == "__main__":
    unittest.main()
