"""A soak: requests of all kinds in turn, on one server, for as long as it is told to."""

import time
from collections.abc import Callable

from stress import usage
from stress.clients import Failure
from stress.kinds import GIVEN_UP, KINDS
from stress.results import Result
from stress.servers import ONE_ARENA, judge, running
from testenv.server import Server

REQUESTS = 200  # of a kind, before it is the next one's turn
ALLOWED = 1.0  # bytes a request
MIB = 2**20


def soak(seconds: float, mpm: str, progress: Callable[[str], None]) -> Result:
    """Go round the kinds until the time is over, and see whether the memory of the children is flat."""
    deadline = time.monotonic() + seconds
    with running(mpm, env=ONE_ARENA) as server:
        problems = _round(server)[1]
        samples, done = [_sample(server, 0)], 0
        while time.monotonic() < deadline and not problems:
            requests, problems = _round(server)
            done += requests
            samples.append(_sample(server, done))
            progress(f"{done} requests, {samples[-1].memory / MIB:.1f} MiB, {samples[-1].descriptors} descriptors")
    problems += usage.complaints(samples, ALLOWED, "request") if len(samples) > 2 else []
    facts = {
        "seconds": f"{seconds:.0f}",
        "requests": f"{done}",
        "MiB at the start": f"{samples[0].memory / MIB:.1f}",
        "half-way": f"{usage.settled(samples)[0].memory / MIB:.1f}",
        "at the end": f"{samples[-1].memory / MIB:.1f}",
        "bytes a request": f"{usage.growth(samples):.2f}",
        "descriptors": f"{samples[0].descriptors} → {samples[-1].descriptors}",
    }
    return Result(mpm, facts, samples, problems)


def _round(server: Server) -> tuple[int, list[str]]:
    """Send requests of each kind, one kind after the other: when all threads are busy httpd closes kept connections."""
    done = 0
    try:
        for kind in KINDS.values():
            done += kind.send(server, kind, REQUESTS)
            server.rest()
    except Failure as failure:
        return 0, [str(failure)]
    return done, judge(server, *GIVEN_UP, *(pattern for kind in KINDS.values() for pattern in kind.logs))


def _sample(server: Server, done: int) -> usage.Sample:
    server.rest()
    return usage.sample(done, server.children())
