"""A terminal that a test can type on and look at: tmux, on a server of its own."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from pathlib import Path

from waiting import wait_until


class Tmux:
    """One program in a terminal of eight colours, while the `with` block lasts."""

    def __init__(self, argv: list[str], env: dict[str, str], *, columns: int = 80, rows: int = 24) -> None:
        self._dir = tempfile.TemporaryDirectory(prefix="daskd-tmux-", dir="/tmp")
        self._env = {"LANG": "C.UTF-8", **env, "TMUX_TMPDIR": self._dir.name}
        self._env.pop("TMUX", None)
        self._exit_code = Path(self._dir.name, "exit")
        config = Path(self._dir.name, "config")
        config.write_text("set -g default-terminal screen\nset -g remain-on-exit on\nset -g status off\n"
                          "set -g escape-time 0\n")
        # -u: whatever the language, what the program sends is taken for UTF-8.
        self._tmux("-f", str(config), "-u", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                   # tmux does not always hear how its program ended.
                   shlex.join(["sh", "-c", '"$@"; echo $? > "$0"', str(self._exit_code), *argv]))

    def keys(self, *names: str) -> None:
        """Types keys as tmux names them: 'r', 'Enter', 'Down', 'C-c'."""
        for name in names:
            self._tmux("send-keys", name)

    def screen(self, *options: str) -> str:
        """What it shows, line by line; '-e' with colours."""
        return self._tmux("capture-pane", "-p", *options)

    def wait_for(self, text: str, timeout: float = 30) -> str:
        """The screen once it shows `text`."""
        try:
            wait_until(lambda: text in self.screen(), timeout, "")
        except AssertionError:
            raise AssertionError(f"no {text!r} within {timeout} s on\n{self.screen()}") from None
        return self.screen()

    def resize(self, columns: int, rows: int) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def wait_for_end(self, timeout: float = 20) -> int:
        """Its exit code."""
        return int(wait_until(lambda: self._exit_code.exists() and self._exit_code.read_text(), timeout, "its end"))

    def __enter__(self) -> Tmux:
        return self

    def __exit__(self, *_: object) -> None:
        server = int(self._tmux("display-message", "-p", "#{pid}"))
        self._tmux("kill-server")
        wait_until(lambda: not Path(f"/proc/{server}").exists(), 10, "tmux's end")
        self._dir.cleanup()

    def _tmux(self, *args: str) -> str:
        done = subprocess.run(["tmux", *args], env=self._env, capture_output=True, text=True, timeout=30)
        if done.returncode != 0:
            raise AssertionError(f"tmux {' '.join(args)}: {done.stderr}")
        return done.stdout
