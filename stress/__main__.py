"""The command stress/run."""

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from bench.machine import describe
from bench.report import plain
from stress import crowds, document
from stress.kinds import KINDS
from stress.leaks import leaks
from stress.restarts import restarts
from stress.results import Result, Results, as_json, rows
from stress.soak import soak

MPMS = ("event", "worker", "prefork")
SCENARIOS = ("leaks", "restarts", "kept", "uploads", "slow", "soak")


def main() -> int:
    """Run what the arguments select; return 1 when something was wrong."""
    options = _options()
    results: Results = {}
    for name, scenario in _selected(options).items():
        results[name] = list(scenario())
        print(f"\n{name}\n{plain(rows(results[name]))}", flush=True)
    about = {"command": shlex.join(["stress/run", *sys.argv[1:]]), **_machine(), "MPM": options.mpm}
    if options.json:
        options.json.write_text(as_json(results, about))
    if options.write_docs:
        document.write(results, about)
    problems = [f"{result.name}: {text}" for group in results.values() for result in group for text in result.problems]
    print("", *problems, sep="\n")
    return 1 if problems else 0


def _machine() -> dict[str, str]:
    described = describe()
    return {name: described[name] for name in ("processor", "memory", "kernel", "httpd", "Python")}


Scenario = Callable[[], Iterable[Result]]


def _selected(options: argparse.Namespace) -> dict[str, Scenario]:
    """Return the scenarios that --only names; a kind's name selects the leaks of that kind."""
    kinds = [name for name in options.only if name in KINDS] or KINDS
    scenarios: dict[str, Scenario] = {
        "leaks": lambda: leaks(kinds, options.requests, options.mpm, _progress),
        "restarts": lambda: [restarts(options.restarts, options.mpm)],
        "kept": lambda: [crowds.kept(options.seconds)],
        "uploads": lambda: [crowds.uploads(options.mpm)],
        "slow": lambda: [crowds.slow(options.seconds, options.mpm)],
        "soak": lambda: [soak(options.seconds, options.mpm, _progress)],
    }
    wanted = {"leaks" if name in KINDS else name for name in options.only} or scenarios.keys() - {"soak"}
    return {name: scenario for name, scenario in scenarios.items() if name in wanted}


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    names = [*SCENARIOS, *KINDS]
    parser = argparse.ArgumentParser("stress/run", description="Load a real httpd until something would show.")
    parser.add_argument("--only", nargs="+", default=[], choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--requests", type=int, default=1_000_000, metavar="N", help="of each kind (1000000)")
    parser.add_argument("--restarts", type=int, default=2000, metavar="N", help="graceful ones, under load (2000)")
    parser.add_argument("--seconds", type=float, default=30.0, metavar="S", help="of load for crowds and soak (30)")
    parser.add_argument("--mpm", choices=MPMS, default=os.environ.get("MPM") or "event")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write every sample")
    parser.add_argument("--write-docs", action="store_true", help="write the figures into docs/reliability.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
