"""The command bench/run."""

import argparse
import os
import shlex
import sys
from pathlib import Path

from bench import document, machine, report, site
from bench.contenders import PEERS, ROOT, Contender, ours
from bench.plan import run, select
from bench.works import WORKS

TREE = str(ROOT / "src" / "mod_python.so")


def main() -> None:
    """Measure what the arguments select, and show it."""
    options = _options()
    builds = [build(text) for text in options.module or [TREE]]
    contenders = (*builds, *PEERS)
    cells = select(contenders, WORKS, options.only)
    missing = [f"{contender.name}: there is no {contender.needs}" for contender in contenders if not contender.is_here]
    site.prepare()
    results = run(cells, options.rounds, options.seconds, lambda text: print(text, file=sys.stderr, flush=True))
    about = {"command": shlex.join(["bench/run", *sys.argv[1:]]), **machine.describe()}
    if options.json:
        options.json.write_text(report.as_json(results, about, missing))
    if options.write_docs:
        document.write(results, about, missing, builds[0].name)
    print(report.plain(report.figures(results)))
    for own in builds:
        print(f"\n{own.name}\n{report.plain(report.comparison(results, own.name))}")
    print("", *(f"missing: {line}" for line in missing), *report.failures(results), sep="\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("bench/run", description="Measure mod_python beside its peers.")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="how often each is measured (7)")
    parser.add_argument("--seconds", type=float, default=1.0, metavar="S", help="of load in each measurement (1)")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="works, contenders and interfaces")
    parser.add_argument("--module", nargs="+", metavar="[NAME=]FILE", help="builds of mod_python.so to measure (src's)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write every sample")
    parser.add_argument("--write-docs", action="store_true", help="write the figures into docs/performance.md")
    return parser.parse_args()


def build(text: str) -> Contender:
    """Return what --module names: a file, or NAME=FILE."""
    name, _, path = text.rpartition("=")
    return ours(name or "mod_python", Path(os.path.abspath(path)))


if __name__ == "__main__":
    main()
