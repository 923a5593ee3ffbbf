"""What was found: rows for tables, and everything as JSON."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from statistics import median, quantiles

from bench.measure import Sample
from bench.plan import Results
from bench.targets import ratios

Rows = list[Sequence[str]]
COLUMNS = (
    *("work", "contender", "interface"),
    *("µs CPU", "±%", "req/s", "p50 ms", "p99 ms", "child MiB", "all MiB", "start ms", "errors"),
)
RATIOS = ("peer's cost / ours", "of", "ratio", "quartiles", "at least", "aim", "")


def figures(results: Results) -> Rows:
    """Return medians over the rounds, a row for each cell; the first row names the columns."""
    return [COLUMNS, *(_figures(key, samples) for key, samples in results.items())]


def _figures(key: Sequence[str], samples: list[Sample | str]) -> Sequence[str]:
    good = [sample for sample in samples if isinstance(sample, Sample)]
    if not good:
        return (*key, *["–"] * (len(COLUMNS) - len(key) - 1), "failed")
    middle = {name: median(asdict(sample)[name] for sample in good) for name in asdict(good[0])}
    failed = len(samples) - len(good)
    return (
        *key,
        f"{middle['cpu']:.{0 if middle['cpu'] > 1000 else 1}f}",
        f"{spread([sample.cpu for sample in good]):.0f}",
        f"{middle['rate']:.{0 if middle['rate'] > 100 else 1}f}",
        f"{middle['p50']:.2f}",
        f"{middle['p99']:.2f}",
        f"{middle['child'] / 1024:.1f}",
        f"{middle['memory'] / 1024:.1f}",
        f"{middle['startup']:.0f}",
        str(sum(sample.errors for sample in good)) + (f", {failed} failed" if failed else ""),
    )


def spread(values: Sequence[float]) -> float:
    """Return half the distance between the quartiles, in percent of the median."""
    if len(values) == 1:
        return 0.0
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return (high - low) / 2 / middle * 100


def comparison(results: Results, ours: str) -> Rows:
    """Return the ratios to the peers, as rows; the first one names the columns."""
    return [
        RATIOS,
        *(
            (
                found.target.title,
                found.cost,
                f"{found.median:.2f}",
                f"{found.low:.2f}–{found.high:.2f}",
                f"{found.target.least:.2f}",
                f"{found.target.aim:.2f}",
                verdict(found.median, found.target.least, found.target.aim),
            )
            for found in ratios(results, ours)
        ),
    ]


def verdict(ratio: float, least: float, aim: float) -> str:
    """Say in a word how a ratio stands to what it should be."""
    return "aim" if ratio >= aim else "met" if ratio >= least else "missed"


def failures(results: Results) -> list[str]:
    """Return a line for each cell of which a measurement failed, with the first reason."""
    lines = []
    for key, samples in results.items():
        reasons = [sample for sample in samples if isinstance(sample, str)]
        lines += [f"{', '.join(key)}: {' '.join(reason.split())}" for reason in reasons[:1]]
    return lines


def plain(rows: Rows) -> str:
    """Return rows as a table for a terminal."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def markdown(rows: Rows) -> str:
    """Return rows as a table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], ["---"] * len(rows[0]), *rows[1:]))


def as_json(results: Results, about: dict[str, str], missing: Iterable[str]) -> str:
    """Return every sample of every round."""
    rows = [
        {"work": work, "contender": contender, "interface": interface}
        | {"rounds": [sample if isinstance(sample, str) else asdict(sample) for sample in samples]}
        for (work, contender, interface), samples in results.items()
    ]
    return json.dumps({"about": about, "missing": [*missing], "results": rows}, indent=1, ensure_ascii=False)
