"""What is measured, in which order: work by work, round by round, so that contenders that are compared run in turn."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from bench.client import Wrong
from bench.contenders import Contender
from bench.measure import Sample, sample
from bench.works import Work


class Cell(NamedTuple):
    """One contender doing one work through one interface."""

    contender: Contender
    interface: str
    work: Work

    @property
    def name(self) -> str:
        """How tables call it."""
        return f"{self.work.name}: {self.contender.name}, {self.interface}"


Results = dict[Cell, list[Sample | str]]


def cells(contenders: Sequence[Contender], works: Sequence[Work], only: Sequence[str]) -> Iterator[Cell]:
    """Yield what is to be measured; names of one kind (works, contenders, interfaces) narrow down that kind."""
    every = [
        Cell(contender, interface, work)
        for work in works
        for contender in contenders
        if contender.is_here
        for interface in contender.interfaces_for(work)
    ]
    kinds = (
        lambda cell, name: cell.work.is_named(name),
        lambda cell, name: cell.contender.name == name,
        lambda cell, name: cell.interface == name,
    )
    for kind in kinds:
        if chosen := [cell for cell in every if any(kind(cell, name) for name in only)]:
            every = chosen
    yield from every


def run(
    plan: Iterator[Cell], rounds: int, seconds: float, mpm: str, progress: Callable[[Cell, int], None]
) -> Results:
    """Measure every cell in each round; a failure takes the place of its sample."""
    results: Results = {}
    for _, group in groupby(plan, lambda cell: cell.work.name):
        members = list(group)
        for number in range(rounds):
            for cell in members:
                progress(cell, number)
                results.setdefault(cell, []).append(_attempt(cell, seconds, mpm))
    return results


def _attempt(cell: Cell, seconds: float, mpm: str) -> Sample | str:
    try:
        return sample(cell.contender, cell.interface, cell.work, mpm, seconds)
    except (Wrong, RuntimeError, OSError) as error:
        return f"{type(error).__name__}: {error}"
