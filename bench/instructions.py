"""The command bench/instructions: machine instructions of a request, which do not depend on what else is running."""

import argparse
import re
import tempfile
from pathlib import Path

from bench import site
from bench.__main__ import TREE, build
from bench.client import Connection
from bench.contenders import BUILD, PEERS
from bench.plan import Cell, select
from bench.servers import START, Failure, Running, running
from bench.works import WORKS
from testenv.wait import until

TOTAL = re.compile(r"^totals: (\d+)", re.MULTILINE)  # the last line of a dump
END_OF_CONNECTION = "ap_start_lingering_close"  # a function of httpd
WARM_UP = 50  # requests, so that all threads have run Python and its specialised code is made


def main() -> None:
    """Count what the arguments select, and show it."""
    parser = argparse.ArgumentParser("bench/instructions", description="Count instructions per request, by callgrind.")
    parser.add_argument(
        "--requests", type=int, default=200, metavar="N", help="in one connection, and half of those in the other (200)"
    )
    parser.add_argument("--only", nargs="+", default=["hello"], metavar="NAME", help="works, contenders, interfaces")
    parser.add_argument("--module", nargs="+", metavar="[NAME=]FILE", help="builds of mod_python.so to measure (src's)")
    options = parser.parse_args()
    contenders = (*(build(text) for text in options.module or [TREE]), *PEERS)
    site.prepare()
    cells = [cell for cell in select(contenders, WORKS, options.only) if not cell.contender.backend]
    for cell in cells:
        print(*cell.key, _attempt(cell, options.requests), sep="\t", flush=True)


def _attempt(cell: Cell, requests: int) -> str:
    try:
        return f"{per_request(cell, requests):.0f}"
    except (Failure, OSError) as error:
        return str(error)


def per_request(cell: Cell, requests: int) -> float:
    """Return what a connection with twice as many requests takes more, for each request.

    callgrind writes down what it has counted whenever a connection ends, since the end of httpd itself takes long under
    valgrind. What a connection costs is the same in both.
    """
    with tempfile.TemporaryDirectory(prefix="callgrind-", dir=BUILD) as name:
        output = Path(name)
        output.chmod(0o1777)  # httpd gives up root
        options = ("-q", "--tool=callgrind", f"--dump-after={END_OF_CONNECTION}", f"--callgrind-out-file={output}/out")
        with running(cell.contender, cell.interface, cell.work, ("valgrind", *options), "-X") as server:
            _, once, twice = (_counted(server, cell, number, output) for number in (WARM_UP, requests, 2 * requests))
    return (twice - once) / requests


def _counted(server: Running, cell: Cell, requests: int, output: Path) -> int:
    """Return the instructions of a connection with so many requests."""
    known = set(output.iterdir())
    with Connection(server.port, cell.work, cell.work.target(cell.interface)) as connection:
        for _ in range(requests):
            connection.ask()
    return until(lambda: _total(set(output.iterdir()) - known), START, "a dump of callgrind")


def _total(dumps: set[Path]) -> int | None:
    found = [TOTAL.search(path.read_text(errors="replace")) for path in dumps]
    return sum(int(total[1]) for total in found if total) or None


if __name__ == "__main__":
    main()
