"""Graceful restarts under load: no request is lost, and the parent process does not grow."""

import threading
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from stress import usage
from stress.kinds import GREETING
from stress.results import Result
from stress.servers import judge, running
from testenv.client import TIMEOUT
from testenv.server import Server
from testenv.wait import until

ALLOWED = 2048.0  # bytes a restart; httpd itself, without mod_python, takes its share of them
KIB = 1024
REQUESTS_OF_A_CONNECTION = 50


@dataclass
class Count:
    """What the clients met: `closed` are kept connections that ended before a byte of the answer, as HTTP permits."""

    answers: int = 0
    closed: int = 0
    lost: int = 0
    example: str = ""


class Client(threading.Thread):
    """Asks until it is told to stop, on connections that it keeps for `requests` requests each."""

    def __init__(self, port: int, requests: int) -> None:
        super().__init__(daemon=True)
        self.count = Count()
        self.done = threading.Event()
        self._port = port
        self._requests = requests

    def run(self) -> None:
        """Open one connection after another."""
        while not self.done.is_set():
            connection = HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
            try:
                self._use(connection)
            finally:
                connection.close()

    def _use(self, connection: HTTPConnection) -> None:
        for number in range(self._requests):
            headers = {} if number + 1 < self._requests else {"Connection": "close"}
            try:
                connection.request("GET", "/handler", headers=headers)
                answer = connection.getresponse()
            except (ConnectionError, HTTPException) as error:
                self._failed(repr(error), is_permitted=number > 0 and isinstance(error, ConnectionError))
                return
            except OSError as error:
                self._failed(repr(error))
                return
            if self.done.is_set() or not self._is_whole(answer) or answer.will_close:
                return

    def _is_whole(self, answer: object) -> bool:
        try:
            body = answer.read()  # type: ignore[attr-defined]
        except (OSError, HTTPException) as error:
            self._failed(repr(error))
            return False
        if body != GREETING:
            self._failed(repr(body))
        self.count.answers += 1
        return True

    def _failed(self, example: str, *, is_permitted: bool = False) -> None:
        if is_permitted:
            self.count.closed += 1
        else:
            self.count.lost += 1
            self.count.example = example

    def wait_for_answer(self) -> None:
        """Return once another answer has come."""
        before = self.count.answers
        until(lambda: self.count.answers > before or not self.is_alive(), TIMEOUT, "an answer")


def restarts(number: int, mpm: str) -> Result:
    """Restart gracefully so often, and wait for an answer to each client after each."""
    began = time.monotonic()
    with running(mpm, threads=16) as server:
        clients = [Client(server.port, requests) for requests in (1, REQUESTS_OF_A_CONNECTION)]
        samples, problems = _restart(server, clients, number)
    counts = [client.count for client in clients]
    answers, closed, lost = (sum(getattr(count, name) for count in counts) for name in ("answers", "closed", "lost"))
    problems += [f"{count.lost} requests lost, the last one with {count.example}" for count in counts if count.lost]
    problems += usage.complaints(samples, ALLOWED, "restart")
    facts = {
        "restarts": f"{number}",
        "seconds": f"{time.monotonic() - began:.0f}",
        "requests": f"{answers}",
        "lost": f"{lost}",
        "kept connections closed before the answer": f"{closed}",
        "parent's KiB at the start": f"{samples[0].memory // KIB}",
        "half-way": f"{usage.settled(samples)[0].memory // KIB}",
        "at the end": f"{samples[-1].memory // KIB}",
        "bytes a restart": f"{usage.growth(samples):.0f}",
        "descriptors": f"{samples[0].descriptors} → {samples[-1].descriptors}",
    }
    return Result(f"{mpm}", facts, samples, problems)


def _restart(server: Server, clients: list[Client], number: int) -> tuple[list[usage.Sample], list[str]]:
    problems: list[str] = []
    samples = [usage.sample(0, [server.pid])]
    for client in clients:
        client.start()
    for done in range(1, number + 1):
        server.graceful()
        for client in clients:
            client.wait_for_answer()
        samples.append(usage.sample(done, [server.pid]))
        if done % 10 == 0:
            problems += judge(server)
    for client in clients:
        client.done.set()
    for client in clients:
        client.join()
    return samples, problems + judge(server)
