"""One measurement: a fresh server, a warm-up, then load for a while, and what that cost the server."""

import json
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.client import Connection, Wrong
from bench.contenders import Contender
from bench.servers import CLIENT_CORE, Running, running
from bench.works import Work
from testenv.processes import PROC

LOAD = Path(__file__).with_name("load.lua")
WARM_UP = 0.2  # seconds


@dataclass(frozen=True)
class Sample:
    """What one measurement found.

    rate     requests answered in a second
    cpu      microseconds of the processor that all processes of the server took for a request
    p50      milliseconds to an answer, median
    p99      milliseconds in which 99 % were answered
    errors   statuses of 400 and more, and connections that failed
    memory   KiB of the largest process, its part of shared pages (PSS)
    startup  milliseconds from the command to the first answer
    """

    rate: float
    cpu: float
    p50: float
    p99: float
    errors: int
    memory: int
    startup: float


def sample(contender: Contender, interface: str, work: Work, mpm: str, seconds: float) -> Sample:
    """Measure once; Wrong when the contender does not do what the work says."""
    began = time.monotonic()
    with running(contender, interface, work.function, mpm) as server:
        path = work.path(interface)
        with Connection(server.port) as connection:
            wire = connection.ask(work, path).wire
        startup = time.monotonic() - began
        _wrk(server, work, path, WARM_UP)
        before = _cpu(server)
        found = _wrk(server, work, path, seconds)
        cpu = _cpu(server) - before
        memory = _memory(server)
    _check_bytes(found, wire, work.connections)
    return Sample(
        rate=found["requests"] / found["microseconds"] * 1e6,
        cpu=cpu / 1000 / found["requests"],
        p50=found["p50"] / 1000,
        p99=found["p99"] / 1000,
        errors=found["statuses"] + found["sockets"],
        memory=memory,
        startup=startup * 1000,
    )


def _wrk(server: Running, work: Work, path: str, seconds: float) -> dict[str, int]:
    """Run wrk for a time that need not be whole seconds, and return what it counted."""
    headers = [word for name in work.headers for word in ("-H", f"{name}: {work.headers[name]}")]
    with tempfile.NamedTemporaryFile() as body:
        body.write(work.body)
        body.flush()
        url = f"http://127.0.0.1:{server.port}{path}"
        command = ["taskset", "-c", CLIENT_CORE, "wrk", "-t1", f"-c{work.connections}", "-d1h", "-s", str(LOAD)]
        command += [*headers, url, "--", *([body.name] if work.body else [])]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            time.sleep(seconds)
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate()
    found: dict[str, int] = json.loads(output.splitlines()[-1])
    return found


def _check_bytes(found: dict[str, int], wire: int, connections: int) -> None:
    """Each answer has to be as long as the first one, which was looked at; some are still on their way at the end."""
    surplus = found["bytes"] - found["requests"] * wire
    if not 0 <= surplus <= connections * wire and not found["sockets"]:
        raise Wrong(f"{found['requests']} answers of {wire} bytes are not {found['bytes']} bytes")


def _cpu(server: Running) -> int:
    """Return the nanoseconds of processor time that the threads of a server have had."""
    stats = (task / "schedstat" for pid in server.processes() for task in (PROC / str(pid) / "task").iterdir())
    return sum(int(stat.read_text().split()[0]) for stat in stats)


def _memory(server: Running) -> int:
    rollups = ((PROC / str(pid) / "smaps_rollup").read_text() for pid in server.processes())
    return max(int(rollup.split("\nPss:")[1].split()[0]) for rollup in rollups)
