"""What is compared with what: the ratios that this project is held to, computed pairwise within rounds."""

from collections.abc import Callable, Iterator
from statistics import median
from typing import NamedTuple

from bench.measure import Sample
from bench.plan import Results


class Target(NamedTuple):
    """A ratio; `least` and `aim` are of costs of the peer to ours, so that more is better."""

    title: str
    work: str
    interface: str
    peer: str
    peers_interface: str
    least: float
    aim: float


class Cost(NamedTuple):
    """What is compared: a name, and how much of it a sample has."""

    name: str
    of: Callable[[Sample], float]


CPU = Cost("CPU", lambda sample: sample.cpu)
TIME = Cost("time", lambda sample: 1 / sample.rate)
MEMORY = Cost("memory", lambda sample: sample.child)
P99 = Cost("p99", lambda sample: sample.p99)

# Memory and latency may be at most 1.1 and 1.0 of the peer's, better 0.9 and 0.5; turned round, as all ratios are:
MEMORY_LEAST, MEMORY_AIM = 1 / 1.1, 1 / 0.9

TARGETS = {
    (CPU, TIME): (
        Target("handler hello / C handler", "hello", "handler", "C handler", "handler", 0.85, 0.95),
        Target("handler hello / original", "hello", "handler", "original", "handler", 0.95, 1.05),
        Target("handler hello, flushed / original", "hello-flush", "handler", "original", "handler", 0.95, 1.05),
        Target("WSGI hello / mod_wsgi", "hello", "wsgi", "mod_wsgi", "wsgi", 1.6, 2.0),
        Target("WSGI hello / mod_wsgi daemon", "hello", "wsgi", "mod_wsgi daemon", "wsgi", 3.0, 5.0),
        Target("WSGI hello / original", "hello", "wsgi", "original", "wsgi", 1.2, 1.5),
        Target("WSGI, 20 + 10 headers / mod_wsgi", "headers", "wsgi", "mod_wsgi", "wsgi", 1.4, 2.0),
        Target("publisher hello / original", "hello", "publisher", "original", "publisher", 1.5, 2.5),
        Target("PSP hello / original", "hello", "psp", "original", "psp", 1.2, 2.0),
        Target("100 MB file, handler / static", "file", "handler", "static file", "static", 0.95, 1.0),
        Target("100 MB file, WSGI / static", "file", "wsgi", "static file", "static", 0.95, 1.0),
        Target("100 MB upload, handler / C handler", "upload", "handler", "C handler", "handler", 0.9, 1.0),
        Target("100 MB upload, WSGI / C handler", "upload", "wsgi", "C handler", "handler", 0.9, 1.0),
        Target("filter over 1 MB / original", "filter", "filter", "original", "filter", 2.0, 5.0),
    ),
    (MEMORY,): (
        Target("hello / mod_wsgi", "hello", "wsgi", "mod_wsgi", "wsgi", MEMORY_LEAST, MEMORY_AIM),
        Target("100 000 hellos / mod_wsgi", "memory-hello", "wsgi", "mod_wsgi", "wsgi", MEMORY_LEAST, MEMORY_AIM),
    ),
    (P99,): (Target("hello, 64 connections / mod_wsgi", "busy-hello", "wsgi", "mod_wsgi", "wsgi", 1.0, 2.0),),
}


class Ratio(NamedTuple):
    """A target, what was compared, and the median of the ratios with their quartiles."""

    target: Target
    cost: str
    median: float
    low: float
    high: float


def ratios(results: Results, ours: str) -> Iterator[Ratio]:
    """Yield those ratios of a contender of ours that the results have both sides of."""
    for costs, targets in TARGETS.items():
        for target in targets:
            mine = results.get((target.work, ours, target.interface), [])
            theirs = results.get((target.work, target.peer, target.peers_interface), [])
            for cost in costs:
                if pairs := sorted(pairwise(mine, theirs, cost)):
                    quarter = len(pairs) // 4
                    yield Ratio(target, cost.name, median(pairs), pairs[quarter], pairs[-1 - quarter])


def pairwise(mine: list[Sample | str], theirs: list[Sample | str], cost: Cost) -> Iterator[float]:
    """Yield what the peer takes for one of ours, for each round in which both were measured."""
    for one, other in zip(mine, theirs, strict=False):
        if isinstance(one, Sample) and isinstance(other, Sample):
            yield cost.of(other) / cost.of(one)
