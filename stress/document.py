"""Writes what was found into docs/reliability.md, each scenario between its markers, and the plots beside it."""

import re
from collections.abc import Mapping, Sequence

from bench import svg
from bench.report import markdown
from stress.results import Result, Results, rows
from stress.servers import ROOT

PAGE = ROOT / "docs" / "reliability.md"
PLOTS = ROOT / "docs" / "reliability"
AT_ONCE = 8  # curves of a plot, by colours
MIB = 2**20


def write(results: Results, about: Mapping[str, str]) -> None:
    """Replace the figures and plots of the scenarios that ran."""
    PLOTS.mkdir(exist_ok=True)
    page = PAGE.read_text("utf-8")
    for scenario, found in results.items():
        parts = [markdown([("measured with", ""), *about.items()]), markdown(rows(found)), *_plots(scenario, found)]
        page = replaced(page, scenario, "\n" + "\n\n".join((*parts, "")))
    PAGE.write_text(page, "utf-8")


def replaced(page: str, scenario: str, text: str) -> str:
    """Return the page with `text` between the markers of the scenario; ValueError when it has none."""
    marked = re.compile(rf"(?<=<!-- {scenario} -->\n).*(?=<!-- end of {scenario} -->)", re.DOTALL)
    page, count = marked.subn(lambda _: text, page)
    if not count:
        raise ValueError(f"{PAGE.name} has no place for {scenario}")
    return page


def _plots(scenario: str, results: Sequence[Result]) -> list[str]:
    """Draw memory and descriptors over time; return the lines that show the plots."""
    drawn = []
    with_samples = [result for result in results if result.samples]
    for start in range(0, len(with_samples), AT_ONCE):
        group = with_samples[start : start + AT_ONCE]
        for what, title in {"memory": "MiB of private memory", "descriptors": "open descriptors"}.items():
            name = f"{scenario}-{what}-{start // AT_ONCE + 1}.svg"
            (PLOTS / name).write_text(svg.curves(title, _unit(scenario), _series(group, what)), "utf-8")
            drawn.append(f"![{scenario}: {title}](reliability/{name})")
    return drawn


def _unit(scenario: str) -> str:
    return "restarts" if scenario == "restarts" else "requests"


def _series(results: Sequence[Result], what: str) -> dict[str, list[tuple[float, float]]]:
    scale = MIB if what == "memory" else 1
    return {
        result.name: [(sample.count, getattr(sample, what) / scale) for sample in result.samples] for result in results
    }
