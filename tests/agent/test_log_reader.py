"""Logs that are read and followed by a daskd on another machine."""

import unittest
from pathlib import Path

from support import AgentCase


class LogReader(AgentCase):
    def setUp(self) -> None:
        super().setUp()
        self.start_agent()
        self.wire, _ = self.greet()
        self.log = Path(self.path("w.log"))

    def read(self, lines: int = 10, **fields: object) -> dict:
        self.wire.send(op="log", id=1, log=str(self.log), lines=lines, **fields)
        return self.wire.expect("log", id=1)

    def write(self, text: str) -> None:
        with open(self.log, "a") as file:
            file.write(text)

    def followed(self, count: int) -> list:
        lines: list = []
        while len(lines) < count:
            lines += self.wire.expect("log", id=1)["lines"]
        return lines

    def test_the_last_whole_lines(self) -> None:
        self.assertEqual(self.read()["lines"], [], "a log that is not there")
        self.write("one\ntwo\nthree\nfo")
        self.assertEqual(self.read(2)["lines"], ["two", "three"])
        self.assertEqual(self.read()["offset"], len("one\ntwo\nthree\n"))
        self.assertEqual(self.read(0)["lines"], [])

    def test_what_is_written_is_told(self) -> None:
        self.write("one\ntw")
        self.assertEqual(self.read(follow=True)["lines"], ["one"])
        self.write("o\nthree\n")
        self.assertEqual(self.followed(2), ["two", "three"])
        self.log.write_text("anew\n")  # as rotation leaves it
        self.assertEqual(self.followed(1), ["anew"])
        self.log.unlink()
        self.write("another file\n")
        self.assertEqual(self.followed(1), ["another file"])

    def test_it_goes_on_where_it_was(self) -> None:
        self.write("one\n")
        offset = self.read()["offset"]
        self.write("two\n")
        self.assertEqual(self.read(offset=offset, follow=True)["lines"], ["two"])

    def test_a_flood_comes_whole_and_a_reader_that_is_slow_is_waited_for(self) -> None:
        self.read(follow=True)
        count = 60_000
        with open(self.log, "a") as file:
            for n in range(count):
                file.write(f"{n:0100d}\n")
        self.assertEqual([int(line) for line in self.followed(count)], list(range(count)))

    def test_when_it_is_ended_nothing_more_comes(self) -> None:
        self.read(follow=True)
        self.wire.send(op="end_log", id=1)
        self.wire.send(op="ping")
        self.wire.expect("pong")
        self.write("unheard\n")
        self.wire.send(op="log", id=2, log=str(self.log), lines=1)
        self.assertEqual(self.wire.expect("log")["id"], 2)


if __name__ == "__main__":
    unittest.main()
