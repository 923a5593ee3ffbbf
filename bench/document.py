"""Writes what was found into docs/performance.md, between its markers, and the plots beside it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from bench import report, svg
from bench.contenders import ROOT
from bench.measure import Sample
from bench.plan import Results

PAGE = ROOT / "docs" / "performance.md"
PLOTS = ROOT / "docs" / "performance"
MARKED = re.compile(r"(?<=<!-- figures -->\n).*(?=<!-- end of the figures -->)", re.DOTALL)
UNITS = {"k": 2**10, "m": 2**20}


class Plot(NamedTuple):
    """A plot of the cells whose work's name begins with `works`; by the rest of the name, if there is one."""

    name: str
    title: str
    works: str
    unit: str = ""


PLOTTED = (
    Plot("hello", "hello: µs of the processor for a request, 4 connections", "hello"),
    Plot("headers", "µs of the processor for a request, by headers of the request", "scale-headers-", "headers"),
    Plot("response", "µs of the processor for a request, by size of the response", "scale-response-", "bytes"),
    Plot("upload", "µs of the processor for a request, by size of its body", "scale-upload-", "bytes"),
)


def write(results: Results, about: Mapping[str, str], missing: Iterable[str], ours: str) -> None:
    """Replace the figures and the plots."""
    PLOTS.mkdir(exist_ok=True)
    drawn = [plot for plot in PLOTTED if _draw(plot, results, ours)]
    notes = [*missing, *report.failures(results)]
    parts = [
        report.markdown([("measured on", ""), *about.items()]),
        *(f"![{plot.title}](performance/{plot.name}.svg)" for plot in drawn),
        "### Compared",
        report.markdown(report.comparison(results, ours)),
        "### All figures",
        report.markdown(report.figures(results)),
        *(["### Missing", *(f"- {note.replace('<', '&lt;')}" for note in notes)] if notes else []),
    ]
    page = PAGE.read_text("utf-8")
    PAGE.write_text(MARKED.sub(lambda _: "\n\n".join(("", *parts, "")), page), "utf-8")


def _draw(plot: Plot, results: Results, ours: str) -> bool:
    costs = {key: median(good) for key, samples in results.items() if (good := _costs(samples))}
    if not plot.unit:
        values = {_label(key): cost for key, cost in costs.items() if key[0] == plot.works}
        text = svg.bars(plot.title, values, ours) if values else ""
    else:
        series: dict[str, list[tuple[float, float]]] = {}
        for key, cost in costs.items():
            if key[0].startswith(plot.works):
                series.setdefault(_label(key), []).append((_number(key[0].removeprefix(plot.works)), cost))
        text = svg.lines(plot.title, plot.unit, series) if series else ""
    if text:
        (PLOTS / f"{plot.name}.svg").write_text(text, "utf-8")
    return bool(text)


def _costs(samples: Sequence[Sample | str]) -> list[float]:
    return [sample.cpu for sample in samples if isinstance(sample, Sample)]


def _label(key: Sequence[str]) -> str:
    return f"{key[1]}, {key[2]}"


def _number(text: str) -> float:
    """Return what "100k" is in bytes, and "40" as it is."""
    return float(text[:-1]) * UNITS[text[-1]] if text[-1] in UNITS else float(text)
