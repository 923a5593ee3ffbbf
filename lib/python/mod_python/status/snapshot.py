"""What the status page knows: plain data, as of one moment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Times:
    """A histogram of durations."""

    buckets: list[int]
    """How many fell between two bounds; the last one is for those above all bounds."""
    seconds: float
    """All of them together."""

    @property
    def count(self) -> int:
        """How many durations there are."""
        return sum(self.buckets)

    def mean(self) -> float:
        """The average in seconds, 0 without any."""
        return self.seconds / self.count if self.count else 0.0

    def quantile(self, share: float, bounds: list[float]) -> float:
        """The bound below which at least this share of the durations lies; infinity for the last bucket."""
        wanted = share * self.count
        so_far = 0
        for count, bound in zip(self.buckets, bounds, strict=False):
            so_far += count
            if so_far >= wanted:
                return bound
        return float("inf")


@dataclass(frozen=True)
class Calls:
    """The calls into Python of one phase, by all children that there ever were."""

    results: dict[str, int]
    """`ok`, `declined`, `done`, or the class of an HTTP status such as `2xx`, and how often."""
    times: Times


@dataclass(frozen=True)
class Child:
    """A child that lives."""

    place: int
    """Where it counts; the number passes to another child when this one has ended."""
    pid: int
    started: float
    """Seconds since the epoch."""
    interpreters: int
    in_progress: int
    """Calls into Python that have not ended; those that still wait for the GIL are not among them."""
    threads: int | None
    """All threads of the process; None where the system does not tell."""
    resident_bytes: int | None
    """Memory; None where the system does not tell."""


@dataclass(frozen=True)
class LoggedError:
    """An error that was logged."""

    time: float
    pid: int
    text: str
    """Begins with the identifier of docs/messages.md."""


@dataclass(frozen=True)
class Snapshot:
    """Everything."""

    version: str
    python: str
    now: float
    started: float
    """When httpd started, or counting was first switched on; in seconds since the epoch, as all times."""
    restarted: float
    """When httpd last read its configuration."""
    bounds: list[float]
    """Upper bounds of the buckets of all histograms, in seconds."""
    calls: dict[str, Calls]
    """By phase, only of phases that there were calls in."""
    gil_wait: Times
    """How long threads waited before they were inside Python."""
    children: list[Child]
    error_count: int
    errors: list[LoggedError]
    """The last ones, the latest first."""

    @property
    def uptime(self) -> float:
        """Seconds since the start."""
        return self.now - self.started
