"""Manual pages: made at build time, complete, and without anything that man or mandoc complain about."""

import re
import shutil
import subprocess
import unittest

from daskd_testing import BUILD_DIR, DASKCTL, Cluster

PAGES = {name: BUILD_DIR / "share" / f"man{name[-1]}" / name for name in ("daskctl.1", "daskd.8", "daskd.yaml.5")}


def shown(name):
    """The page as people see it, on a wide terminal and without its bold face; spaces are one each."""
    done = subprocess.run(["mandoc", "-Tutf8", "-Owidth=1000", str(PAGES[name])], check=True, capture_output=True, text=True,
                          timeout=30)
    return re.sub(r" +", " ", re.sub(".\b", "", done.stdout))


def setUpModule():
    if shutil.which("mandoc") is None:
        raise unittest.SkipTest("no mandoc on this machine: conf/install-packages test")


class Manual(unittest.TestCase):
    def test_has_no_mistakes(self):
        checks = [["mandoc", "-Tlint", "-Wwarning"], ["man", "--warnings", "--local-file", "--pager=cat", "-EUTF-8"]]
        for check in checks:
            for page in PAGES.values() if shutil.which(check[0]) else ():
                with self.subTest(f"{check[0]} {page.name}"):
                    done = subprocess.run([*check, str(page)], capture_output=True, text=True, timeout=30)
                    complaints = done.stdout if check[0] == "mandoc" else done.stderr
                    self.assertEqual((done.returncode, complaints), (0, ""))

    def test_daskctl_has_every_verb_and_its_options(self):
        page = shown("daskctl.1")
        with Cluster() as cluster:
            verbs = cluster.ctl("__complete", "").stdout.split()
            for verb in verbs:
                self.assertRegex(page, rf"(?m)^ {verb}( |$)")
                options = re.findall(r"--[a-z-]+", cluster.ctl("help", verb).stdout)
                for option in set(options) - {"--help"}:
                    self.assertRegex(page, rf"(?m){option}\b", f"{verb} {option}")
        for code in range(8):
            self.assertRegex(page, rf"(?m)^ {code} \S")

    def test_daskd_yaml_has_every_key_and_its_default(self):
        page = shown("daskd.yaml.5")
        example = subprocess.run([DASKCTL, "config", "example"], check=True, capture_output=True, text=True).stdout
        keys = re.findall(r"^[ #]*([a-z_]+): ([^ #][^#]*?) +# (.*)$", example, re.M)
        self.assertGreater(len(keys), 50)
        for name, default, text in keys:
            self.assertIn(f"{name}: {default} ", page.replace("\n", " "))
            self.assertIn(text.replace("`", ""), page)

    def test_daskd_has_its_options(self):
        page = shown("daskd.8")
        for word in ("--cluster NAME", "--config FILE", "--background", "SIGTERM", "job-script"):
            self.assertIn(word, page)


if __name__ == "__main__":
    unittest.main()
