"""The results as text."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

import life
from figures import Samples, summary
from rivals import ALL, DASKD, FORKSERVER, NANNY

RATIOS = {NANNY: "nanny ÷ daskd", FORKSERVER: "forkserver ÷ daskd"}
NOTHING = "–"

# Name, how it is shown, and what it says.
DAEMON_ROWS = (
    ("daskd_rss_bytes", "bytes", "daskd: RSS"),
    ("daskd_cpu_percent", "percent", "daskd: CPU while idle, of one core"),
    ("daskd_wakeups_per_s", "per_s", "daskd: wake-ups while idle"),
    ("agent_rss_bytes", "bytes", "host agent: RSS"),
    ("agent_cpu_percent", "percent", "host agent: CPU while idle, of one core"),
    ("agent_wakeups_per_s", "per_s", "host agent: wake-ups while idle"),
    ("client_wall_s", "s", "daskctl status --json, whole process: median"),
    ("client_wall_min_s", "s", "daskctl status --json, whole process: fastest"),
    ("client_peak_rss_bytes", "bytes", "daskctl status --json: peak RSS"),
    ("storm_rpc_median_s", "s", "cluster.status while all workers are killed once a second: median"),
    ("storm_rpc_p99_s", "s", "cluster.status while all workers are killed once a second: p99"),
    ("storm_client_median_s", "s", "daskctl status --json meanwhile: median"),
    ("storm_client_p99_s", "s", "daskctl status --json meanwhile: p99"),
    ("socket_requests_per_s", "per_s", "control socket, one client, daemon.info"),
)
STUB_ROWS = (
    ("up_s", "s", "nothing → all running (daskctl up returns)"),
    ("back_s", "s", "killed at once → all running again"),
    ("status_rpc_s", "s", "cluster.status: median"),
    ("status_client_s", "s", "daskctl status --json, whole process: median"),
    ("rss_bytes", "bytes", "daskd: RSS"),
    ("rss_bytes_per_worker", "bytes", "daskd: RSS per worker"),
)
JOB_ROWS = (
    ("map_submit_s", "s", "Client.map: until it returns"),
    ("map_s", "s", "Client.map: until all results are gathered"),
    ("map_call_s", "s", "Client.map: of that, each call"),
    ("job_submit_s", "s", "job: until it is submitted, and on the disk"),
    ("job_first_s", "s", "job: until progress tells of a result"),
    ("job_s", "s", "job: until all results are on the disk"),
    ("job_call_s", "s", "job: of that, each call"),
    ("job_rss_growth_bytes", "bytes", "daskd: growth of its RSS meanwhile"),
)


def of_rivals(samples: Samples) -> str:
    """Medians with p10–p90 of every rival, and how many times daskd's median fits into both nannies'."""
    rows = [["", "N", *(rival.name for rival in ALL), *RATIOS.values()]]
    for figure, title in life.FIGURES.items():
        for n in samples.sizes_of(figure):
            values = {rival.name: samples.of(figure, n, rival.name) for rival in ALL}
            unit = "bytes" if figure in (life.MEMORY, life.MEMORY_USED) else "s"
            rows.append([title, str(n), *(_cell(values[rival.name], unit) for rival in ALL),
                         *(_ratio(values[name], values[DASKD]) for name in RATIOS)])
            title = ""
    return _aligned(rows)


def of_figures(title: str, rows: Sequence[tuple[str, str, str]], figures: Mapping[str, float]) -> str:
    """Those of `rows` that were measured."""
    shown = [[text, show(figures[name], unit)] for name, unit, text in rows if name in figures]
    return f"{title}\n{_aligned(shown)}"


def show(value: float, unit: str) -> str:
    """Three significant digits: 12.3 ms, 4.56 s, 123 MB."""
    if unit == "s":
        return f"{_digits(value)} s" if value >= 1 else f"{_digits(value * 1e3)} ms"
    if unit == "bytes":
        return f"{_digits(value / 1e6)} MB" if value >= 1e6 else f"{_digits(value / 1e3)} kB"
    if unit == "percent":
        return f"{value:.2f} %"
    return f"{_digits(value)}/s"


def _digits(value: float) -> str:
    decimals = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{decimals}f}"


def _cell(values: list[float], unit: str) -> str:
    if not values:
        return NOTHING
    known = summary(values)
    if len(values) < 3:
        return show(known["median"], unit)
    return f"{show(known['median'], unit)} ({show(known['p10'], unit)} – {show(known['p90'], unit)})"


def _ratio(values: list[float], ours: list[float]) -> str:
    return f"{summary(values)['median'] / summary(ours)['median']:.1f}" if values and ours else NOTHING


def _aligned(rows: list[list[Any]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    # The first column is text, the others are numbers.
    return "\n".join("  ".join(cell.rjust(width) if i else cell.ljust(width)
                               for i, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows)
