"""The command: bench/run [--rounds N] [--seconds S] [--only NAME…] [--json FILE]."""

import argparse
import sys
from pathlib import Path

from bench import report
from bench.contenders import PEERS, ROOT, Contender, ours
from bench.plan import Cell, cells, run
from bench.works import WORKS


def main() -> None:
    """Measure what the arguments select, and print it."""
    options = _options()
    contenders = (*(_build(text) for text in options.module or [str(ROOT / "src" / "mod_python.so")]), *PEERS)
    results = run(cells(contenders, WORKS, options.only), options.rounds, options.seconds, options.mpm, _progress)
    print(report.table(results))
    for contender in contenders:
        if not contender.is_here:
            print(f"missing: {contender.name}, because there is no {contender.needs}")
    if options.json:
        options.json.write_text(report.as_json(results))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("bench/run", description="Measure mod_python beside its peers.")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="how often each is measured (7)")
    parser.add_argument("--seconds", type=float, default=1.0, metavar="S", help="of load in a measurement (1)")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="works, contenders or interfaces")
    parser.add_argument("--mpm", default="event", choices=("event", "worker", "prefork"))
    parser.add_argument("--module", action="append", metavar="[NAME=]FILE", help="builds of mod_python.so (this tree's)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write all samples")
    return parser.parse_args()


def _build(text: str) -> Contender:
    name, _, path = text.rpartition("=")
    return ours(name or "mod_python", Path(path).resolve())


def _progress(cell: Cell, number: int) -> None:
    print(f"round {number}: {cell.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
