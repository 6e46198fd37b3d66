"""Includes point the way that the design says: common ← daemon, common ← ctl, and each part only to what it uses."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.M)

# Helpers in headers only, without a library of their own; they know asio, and so the pure parts may not know them.
HEADER_ONLY = {"async"}
PURE = {"common", "daemon/config", "daemon/core", "daemon/doctor", "daemon/queue"}


def declared_uses():
    """Part -> parts that it may include directly or through another, as daemon/CMakeLists.txt declares them."""
    text = (ROOT / "daemon/CMakeLists.txt").read_text()
    direct = {}
    for name, rest in re.findall(r"^daskd_part\((\w+)([^)]*)\)", text, re.M):
        uses = re.search(r"USES([a-z_ ]*)", rest)
        direct[name] = set(uses.group(1).split()) if uses else set()

    def closure(name, above=()):
        if name in above:
            raise AssertionError(f"a cycle of parts: {' -> '.join((*above, name))}")
        return direct[name].union(*(closure(used, (*above, name)) for used in direct[name]))

    return {name: closure(name) for name in direct}


def part_of(path):
    """"common", "ctl" or "daemon/PART"; for daemon/main.cpp "daemon"."""
    pieces = Path(path).parts
    return "/".join(pieces[:2]) if pieces[0] == "daemon" and len(pieces) > 2 else pieces[0]


def includes():
    """(file, included) for every include of our own sources."""
    for folder in ("common", "daemon", "ctl"):
        for file in sorted((ROOT / folder).rglob("*.[ch]pp")):
            for included in INCLUDE.findall(file.read_text()):
                yield file.relative_to(ROOT).as_posix(), included


class Architecture(unittest.TestCase):
    def allowed(self, part, uses):
        if part == "common":
            return {"common"}
        if part == "ctl":
            return {"common", "ctl"}
        if part == "daemon":  # main.cpp
            return {"common"} | {f"daemon/{name}" for name in {*uses, *HEADER_ONLY}}
        allowed = {"common", part} | {f"daemon/{used}" for used in uses.get(part.removeprefix("daemon/"), set())}
        return allowed if part in PURE else allowed | {f"daemon/{name}" for name in HEADER_ONLY}

    def test_direction(self):
        uses = declared_uses()
        for file, included in includes():
            if included.startswith(("common/", "daemon/", "ctl/")):
                self.assertIn(part_of(included), self.allowed(part_of(file), uses), f"{file} includes {included}")

    def test_pure_parts_know_no_asio_no_clock_no_logging(self):
        for file, included in includes():
            if part_of(file) in PURE:
                self.assertFalse(included.startswith(("boost/asio", "spdlog/", "sys/epoll", "sys/wait")),
                                 f"{file} includes {included}")

    def test_core_asks_no_clock(self):
        for file in sorted((ROOT / "daemon/core").rglob("*.[ch]pp")):
            self.assertNotRegex(file.read_text(), r"_clock::now\(", f"{file.relative_to(ROOT)}: time is an argument")

    def test_boost_process_lives_in_one_folder(self):
        for file, included in includes():
            if included.startswith("boost/process"):
                self.assertEqual(part_of(file), "daemon/process", f"{file} includes {included}")


if __name__ == "__main__":
    unittest.main()
