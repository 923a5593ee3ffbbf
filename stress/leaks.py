"""Leaks: memory and descriptors of the children over many requests of one kind."""

import time
from collections.abc import Callable, Iterable, Mapping

from stress import clients, usage
from stress.clients import Failure
from stress.kinds import GIVEN_UP, KINDS, Kind
from stress.results import Result
from stress.servers import ONE_ARENA, judge, running
from testenv.server import Server

STEPS = range(8, 41)  # that a run is divided into, with a look at memory after each
STEP = 500  # requests at least, where there may be fewer steps
ALLOWED = 1.0  # bytes a request: less than any object of Python's or httpd's
MIB = 2**20


def leaks(names: Iterable[str], requests: int, mpm: str, progress: Callable[[str], None]) -> Iterable[Result]:
    """Send so many requests of each kind, to a server of its own, and yield what that cost."""
    for name in names:
        progress(f"{requests} requests: {name}")
        yield leak(name, KINDS[name], requests, mpm)


def leak(name: str, kind: Kind, requests: int, mpm: str) -> Result:
    """Measure one kind."""
    began = time.monotonic()
    with running(mpm, env=ONE_ARENA) as server:
        samples, problems = _measure(server, kind, requests)
    done = samples[-1].count
    problems += usage.complaints(samples, ALLOWED, "request") if len(samples) > 2 else []
    facts: Mapping[str, str] = {
        "requests": f"{done}",
        "requests a second": f"{done / (time.monotonic() - began):.0f}",
        "MiB at the start": f"{samples[0].memory / MIB:.1f}",
        "MiB half-way": f"{usage.settled(samples)[0].memory / MIB:.1f}",
        "MiB at the end": f"{samples[-1].memory / MIB:.1f}",
        "bytes a request": f"{usage.growth(samples):.2f}",
        "descriptors": f"{samples[0].descriptors} → {samples[-1].descriptors}",
    }
    return Result(name, facts, samples, problems)


def _measure(server: Server, kind: Kind, requests: int) -> tuple[list[usage.Sample], list[str]]:
    """Send the requests step by step; stop at the first problem."""
    step = requests // min(max(requests // STEP, STEPS[0]), STEPS[-1])
    if kind.send in clients.BY_WRK:
        clients.warm_up(server, kind)
    done = 0
    samples: list[usage.Sample] = []
    problems: list[str] = []
    while done < requests and not problems:
        try:
            done += kind.send(server, kind, step if samples else 1)
        except Failure as failure:
            problems.append(str(failure))
        problems += judge(server, *kind.logs, *GIVEN_UP)
        samples.append(_sample(server, done))
    return samples, problems


def _sample(server: Server, done: int) -> usage.Sample:
    server.rest()
    return usage.sample(done, server.children())
