"""Small plots as SVG, which follow the reader's light or dark colours: bars, lines on logarithmic axes, and curves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from math import floor, log10

WIDTH, LEFT, RIGHT, ROW = 760, 210, 90, 22
HEIGHT, MARGIN = 330, 55
COLOURS = ("#d9480f", "#1971c2", "#2f9e44", "#9c36b5", "#868e96", "#e67700", "#0c8599", "#c2255c")
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#333}line{stroke:#8886}polyline{fill:none;stroke-width:2}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}}"
)


def bars(title: str, values: Mapping[str, float], ours: str) -> str:
    """Return horizontal bars, the shortest first; those whose name begins with `ours` stand out."""
    longest = max(values.values())
    parts = [_text(LEFT, 18, title)]
    for row, (name, value) in enumerate(sorted(values.items(), key=lambda item: item[1])):
        y = 32 + row * ROW
        length = value / longest * (WIDTH - LEFT - RIGHT)
        colour = COLOURS[0] if name.startswith(ours) else COLOURS[4]
        parts.append(f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{ROW - 6}" fill="{colour}"/>')
        parts.append(_text(LEFT - 8, y + 13, name, "end"))
        parts.append(_text(LEFT + length + 6, y + 13, f"{value:.4g}"))
    return _document(40 + len(values) * ROW, parts)


def lines(title: str, unit: str, series: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Return a line for each series of points; `unit` is what the horizontal axis counts."""
    points = [point for line in series.values() for point in line]
    across = _Scale([x for x, _ in points], MARGIN, WIDTH - 240, log10)
    up = _Scale([y for _, y in points], HEIGHT - 45, 35, log10)
    ticks = (sorted({x for x, _ in points}), _powers([y for _, y in points]))
    return _document(HEIGHT, [*_axes(title, unit, across, up, ticks), *_lines(series, across, up)])


def curves(title: str, unit: str, series: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Return a line for each series of points, on linear axes that begin at 0."""
    points = [point for line in series.values() for point in line]
    right, top = (_round(max(values)) for values in zip(*points, strict=True))
    across, up = _Scale([0, right], MARGIN, WIDTH - 240, float), _Scale([0, top], HEIGHT - 45, 35, float)
    ticks = ([right * part / 4 for part in range(5)], [top * part / 4 for part in range(5)])
    return _document(HEIGHT, [*_axes(title, unit, across, up, ticks), *_lines(series, across, up)])


class _Scale:
    """Where a value is on an axis from `start` to `end`, in pixels; `measure` makes the axis linear or logarithmic."""

    def __init__(self, values: Sequence[float], start: float, end: float, measure: Callable[[float], float]) -> None:
        self._measure = measure
        self._low, high = measure(min(values)), measure(max(values))
        self._start = start
        self._factor = (end - start) / ((high - self._low) or 1)

    def __call__(self, value: float) -> float:
        return self._start + (self._measure(value) - self._low) * self._factor


def _axes(
    title: str, unit: str, across: _Scale, up: _Scale, ticks: tuple[Sequence[float], Sequence[float]]
) -> Iterator[str]:
    yield from (_text(MARGIN, 18, title), _text(WIDTH - 240, HEIGHT - 8, unit, "end"))
    for x in ticks[0]:
        yield from (_line(across(x), 30, across(x), HEIGHT - 40), _text(across(x), HEIGHT - 24, _short(x), "middle"))
    for y in ticks[1]:
        yield from (_line(MARGIN, up(y), WIDTH - 240, up(y)), _text(MARGIN - 6, up(y) + 4, _short(y), "end"))


def _lines(series: Mapping[str, Sequence[tuple[float, float]]], across: _Scale, up: _Scale) -> Iterator[str]:
    for number, (name, line) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in line)
        yield f'<polyline points="{path}" stroke="{colour}"/>'
        yield f'<rect x="{WIDTH - 225}" y="{36 + number * ROW}" width="12" height="12" fill="{colour}"/>'
        yield _text(WIDTH - 206, 47 + number * ROW, name)


def _round(value: float) -> float:
    """Return a number of one or two digits and zeros that is not below the value, and at least 1."""
    size = 10.0 ** floor(log10(max(value, 1)))
    return next(step * size for step in (1, 2, 4, 6, 8, 10) if step * size >= value)


def _powers(values: Sequence[float]) -> list[float]:
    """Return the powers of ten between the least and the greatest value; at least these two."""
    low, high = min(values), max(values)
    between = [10.0**power for power in range(10) if low <= 10.0**power <= high]
    return between or [low, high]


def _short(value: float) -> str:
    for factor, letter in ((2**20, "M"), (2**10, "k")):
        if value >= factor and value % factor == 0:
            return f"{value / factor:.0f}{letter}"
    return f"{value:.6g}"


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _document(height: float, parts: Sequence[str]) -> str:
    body = "\n".join((f"<style>{STYLE}</style>", *parts))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}">\n{body}\n</svg>\n'
