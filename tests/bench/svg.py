"""A line chart with logarithmic axes as SVG, by hand: no library is needed to look at results."""

from __future__ import annotations

import dataclasses
import math
from typing import Callable, Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 74, 150, 58, 58
LABEL_GAP = 17  # between the labels of two lines that end close together
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #333 }
.title { font-size: 16px; font-weight: 600 }
.note { font-size: 11px; fill: #777 }
.grid { stroke: #e4e4e4 }
.line { fill: none; stroke-width: 2.2; stroke-linejoin: round }
.band { opacity: 0.14; stroke: none }
.mark { stroke: #fff; stroke-width: 1.2 }
.name { font-weight: 600 }
"""


@dataclasses.dataclass(frozen=True)
class Point:
    x: float
    y: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True)
class Line:
    name: str
    color: str
    points: Sequence[Point]


@dataclasses.dataclass(frozen=True)
class Chart:
    title: str
    note: str
    x_label: str
    lines: Sequence[Line]
    show: Callable[[float], str]  # a value of the y axis as text


def render(chart: Chart) -> str:
    """The whole SVG file: bands from low to high, lines, marks, and each line's name at its end."""
    points = [point for line in chart.lines for point in line.points]
    xs = sorted({point.x for point in points})
    low, high = min(point.low for point in points), max(point.high for point in points)
    across = _Scale(xs[0], xs[-1], LEFT, WIDTH - RIGHT)
    up = _Scale(low / 1.3, high * 1.3, HEIGHT - BOTTOM, TOP)
    parts = [_text(LEFT, 24, chart.title, "title"), _text(LEFT, 42, chart.note, "note")]
    for value in _ticks(low / 1.3, high * 1.3):
        parts.append(_rule(LEFT, up(value), WIDTH - RIGHT, up(value)))
        parts.append(_text(LEFT - 8, up(value) + 4, chart.show(value), anchor="end"))
    for x in xs:
        parts.append(_rule(across(x), TOP, across(x), HEIGHT - BOTTOM))
        parts.append(_text(across(x), HEIGHT - BOTTOM + 20, f"{x:g}", anchor="middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, chart.x_label, anchor="middle"))
    parts += [shape for line in chart.lines for shape in _shapes(line, across, up)]
    parts += _names(chart.lines, up)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">\n'
            f"<style>{STYLE}</style>\n"
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n")


class _Scale:
    """Values to pixels, logarithmic."""

    def __init__(self, low: float, high: float, begin: float, end: float) -> None:
        self._low, self._ratio = math.log(low), math.log(high / low) or 1
        self._begin, self._end = begin, end

    def __call__(self, value: float) -> float:
        share = (math.log(value) - self._low) / self._ratio
        return round(self._begin + share * (self._end - self._begin), 1)


def _ticks(low: float, high: float) -> list[float]:
    """1, 2, 5, 10 …; only the tens where that would be crowded."""
    steps = (1, 2, 5) if high / low < 1000 else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]


def _shapes(line: Line, across: _Scale, up: _Scale) -> list[str]:
    there = [f"{across(point.x)},{up(point.low)}" for point in line.points]
    back = [f"{across(point.x)},{up(point.high)}" for point in reversed(line.points)]
    middle = " ".join(f"{across(point.x)},{up(point.y)}" for point in line.points)
    marks = [f'<circle class="mark" cx="{across(point.x)}" cy="{up(point.y)}" r="4" fill="{line.color}"/>'
             for point in line.points]
    return [f'<polygon class="band" fill="{line.color}" points="{" ".join(there + back)}"/>',
            f'<polyline class="line" stroke="{line.color}" points="{middle}"/>', *marks]


def _names(lines: Sequence[Line], up: _Scale) -> list[str]:
    """Each beside its line's end, pushed down where another is in the way."""
    parts, free_from = [], 0.0
    for line in sorted(lines, key=lambda line: up(line.points[-1].y)):
        y = max(up(line.points[-1].y) + 4, free_from)
        free_from = y + LABEL_GAP
        parts.append(f'<text class="name" x="{WIDTH - RIGHT + 10}" y="{y}" style="fill:{line.color}">'
                     f"{escape(line.name)}</text>")
    return parts


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="grid" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
