"""The Server interface: one httpd with its own directory, port, configuration and logs."""

import contextlib
from abc import abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from testenv import ports, processes
from testenv.client import TIMEOUT, Client
from testenv.config import Config
from testenv.httpd import Httpd
from testenv.oracle import Oracle, is_crash
from testenv.site import Site
from testenv.wait import until

ATTEMPTS = 3  # at finding a port that stays free until httpd has it
SHORT = 1.0  # seconds that children get to finish what they do before they are ended
LATE = 5.0  # seconds that an announced line may come after the answer
STARTED = "resuming normal operations"
PORT_TAKEN = "AH00072"


class StartError(Exception):
    """httpd did not start; the message holds its error log and what `httpd -t` says."""


class Verdict(NamedTuple):
    """What was wrong with a server during a test; `crashes` are those problems that say a child was killed."""

    problems: list[str]
    crashes: list[str]
    log: str


class Server(Site, Client):
    """A real httpd. Backends say how its processes are started, signalled and waited for."""

    def __init__(self, root: Path, config: Config, httpd: Httpd) -> None:
        Site.__init__(self, root, config, httpd)
        Client.__init__(self)
        self.running = False
        self._oracle = Oracle(self.log)
        self._problems: list[str] = []
        self._lease: ports.Lease | None = None

    @property
    @abstractmethod
    def pid(self) -> int:
        """The process id of httpd's parent process, as this machine sees it."""

    @abstractmethod
    def check(self) -> tuple[int, str]:
        """Run `httpd -t`; return its exit status and what it printed."""

    @abstractmethod
    def _spawn(self) -> None:
        """Start httpd in the foreground, its output going to the error log."""

    @abstractmethod
    def _signal(self, name: str) -> None:
        """Send the parent process a signal, by name ("SIGTERM")."""

    @abstractmethod
    def _exit_status(self) -> int | None:
        """Return how the parent process ended, None while it runs."""

    @abstractmethod
    def _clean_up(self) -> Iterator[str]:
        """End what is left of the processes, with a sentence on each that should be gone by now."""

    @property
    def port(self) -> int:
        """The port it listens on, on 127.0.0.1."""
        assert self._lease, "the server was never started"
        return self._lease.port

    def children(self) -> list[int]:
        """Return the process ids of the living children."""
        return processes.children(self.pid)

    def start(self, stamp: str = "") -> "Server":
        """Start, with `stamp` as the first line of the log; return once httpd serves, StartError when it does not."""
        for _ in range(ATTEMPTS):
            self._lease = ports.lease()
            self.configure(self.port)
            self.log.path.write_text("")
            self.log.stamp(stamp)
            self._spawn()
            self.running = self._has_started(1)
            if self.running:
                return self
            self._end()
            if PORT_TAKEN not in self.log.everything:
                break
        raise StartError(self._diagnosis("start"))

    def stop(self, *, graceful: bool = False) -> None:
        """Stop, finishing the requests in progress if graceful; harmless when it is stopped already."""
        if not self.running:
            return
        self.disconnect()
        if not graceful:
            self.rest()
        self._settle()
        if self._exit_status() is None:
            self._signal("SIGWINCH" if graceful else "SIGTERM")
        self._await(lambda: self._exit_status() is not None, "httpd's end")
        if self._exit_status():
            self._problems.append(f"httpd ended with status {self._exit_status()}")
        self._end()

    def graceful(self, config: Config | None = None, *, renew: bool = False) -> None:
        """Restart without losing a request, with a new configuration if given.

        Old children may go on accepting requests for a while, on worker for seconds. With a new configuration or with
        `renew` this method returns only when they do not any more, and new ones do.
        """
        self._restart("SIGUSR1", config, renew=bool(config) or renew)

    def restart(self, config: Config | None = None) -> None:
        """Restart at once, with a new configuration if given; requests in progress are cut off."""
        self.rest()
        self._restart("SIGHUP", config, renew=True)

    def rest(self) -> None:
        """Wait, not for long, until the children have nothing to do.

        A child of event that is ended while it starts its threads, or while one of them frees a connection, may crash:
        its main thread closes the sockets of the others. That race is httpd's own.
        """
        with contextlib.suppress(TimeoutError):
            until(self._is_at_rest, SHORT, "rest")

    def refusal(self) -> str:
        """Return what httpd says against the configuration; AssertionError when it accepts it."""
        with ports.lease() as lease:
            self.configure(lease.port)
        status, text = self.check()
        assert status != 0, f"httpd accepted the configuration:\n{self.config.fragment}"
        return text

    def expect_log(self, pattern: str) -> None:
        """Announce a record of the error log (a regular expression): the test fails when it does not come."""
        self._oracle.expect(pattern)

    def allow_log(self, pattern: str) -> None:
        """Announce records of the error log (a regular expression) that may come."""
        self._oracle.allow(pattern)

    def verdict(self) -> Verdict:
        """Say what was wrong since the last verdict, and start afresh for the next test."""
        if self.running:
            self.disconnect()
            self._settle()
            if self._exit_status() is not None:
                self._problems.append(f"httpd is gone, with status {self._exit_status()}")
        missing = self._oracle.missing(LATE if self.running else 0)
        complaints = self._oracle.complaints()
        problems = [*self._problems, *missing, *(record.text for record in complaints)]
        verdict = Verdict(problems, [record.text for record in complaints if is_crash(record)], self.log.text)
        self._problems = []
        self._oracle.next_test()
        self.access_log.mark()
        return verdict

    def _has_started(self, starts: int) -> bool:
        """Wait until the log has told of so many starts; False when httpd ends instead, or takes too long."""

        def is_settled() -> bool:
            return self._starts() >= starts or self._exit_status() is not None

        try:
            until(is_settled, TIMEOUT, "httpd's start")
        except TimeoutError:
            return False
        return self._starts() >= starts

    def _starts(self) -> int:
        return self.log.everything.count(STARTED)

    def _restart(self, signal: str, config: Config | None, *, renew: bool) -> None:
        starts, before, old = self._starts(), processes.descriptors(self.pid), set(self.children())
        if config:
            self.config = config
            self.configure(self.port)
        self._signal(signal)
        if not self._has_started(starts + 1):
            raise StartError(self._diagnosis("restart"))
        if renew:
            self._await(lambda: self._is_renewed(old), "a child of the new generation")
        leaked = processes.descriptors(self.pid) - before
        if leaked and not config:
            self._problems.append(f"the parent leaked descriptors over a restart: {dict(leaked)}")

    def _is_renewed(self, old: set[int]) -> bool:
        """Say whether only new children accept connections; old ones may still finish what they have."""
        current = set(self.children())
        return bool(current - old) and not any(processes.listens(pid, self.port) for pid in current & old)

    def _is_at_rest(self) -> bool:
        threads = [processes.sleeping_threads(pid) for pid in self.children()]
        return not processes.connections(self.port) and min(threads, default=0) >= self.config.threads_of_child

    def _settle(self) -> None:
        """Give the parent time to log how its dead children died: it looks once a second."""
        self._await(lambda: not processes.dead_children(self.pid), "a look of httpd at its dead children")

    def _await(self, condition: Callable[[], bool], what: str) -> None:
        try:
            until(condition, TIMEOUT, what)
        except TimeoutError as error:
            self._problems.append(str(error))

    def _end(self) -> None:
        self.running = False
        self._problems.extend(self._clean_up())
        if self._lease:
            self._lease.release()

    def _diagnosis(self, verb: str) -> str:
        return f"httpd did not {verb}. Its error log:\n{self.log.everything}\nhttpd -t:\n{self.check()[1]}"
