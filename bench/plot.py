"""Draws measurements as one SVG with logarithmic axes: no library, the same bytes for the same numbers.

Called by the scripts of the benchmarks beside it.
"""

import math
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 76, 190, 46, 58
# Told apart by people who see colours otherwise, too: Okabe and Ito, 2008.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")


class Axis:
    """One direction of the picture: values on a logarithmic scale from the decade below to the one above."""

    def __init__(self, values: list, start: float, end: float):
        known = [value for value in values if value > 0]
        low, high = min(known, default=1), max(known, default=10)
        self.low = math.floor(math.log10(low) + 1e-9)
        self.high = max(math.ceil(math.log10(high) - 1e-9), self.low + 1)
        self.start, self.end = start, end

    def at(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def decades(self) -> list:
        return [10.0**power for power in range(self.low, self.high + 1)]

    def between(self) -> list:
        """The thin lines: 2 to 9 in each decade."""
        return [step * decade for decade in self.decades()[:-1] for step in range(2, 10)]


def number(value: float) -> str:
    """A number as a reader would write it."""
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {style}/>'


def text(x: float, y: float, words: str, style: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(words)}</text>'


def grid(across: Axis, up: Axis) -> list:
    """Lines and numbers of both axes."""
    thin, thick = 'stroke="#eeeeee"', 'stroke="#cccccc"'
    parts = [line(across.at(x), up.start, across.at(x), up.end, thin) for x in across.between()]
    parts += [line(across.start, up.at(y), across.end, up.at(y), thin) for y in up.between()]
    for x in across.decades():
        parts.append(line(across.at(x), up.start, across.at(x), up.end, thick))
        parts.append(text(across.at(x), up.start + 18, number(x), 'text-anchor="middle"'))
    for y in up.decades():
        parts.append(line(across.start, up.at(y), across.end, up.at(y), thick))
        parts.append(text(across.start - 8, up.at(y) + 4, number(y), 'text-anchor="end"'))
    return parts


def curve(across: Axis, up: Axis, colour: str, points: list) -> list:
    """A line through its points, each with a dot that says its numbers."""
    places = [(across.at(x), up.at(y), x, y) for x, y in sorted(points) if x > 0 and y > 0]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in places)
    dots = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"><title>{number(a)}: {b:g}</title></circle>'
        for x, y, a, b in places
    ]
    return [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>', *dots]


def chart(page: Path, title: str, x: str, y: str, curves: dict, bounds: dict | None = None) -> None:
    """Writes the picture. `curves` and `bounds` go by name: points of (x, y), and one y that should not be passed."""
    bounds = bounds or {}
    points = [point for of in curves.values() for point in of]
    across = Axis([point[0] for point in points], LEFT, WIDTH - RIGHT)
    up = Axis([point[1] for point in points] + list(bounds.values()), HEIGHT - BOTTOM, TOP)
    parts = grid(across, up)
    beside, row = WIDTH - RIGHT + 14, TOP + 8
    for number_of, (name, of) in enumerate(curves.items()):
        colour = COLOURS[number_of % len(COLOURS)]
        parts += curve(across, up, colour, of)
        parts.append(line(beside, row - 4, beside + 20, row - 4, f'stroke="{colour}" stroke-width="2"'))
        parts.append(text(beside + 26, row, name))
        row += 20
    for name, value in bounds.items():
        dashed = 'stroke="#888888" stroke-dasharray="6 4"'
        parts.append(line(across.start, up.at(value), across.end, up.at(value), dashed))
        parts.append(text(beside - 8, up.at(value) + 4, name, 'fill="#555555"'))
    middle = (across.start + across.end) / 2
    parts.append(text(LEFT, 26, title, 'font-size="16" font-weight="bold"'))
    parts.append(text(middle, HEIGHT - 16, x, 'text-anchor="middle"'))
    turned = f'text-anchor="middle" transform="rotate(-90 18 {(TOP + HEIGHT - BOTTOM) / 2:.1f})"'
    parts.append(text(18, (TOP + HEIGHT - BOTTOM) / 2, y, turned))
    body = "\n".join(parts)
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12">\n<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n{body}\n</svg>\n'
    )
