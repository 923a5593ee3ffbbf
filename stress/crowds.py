"""Many clients at once: connections that stay open, uploads that all go on, and clients that keep a server waiting."""

import math
import random
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import quantiles

from stress import clients, usage
from stress.clients import UPLOAD, Failure
from stress.kinds import GREETING, KINDS
from stress.results import Result
from stress.servers import judge, running
from testenv import processes
from testenv.client import TIMEOUT, Connection
from testenv.server import Server
from testenv.wait import until

KEPT = 10_000
UPLOADS = {"event": 1000, "worker": 1000, "prefork": 200}  # each needs a thread, on prefork a process
FILE = 256 * 1024
PIECES = 16
THREADS = 250
SLOW = 100  # of each sort
LATE = 5  # seconds that the server waits for a slow client
PATIENCE = 60.0  # seconds in which all of them must be gone
GET = b"GET /handler HTTP/1.1\r\nHost: localhost\r\n\r\n"


def kept(seconds: float) -> Result:
    """Keep ten thousand connections open on event, ask on them at random, and see that all still answer at the end."""
    _raise_limit(KEPT + 1000)
    directives = ("AsyncRequestWorkerFactor 400", "KeepAliveTimeout 3600")
    with running("event", *directives, threads=32, processes=2) as server:
        before = usage.sample(0, server.children())
        began = time.monotonic()
        connections = [_opened(server) for _ in range(KEPT)]
        opening = time.monotonic() - began
        with ThreadPoolExecutor(1) as pool:
            others = pool.submit(clients.load, server, KINDS["handler"], f"{math.ceil(seconds)}s", 4)
            times = _ask_at_random(connections, seconds)
            found = others.result()
        after = usage.sample(KEPT, server.children())
        times_of_last_round = [_ask(connection) for connection in connections]
        problems = judge(server)
        for connection in connections:
            connection.close()
    if found["statuses"] or found["sockets"]:
        problems.append(f"the clients beside met {found}")
    facts = {
        "connections": f"{KEPT}",
        "opened in s": f"{opening:.1f}",
        "KiB a connection": f"{(after.memory - before.memory) / KEPT / 1024:.1f}",
        "answers on them": f"{len(connections) + len(times) + len(times_of_last_round)}",
        "ms, median": f"{_percentile(times, 50):.2f}",
        "ms, 99 %": f"{_percentile(times, 99):.2f}",
        "answers to others": f"{found['requests']}",
    }
    return Result("event", facts, problems=problems)


def _raise_limit(descriptors: int) -> None:
    """Let this process and the server have so many descriptors; ValueError or OSError where only root may say that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < descriptors:
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, max(hard, descriptors)))


def _opened(server: Server) -> Connection:
    connection = Connection(("127.0.0.1", server.port), TIMEOUT)
    _ask(connection)
    return connection


def _ask(connection: Connection) -> float:
    """Ask for the greeting on a kept connection; return the milliseconds until it came."""
    began = time.monotonic()
    connection.send(GET)
    answer = b""
    while not answer.endswith(b"\r\n\r\n" + GREETING):
        if not (more := connection.receive()):
            raise Failure(f"a kept connection answered {answer!r} and ended")
        answer += more
    return (time.monotonic() - began) * 1000


def _ask_at_random(connections: list[Connection], seconds: float) -> list[float]:
    deadline = time.monotonic() + seconds
    times = []
    while time.monotonic() < deadline:
        times.append(_ask(random.choice(connections)))
    return times


def _percentile(times: list[float], percent: int) -> float:
    return quantiles(times, n=100)[percent - 1]


def uploads(mpm: str, number: int = 0) -> Result:
    """Send so many forms with a file, all at once: a piece of each in turn."""
    number = number or UPLOADS[mpm]
    threads, processes = (1, number) if mpm == "prefork" else (THREADS, math.ceil(number / THREADS))
    form = clients.upload(random.randbytes(FILE))
    head = [f"{name}: {value}" for name, value in form.headers.items()]
    first = "\r\n".join(
        ["POST /upload HTTP/1.1", "Host: localhost", f"Content-Length: {len(form.body)}", "Connection: close", *head]
    )
    size = math.ceil(len(form.body) / PIECES)
    began = time.monotonic()
    with running(mpm, threads=threads, processes=processes) as server:
        connections = [Connection(("127.0.0.1", server.port), PATIENCE) for _ in range(number)]
        for connection in connections:
            connection.send(f"{first}\r\n\r\n".encode())
        for start in range(0, len(form.body), size):
            for connection in connections:
                connection.send(form.body[start : start + size])
        right = sum(form.digest in connection.receive_all() for connection in connections)
        taken = time.monotonic() - began
        peak = usage.sample(number, server.children())
        for connection in connections:
            connection.close()
        problems = judge(server)
    if right < number:
        problems.append(f"{number - right} uploads of {number} were not answered with their digest")
    facts = {
        "uploads at once": f"{number}",
        "KiB each": f"{FILE // 1024}",
        "right": f"{right}",
        "seconds": f"{taken:.1f}",
        "MiB of all children": f"{peak.memory / 2**20:.0f}",
    }
    return Result(mpm, facts, problems=problems)


def slow(seconds: float, mpm: str, number: int = SLOW) -> Result:
    """Let clients stop in a head, in a body, and before the answer; others are served, and the slow ones put out."""
    limits = (f"RequestReadTimeout header={LATE} body={LATE}", f"Timeout {LATE}")
    threads = {"threads": 4 * number, "processes": None if mpm == "prefork" else 1}
    with running(mpm, *limits, modules=("reqtimeout",), **threads) as server:
        stopped = [_stopped(server, beginning) for beginning in _beginnings() for _ in range(number)]
        found = clients.load(server, KINDS["handler"], f"{math.ceil(seconds)}s", 4)
        began = time.monotonic()
        until(lambda: not processes.connections(server.port), PATIENCE, "an end of the slow clients")
        waited = time.monotonic() - began
        for connection in stopped:
            connection.close()
        problems = judge(server, "MP0101", "MP0100: PythonHandler work::upload: .*408", "AH01382")
    if found["statuses"] or found["sockets"]:
        problems.append(f"the other clients met {found}")
    facts = {
        "slow clients": f"{len(stopped)}",
        "answers to others": f"{found['requests']}",
        "ms, median": f"{found['p50'] / 1000:.2f}",
        "ms, 99 %": f"{found['p99'] / 1000:.2f}",
        "ms, longest": f"{found['max'] / 1000:.0f}",
        "slow ones gone s after the load": f"{waited:.0f}",
    }
    return Result(mpm, facts, problems=problems)


def _beginnings() -> tuple[bytes, ...]:
    head = f"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(UPLOAD.body)}\r\n".encode()
    kind = "".join(f"{name}: {value}\r\n" for name, value in UPLOAD.headers.items()).encode()
    return GET[:-4], head + kind + b"\r\n" + UPLOAD.body[:100], b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n"


def _stopped(server: Server, beginning: bytes) -> Connection:
    connection = Connection(("127.0.0.1", server.port), TIMEOUT)
    connection.send(beginning)
    return connection
