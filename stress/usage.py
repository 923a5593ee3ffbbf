"""What processes use, how that changes, and whether it is flat."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from testenv import processes
from testenv.processes import PROC

SLACK = 256 * 1024  # bytes: below this, growth over half a run is the allocator's and no leak to be told from it


@dataclass(frozen=True)
class Sample:
    """`count` of what had been done by then, bytes of private memory, open descriptors."""

    count: int
    memory: int
    descriptors: int


def sample(count: int, pids: Iterable[int]) -> Sample:
    """Return what these processes use together: the memory that they have written to, and descriptors."""
    pids = list(pids)
    return Sample(count, sum(map(_memory, pids)), sum(processes.descriptors(pid).total() for pid in pids))


def _memory(pid: int) -> int:
    rollup = (PROC / str(pid) / "smaps_rollup").read_text()
    return int(rollup.split("\nPrivate_Dirty:")[1].split()[0]) * 1024


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of the line through the points, by Theil and Sen: single outliers do not bend it."""
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2) if x1 != x2]
    return statistics.median(slopes) if slopes else 0.0


def settled(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Return the last half: what was to be loaded and cached has been."""
    return samples[len(samples) // 2 :]


def growth(samples: Sequence[Sample]) -> float:
    """Return the bytes of memory that one more costs, after the warm-up."""
    return slope([(sample.count, sample.memory) for sample in settled(samples)])


def complaints(samples: Sequence[Sample], allowed: float, unit: str) -> list[str]:
    """Say what is not flat: more than `allowed` bytes of memory, and more than SLACK in all, or more descriptors."""
    late = settled(samples)
    found, span = growth(samples), late[-1].count - late[0].count
    problems = []
    if found > allowed and found * span > SLACK:
        problems.append(f"memory grows by {found:.1f} bytes with each {unit}")
    early = samples[: len(samples) // 2 + 1]
    if late[-1].descriptors > max(sample.descriptors for sample in early):
        problems.append(f"descriptors grow: {[sample.descriptors for sample in samples]}")
    return problems
