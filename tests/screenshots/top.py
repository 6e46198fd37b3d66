"""Takes a picture of `daskctl top` on a real cluster that computes, and loses a worker: top.svg."""

import os
import random
import signal
import time
from pathlib import Path

from daskd_testing import DASKCTL, Cluster
from terminal_svg import picture
from tmux import Tmux
from waiting import wait_until

COLUMNS, ROWS = 120, 30
CONFIG = {"daskd": {"pools": {"local": {"workers": 6, "threads": 2, "memory": "512MiB"},
                              "big": {"workers": 2, "threads": 4, "memory": "1GiB"}}}}


def main() -> None:
    here = Path(__file__).parent
    with Cluster(CONFIG) as cluster:
        cluster.ctl("up")
        env = {key: value for key, value in cluster.env.items() if key != "NO_COLOR"}
        with Tmux([DASKCTL, "top", "--interval", "500ms"], env, columns=COLUMNS, rows=ROWS) as terminal, \
                cluster.client() as client:
            def work(seed: int) -> bytes:
                """Some computing, some waiting, and a result of a few megabytes."""
                fate = random.Random(seed)
                until = time.monotonic() + fate.uniform(0.3, 1.5)
                idleness = fate.uniform(0.001, 0.03)
                while time.monotonic() < until:
                    sum(range(100_000))
                    time.sleep(idleness)
                if seed % 97 == 13:
                    raise ValueError(seed)
                return b"x" * fate.randrange(8 << 20)
            futures = client.map(work, range(400))
            done = lambda: sum(future.status == "finished" for future in futures)  # noqa: E731
            wait_until(lambda: done() > 60, 300, "a fifth of the work is done")
            os.kill(cluster.worker("local-2")["pid"], signal.SIGKILL)
            wait_until(lambda: done() > 220, 300, "half of the work is done")
            terminal.keys("j")
            time.sleep(1)  # for the last curve
            (here / "top.svg").write_text(picture(terminal.screen("-e", "-N"), COLUMNS, "daskctl top"))
            for future in futures:
                future.cancel()


if __name__ == "__main__":
    main()
