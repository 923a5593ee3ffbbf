"""What was found, as tables and as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from bench.report import Rows
from stress.usage import Sample


@dataclass(frozen=True)
class Result:
    """What one run found: figures by name, samples over time if there are any, and what was wrong."""

    name: str
    facts: Mapping[str, str]
    samples: Sequence[Sample] = ()
    problems: Sequence[str] = field(default_factory=list)


Results = dict[str, list[Result]]  # by the name of the scenario


def rows(results: Sequence[Result]) -> Rows:
    """Return a table of the figures; results of one scenario have the same ones."""
    columns = ("", *results[0].facts, "problems")
    return [columns, *((result.name, *result.facts.values(), str(len(result.problems))) for result in results)]


def as_json(results: Results, about: Mapping[str, str]) -> str:
    """Return everything, every sample included."""
    found = {scenario: [asdict(result) for result in group] for scenario, group in results.items()}
    return json.dumps({"about": about, "results": found}, indent=1, ensure_ascii=False)
