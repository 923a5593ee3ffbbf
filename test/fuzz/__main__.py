"""python -m fuzz: runs targets for so many seconds each, and prints a table of what came of it.

Inputs begin with those of corpus/; what a run adds stays in build/fuzz/TARGET, and a finding in build/fuzz/found.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from fuzz.corpus import keep, unpack
from fuzz.targets import TARGETS

PROGRAMS = ("handlers", "environ")
"""The targets in C; `make fuzz` builds them."""
ALL = (*TARGETS, *PROGRAMS)
BUILD = Path(__file__).parents[2] / "build" / "fuzz"
FOUND = BUILD / "found"
LIMITS = ("-timeout=5", "-rss_limit_mb=1024", "-max_len=4096", "-print_final_stats=1")
ROW = "{:16} {:>10} {:>10} {:>8} {:>8}"


class Run(NamedTuple):
    """What came of one target: inputs tried, inputs per second, edges covered, files with findings."""

    target: str
    executions: int
    speed: int
    coverage: int
    findings: int


def main() -> None:
    options = arguments()
    FOUND.mkdir(parents=True, exist_ok=True)
    print(ROW.format("target", "executions", "a second", "coverage", "findings"), flush=True)
    findings = 0
    for target in options.targets or ALL:
        result = run(target, options.seconds)
        print(ROW.format(*result), flush=True)
        findings += result.findings
        if options.keep:
            minimize(target)
    sys.exit(findings > 0)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=60, help="for each target; 60 by default")
    parser.add_argument("--keep", action="store_true", help="add what reached new code to the inputs in corpus/")
    parser.add_argument("targets", nargs="*", help=f"{' '.join(ALL)}; all by default")
    options = parser.parse_args()
    if unknown := set(options.targets).difference(ALL):
        parser.error(f"no target is called {' or '.join(sorted(unknown))}")
    return options


def run(target: str, seconds: int) -> Run:
    directory = BUILD / target
    unpack(target, directory)
    artifacts = f"-artifact_prefix={FOUND}/{target}-"
    log = BUILD / f"{target}.log"
    with log.open("w") as output:
        command = [*program(target), *LIMITS, f"-max_total_time={seconds}", artifacts, str(directory)]
        status = subprocess.run(command, stdout=output, stderr=output, check=False).returncode
    return summary(target, log.read_text(errors="replace"), status)


def program(target: str) -> list[str]:
    return [str(BUILD / f"{target}.fuzzer")] if target in PROGRAMS else [sys.executable, "-m", "fuzz.one", target]


def summary(target: str, log: str, status: int) -> Run:
    """What libFuzzer says at the end; a target that failed has a finding, even one without a file."""
    stats = dict(re.findall(r"stat::(\w+):\s+(\d+)", log))
    coverage = [int(edges) for edges in re.findall(r" cov: (\d+)", log)] or [0]
    findings = len(list(FOUND.glob(f"{target}-*"))) or int(status != 0)
    speed, executions = stats.get("average_exec_per_sec", 0), stats.get("number_of_executed_units", 0)
    return Run(target, int(executions), int(speed), coverage[-1], findings)


def minimize(target: str) -> None:
    """Keep of the inputs of a run as few as reach all that it reached."""
    smallest = BUILD / f"{target}.smallest"
    smallest.mkdir(exist_ok=True)
    command = [*program(target), "-merge=1", *LIMITS, str(smallest), str(BUILD / target)]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    keep(target, (path.read_bytes() for path in smallest.iterdir()))


main()
