"""A terminal's screen, as `tmux capture-pane -e` gives it, as a picture."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import escape

CELL_W, CELL_H, MARGIN = 8.4, 18, 12
FOREGROUND, BACKGROUND = "#d4d7dd", "#1c1f26"
COLORS = {31: "#ef6b73", 32: "#8cc570", 33: "#e5c07b", 34: "#61afef", 35: "#c678dd", 36: "#56b6c2"}
_ESCAPES = re.compile(r"\x1b\[([\d;]*)m|\x1b[()][AB012]|[\x0e\x0f]")

# Cells that are drawn, not written: a font need not have them, and there are gaps between its lines.
_ACROSS = {character: (n + 1) / 8 for n, character in enumerate("▏▎▍▌▋▊▉█")}
_UP = {character: (n + 1) / 8 for n, character in enumerate("▁▂▃▄▅▆▇")}
_SHADES = {"░": 0.25, "▒": 0.55, "▓": 0.8}


@dataclass(frozen=True)
class _Style:
    color: int | None = None
    bold: bool = False
    dim: bool = False
    reverse: bool = False

    def after(self, code: int) -> _Style:
        if code == 0:
            return _Style()
        if code in (1, 2, 7):
            return replace(self, **{{1: "bold", 2: "dim", 7: "reverse"}[code]: True})
        if code in COLORS or code == 39:
            return replace(self, color=code if code in COLORS else None)
        return self

    @property
    def ink(self) -> str:
        return BACKGROUND if self.reverse else COLORS.get(self.color, FOREGROUND)  # type: ignore[arg-type]


def _cells(line: str, style: _Style) -> tuple[list[tuple[str, _Style]], _Style]:
    """Its characters with their styles, and the style that holds at its end."""
    cells, at = [], 0
    for found in _ESCAPES.finditer(line):
        cells += [(character, style) for character in line[at:found.start()]]
        for code in (found[1] or "0").split(";") if found[1] is not None else ():
            style = style.after(int(code or 0))
        at = found.end()
    return cells + [(character, style) for character in line[at:]], style


def _rectangle(x: float, y: float, width: float, height: float, fill: str, opacity: float = 1) -> str:
    faint = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
    return f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" fill="{fill}"{faint}/>'


def _drawn(character: str, x: float, y: float, style: _Style) -> tuple[float, float, float, float, str, float] | None:
    opacity = 0.6 if style.dim else 1
    if character in _ACROSS:
        return x, y + 3, CELL_W * _ACROSS[character], CELL_H - 6, style.ink, opacity
    if character in _UP:
        height = (CELL_H - 6) * _UP[character]
        return x, y + CELL_H - 3 - height, CELL_W, height, style.ink, opacity
    if character in _SHADES:
        return x, y + 3, CELL_W, CELL_H - 6, style.ink, opacity * _SHADES[character]
    return None


def _written(cells: list[tuple[str, _Style]], y: float) -> list[str]:
    """Runs of text in one style."""
    out, at = [], 0
    while at < len(cells):
        style, end = cells[at][1], at
        while end < len(cells) and cells[end][1] == style and not _drawn(cells[end][0], 0, 0, style):
            end += 1
        text = "".join(character for character, _ in cells[at:end])
        if text.strip():
            start = at + len(text) - len(text.lstrip())
            weight = ' font-weight="bold"' if style.bold else ""
            faint = ' fill-opacity="0.6"' if style.dim else ""
            shown = escape(text.strip())
            length = CELL_W * len(text.strip())
            out.append(f'<text x="{MARGIN + start * CELL_W:.2f}" y="{y + CELL_H * 0.74:.2f}" textLength="{length:.2f}" '
                       f'fill="{style.ink}"{weight}{faint}>{shown}</text>')
        at = max(end, at + 1)
    return out


def _merged(rectangles: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """Neighbours that are alike are one: no seam shows between them."""
    merged: list[tuple[float, ...]] = []
    for x, y, width, height, *paint in rectangles:
        if merged:
            before_x, before_y, before_width, before_height, *before_paint = merged[-1]
            if (abs(before_x + before_width - x) < 0.01 and (before_y, before_height, before_paint) == (y, height, paint)):
                merged[-1] = (before_x, y, before_width + width, height, *paint)
                continue
        merged.append((x, y, width, height, *paint))
    return merged


def picture(screen: str, columns: int, title: str) -> str:
    """The SVG."""
    style, body = _Style(), []
    lines = screen.rstrip("\n").split("\n")
    for row, line in enumerate(lines):
        y = MARGIN + row * CELL_H
        cells, style = _cells(line, style)
        places = [(MARGIN + column * CELL_W, *cell) for column, cell in enumerate(cells)]
        behind = [(x, y, CELL_W, CELL_H, COLORS.get(of.color, FOREGROUND), 1)  # type: ignore[arg-type]
                  for x, _, of in places if of.reverse]
        blocks = [block for x, character, of in places if (block := _drawn(character, x, y, of))]
        body += [_rectangle(*each) for each in [*_merged(behind), *_merged(blocks)]]  # type: ignore[arg-type]
        body += _written(cells, y)
    width, height = columns * CELL_W + 2 * MARGIN, len(lines) * CELL_H + 2 * MARGIN
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" '
        'xml:space="preserve">',
        f"<title>{escape(title)}</title>",
        f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>', *body, "</svg>", ""])
