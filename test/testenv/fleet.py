"""All servers of a test session: who started them, and the verdict on each after every test."""

import functools
import itertools
import re
import shutil
import tempfile
from pathlib import Path

from testenv.backends import Factory
from testenv.config import Config
from testenv.server import Server, Verdict


class Fleet:
    """The live servers. `own` ones end with their test; the others are shared by several."""

    def __init__(self) -> None:
        self.keep = False
        self._test = "set-up"
        self._numbers = itertools.count(1)
        self._shared: list[Server] = []
        self._own: list[Server] = []

    @functools.cached_property
    def directory(self) -> Path:
        """The directory of all servers; not pytest's own, which is closed to the user that httpd's children become."""
        path = Path(tempfile.mkdtemp(prefix="mod_python-test-"))
        path.chmod(0o755)
        return path

    def prepare(self, factory: Factory, name: str, config: Config) -> Server:
        """Return a server, not started, with a directory named after `name`."""
        readable = re.sub(r"[^\w.-]+", "-", name).strip("-")
        return factory(self.directory / f"{next(self._numbers)}-{readable}", config)

    def launch(self, server: Server, *, shared: bool) -> Server:
        """Start a server and watch over it; one that does not start says why itself, in its StartError."""
        server.start(f"{self._test} begins")
        (self._shared if shared else self._own).append(server)
        return server

    def begin(self, test: str) -> None:
        """Stamp the test's name into the logs."""
        self._test = test
        for server in self._live():
            server.log.stamp(f"{test} begins")

    def end(self, test: str) -> Verdict:
        """Stop the test's own servers and return what was wrong with any server."""
        for server in self._own:
            server.stop()
        for server in self._live():
            server.log.stamp(f"{test} ends")
        verdict = self._join(self._live())
        self._own.clear()
        return verdict

    def retire(self, server: Server) -> Verdict:
        """Stop a server, whoever shares it, and return what was wrong."""
        for servers in (self._own, self._shared):
            if server in servers:
                servers.remove(server)
        server.stop()
        return server.verdict()

    def close(self) -> None:
        """Stop everything, and remove the directories unless they are to be kept."""
        for server in self._live():
            server.stop()
        if not self.keep and "directory" in vars(self):
            shutil.rmtree(self.directory, ignore_errors=True)

    def _live(self) -> list[Server]:
        return [*self._shared, *self._own]

    @staticmethod
    def _join(servers: list[Server]) -> Verdict:
        verdicts = [server.verdict() for server in servers]
        return Verdict(
            [problem for verdict in verdicts for problem in verdict.problems],
            [crash for verdict in verdicts for crash in verdict.crashes],
            "\n".join(f"{server.log.path}:\n{verdict.log}" for server, verdict in zip(servers, verdicts, strict=True)),
        )
