"""Plots of restart latency, start-up time and memory against N, from measured data.

    tests/bench/run --sweep --json sweep.json
    python3 tests/bench/plot.py sweep.json DIRECTORY
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import svg

# File name, figure, title, unit.
PLOTS = (
    ("restart.svg", "restart", "Worker killed → replacement registered", "s"),
    ("start.svg", "start", "Nothing running → N workers registered", "s"),
    ("memory.svg", "memory", "Memory (PSS) of all processes, idle", "bytes"),
)
# Orange, blue, green and vermilion can be told apart by everybody.
COLORS = {"nanny": "#d55e00", "nanny, forkserver": "#e69f00", "daskd, exec": "#56b4e9", "daskd": "#009e73"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="what `run --sweep --json` has written")
    parser.add_argument("directory", type=Path, help="where the plots go")
    options = parser.parse_args()
    results = json.loads(options.results.read_text())
    options.directory.mkdir(parents=True, exist_ok=True)
    for file, figure, title, unit in PLOTS:
        by_size = results["rivals"].get(figure)
        if by_size:
            chart = svg.Chart(f"{title}: median, p10–p90", _note(results["machine"]), "number of workers N",
                              _lines(by_size), lambda value, unit=unit: _show(value, unit))
            (options.directory / file).write_text(svg.render(chart))


def _lines(by_size: dict[str, Any]) -> list[svg.Line]:
    lines = []
    for name, color in COLORS.items():
        points = [svg.Point(int(n), rivals[name]["median"], rivals[name]["p10"], rivals[name]["p90"])
                  for n, rivals in by_size.items() if name in rivals]
        if points:
            lines.append(svg.Line(name, color, points))
    return lines


def _note(machine: dict[str, Any]) -> str:
    return (f"{machine['cpu']}, {machine['cores']} cores; daskd {machine['daskd']}, Python {machine['python']}, "
            f"distributed {machine['distributed']}; {machine['at'][:10]}")


def _show(value: float, unit: str) -> str:
    if unit == "bytes":
        return f"{value / 1e9:g} GB" if value >= 1e9 else f"{value / 1e6:g} MB"
    return f"{value:g} s" if value >= 1 else f"{value * 1e3:g} ms"


if __name__ == "__main__":
    main()
