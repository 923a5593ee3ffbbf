"""What is measured, in which order: work by work, round by round, so that contenders that are compared run in turn."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import NamedTuple

from bench.contenders import Contender
from bench.measure import Sample, sample
from bench.servers import Failure
from bench.works import Work


class Cell(NamedTuple):
    """One contender doing one work through one interface."""

    work: Work
    contender: Contender
    interface: str

    @property
    def key(self) -> tuple[str, str, str]:
        """The names of all three."""
        return (self.work.name, self.contender.name, self.interface)


Results = dict[tuple[str, str, str], list[Sample | str]]  # by the key of the cell; a text says why there is no sample

KINDS: tuple[Callable[[Cell, str], bool], ...] = (
    lambda cell, name: cell.work.is_named(name),
    lambda cell, name: cell.contender.name == name,
    lambda cell, name: cell.interface == name,
)


def select(contenders: Sequence[Contender], works: Sequence[Work], only: Sequence[str]) -> list[Cell]:
    """Return what is to be measured: works, contenders and interfaces with these names; all where there is no name.

    A name that a work and an interface have is the work's. A name that nothing has ends the program.
    """
    cells = [
        Cell(work, contender, interface)
        for work in works
        for contender in contenders
        if contender.is_here
        for interface in contender.interfaces_for(work)
    ]
    names = set(only)
    for kind in KINDS:
        named = {name for name in names if any(kind(cell, name) for cell in cells)}
        cells = [cell for cell in cells if not named or any(kind(cell, name) for name in named)]
        names -= named
    if names:
        raise SystemExit(f"bench: nothing that does these works is called {', '.join(sorted(names))}")
    return cells


def run(cells: Sequence[Cell], rounds: int, seconds: float, progress: Callable[[str], None]) -> Results:
    """Measure every cell in each round."""
    results: Results = {cell.key: [] for cell in cells}
    for name, group in groupby(cells, lambda cell: cell.work.name):
        members = list(group)
        for number in range(rounds):
            progress(f"{name}, round {number + 1} of {rounds}")
            for cell in members:
                results[cell.key].append(_attempt(cell, seconds))
    return results


def _attempt(cell: Cell, seconds: float) -> Sample | str:
    try:
        return sample(cell.contender, cell.interface, cell.work, seconds)
    except (Failure, OSError) as error:
        return str(error)
