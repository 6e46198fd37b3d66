"""What is wrong with a question."""

from __future__ import annotations


class Problem(Exception):
    """`code` is usage, unknown_name, busy, timed_out or failed."""

    def __init__(self, code: str, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.hint = hint
