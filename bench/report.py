"""What was found, as a table and as JSON."""

import json
from dataclasses import asdict
from statistics import median

from bench.measure import Sample
from bench.plan import Cell, Results

HEAD = ("work", "contender", "interface", "µs CPU", "±%", "req/s", "p99 ms", "PSS KiB", "start ms", "errors")


def table(results: Results) -> str:
    """Return medians of all samples, one line for each cell."""
    lines = [HEAD, *(_line(cell, samples) for cell, samples in results.items())]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join("  ".join(word.ljust(width) for word, width in zip(line, widths)) for line in lines)


def _line(cell: Cell, samples: list[Sample | str]) -> tuple[str, ...]:
    good = [sample for sample in samples if isinstance(sample, Sample)]
    names = (cell.work.name, cell.contender.name, cell.interface)
    if not good:
        return (*names, *[""] * 6, str(samples[0]))
    cpu = median(sample.cpu for sample in good)
    spread = median(abs(sample.cpu - cpu) for sample in good) / cpu * 100
    return (
        *names,
        f"{cpu:.1f}",
        f"{spread:.0f}",
        f"{median(sample.rate for sample in good):.0f}",
        f"{median(sample.p99 for sample in good):.2f}",
        f"{median(sample.memory for sample in good):.0f}",
        f"{median(sample.startup for sample in good):.0f}",
        str(sum(sample.errors for sample in good)),
    )


def as_json(results: Results) -> str:
    """Return all samples."""
    rows = [
        {"work": cell.work.name, "contender": cell.contender.name, "interface": cell.interface}
        | {"samples": [asdict(sample) if isinstance(sample, Sample) else {"failure": sample} for sample in samples]}
        for cell, samples in results.items()
    ]
    return json.dumps(rows, indent=1)
