"""The command bench/instructions: machine instructions of a request, which do not depend on what else is running."""

import argparse
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import report, site
from bench.__main__ import TREE, build
from bench.client import Connection
from bench.contenders import BUILD, PEERS
from bench.plan import Cell, select
from bench.servers import Failure, running
from bench.works import WORKS

TOTAL = re.compile(r"^(?:summary|totals): (\d+)", re.MULTILINE)
WARM_UP = 50  # requests, so that all threads have run Python and its specialised code is made


def main() -> None:
    """Count what the arguments select, and show it."""
    parser = argparse.ArgumentParser("bench/instructions", description="Count instructions per request, by callgrind.")
    parser.add_argument("--requests", type=int, default=200, metavar="N", help="difference between two runs (200)")
    parser.add_argument("--only", nargs="+", default=["hello"], metavar="NAME", help="works, contenders, interfaces")
    parser.add_argument("--module", nargs="+", metavar="[NAME=]FILE", help="builds of mod_python.so to measure (src's)")
    options = parser.parse_args()
    contenders = (*(build(text) for text in options.module or [TREE]), *PEERS)
    site.prepare()
    cells = [cell for cell in select(contenders, WORKS, options.only) if not cell.contender.backend]
    print(report.plain([("work", "contender", "interface", "instructions"), *_rows(cells, options.requests)]))


def _rows(cells: Sequence[Cell], requests: int) -> list[Sequence[str]]:
    return [(*cell.key, _attempt(cell, requests)) for cell in cells]


def _attempt(cell: Cell, requests: int) -> str:
    try:
        return f"{per_request(cell, requests):.0f}"
    except (Failure, OSError) as error:
        return str(error)


def per_request(cell: Cell, requests: int) -> float:
    """Return by how much a run with twice as many requests is longer, for each request."""
    once, twice = (_run(cell, number) for number in (requests, 2 * requests))
    return (twice - once) / requests


def _run(cell: Cell, requests: int) -> int:
    """Return the instructions of a server, from its start to its end, that answers so many requests."""
    with tempfile.TemporaryDirectory(prefix="callgrind-", dir=BUILD) as name:
        output = Path(name)
        output.chmod(0o1777)  # httpd may give up root
        wrapper = ("valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={output}/out.%p")
        with (
            running(cell.contender, cell.interface, cell.work, wrapper, "-X") as server,
            Connection(server.port, cell.work, cell.work.target(cell.interface)) as connection,
        ):
            for path in output.iterdir():  # made by root, so that httpd's user could not write into it
                path.unlink()
            for _ in range(WARM_UP + requests):
                connection.ask()
        totals = [TOTAL.findall(path.read_text(errors="replace")) for path in output.iterdir()]
    if not any(totals):
        raise Failure("callgrind wrote no figures")
    return max(int(found[-1]) for found in totals if found)


if __name__ == "__main__":
    main()
