"""One measurement: a fresh server, a warm-up, then load, and what that cost the server."""

import json
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple

from bench.client import Connection
from bench.contenders import Contender
from bench.servers import CLIENT_CORE, Failure, Running, running
from bench.works import Work
from testenv.processes import PROC

SCRIPT = Path(__file__).with_name("load.lua")
WARM_UP = {"event": 0.2, "prefork": 2.0}  # seconds; each child of prefork starts its own interpreter
CHUNKING = 0.001  # of an answer is what the heads of its chunks may add


@dataclass(frozen=True)
class Sample:
    """What one measurement found.

    rate     requests answered in a second
    cpu      µs of the processor that all processes of the server took for a request
    p50      ms to an answer, median
    p99      ms in which 99 % were answered
    errors   statuses of 400 and more, and connections that failed
    child    KiB of the largest process, its part of shared pages included (PSS)
    memory   KiB of all processes
    startup  ms from the command to the first answer
    """

    rate: float
    cpu: float
    p50: float
    p99: float
    errors: int
    child: int
    memory: int
    startup: float


class Load(NamedTuple):
    """What a client saw: requests that were answered, seconds, latencies in ms, errors."""

    requests: int
    seconds: float
    p50: float
    p99: float
    errors: int


def sample(contender: Contender, interface: str, work: Work, seconds: float) -> Sample:
    """Measure once; Failure when the contender does not do what the work says."""
    began = time.monotonic()
    with running(contender, interface, work) as server:
        target = work.target(interface)
        with Connection(server.port, work, target) as connection:
            wire = connection.ask().wire
            startup = time.monotonic() - began
            if work.count:
                before = cpu(server)
                load = _one_by_one(connection, work.count)
        if not work.count:
            _wrk(server, work, target, WARM_UP[work.mpm], wire)
            before = cpu(server)
            load = _wrk(server, work, target, seconds, wire)
        used = cpu(server) - before
        memory = _memory(server)
    return Sample(
        rate=load.requests / load.seconds,
        cpu=used / 1e3 / load.requests,
        p50=load.p50,
        p99=load.p99,
        errors=load.errors,
        child=max(memory),
        memory=sum(memory),
        startup=startup * 1e3,
    )


def _one_by_one(connection: Connection, count: int) -> Load:
    times = [time.monotonic()]
    for _ in range(count):
        connection.ask()
        times.append(time.monotonic())
    latencies = quantiles([(end - start) * 1e3 for start, end in zip(times, times[1:], strict=False)], n=100)
    return Load(count, times[-1] - times[0], latencies[49], latencies[98], 0)


def _wrk(server: Running, work: Work, target: str, seconds: float, wire: int) -> Load:
    """Run wrk, which is interrupted since it knows whole seconds only; answers must be `wire` bytes each."""
    headers = [word for name in work.headers for word in ("-H", f"{name}: {work.headers[name]}")]
    with tempfile.NamedTemporaryFile() as body:
        body.write(work.body)
        body.flush()
        command = ["taskset", "-c", CLIENT_CORE, "wrk", "-t1", f"-c{work.connections}", "-d1h", "-s", str(SCRIPT)]
        command += [*headers, f"http://127.0.0.1:{server.port}{target}", "--", *([body.name] if work.body else [])]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            time.sleep(seconds)
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate()
    found = json.loads(output.splitlines()[-1])
    if not found["requests"]:
        raise Failure("it answered nothing under load")
    if not found["sockets"] and not _is_plausible(found["bytes"], found["requests"], work.connections, wire):
        raise Failure(f"{found['requests']} answers of {wire} bytes are not {found['bytes']} bytes")
    errors = found["statuses"] + found["sockets"]
    return Load(found["requests"], found["microseconds"] / 1e6, found["p50"] / 1e3, found["p99"] / 1e3, errors)


def _is_plausible(received: int, requests: int, connections: int, wire: int) -> bool:
    """Answers may be on their way at the end, and one in chunks may have been cut in other places."""
    return (1 - CHUNKING) * requests * wire <= received <= (1 + CHUNKING) * (requests + connections) * wire


def cpu(server: Running) -> int:
    """Return the nanoseconds of processor time that the living threads of a server have had."""
    tasks = (task for pid in server.processes() for task in (PROC / str(pid) / "task").iterdir())
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)


def _memory(server: Running) -> list[int]:
    rollups = ((PROC / str(pid) / "smaps_rollup").read_text() for pid in server.processes())
    return [int(rollup.split("\nPss:")[1].split()[0]) for rollup in rollups]
