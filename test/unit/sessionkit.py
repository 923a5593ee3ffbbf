"""A browser and a Redis server for the session tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from fakes import FakeRequest, FakeTable


class Browser:
    """Keeps the cookies of one site and sends them back; `options` are the PythonOptions of the site."""

    def __init__(self, **options: str) -> None:
        self.options = {f"mod_python.{name.replace('__', '.')}": value for name, value in options.items()}
        self.cookies: dict[str, str] = {}

    def ask(self, **attributes: Any) -> FakeRequest:
        """A request that has just come in."""
        req = FakeRequest(options=self.options, **attributes)
        if self.cookies:
            req.headers_in = FakeTable({"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())})
        return req

    def take(self, req: FakeRequest) -> None:
        """The end of the request: its clean-ups run, and its cookies arrive."""
        while req.cleanups:
            callback, data = req.cleanups.pop()
            callback(data)
        for line in set_cookies(req):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "1970" in line:
                del self.cookies[name]

    @contextlib.contextmanager
    def visit(self, **attributes: Any) -> Iterator[FakeRequest]:
        req = self.ask(**attributes)
        try:
            yield req
        finally:
            self.take(req)


def set_cookies(req: FakeRequest) -> list[str]:
    return [value for name, value in req.err_headers_out.items() if name == "Set-Cookie"]


def needed(available: object, what: str) -> None:
    """Skips a test whose tool is missing; in CI a missing tool is a failure."""
    if not available:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{what} is not installed")


@contextlib.contextmanager
def redis_server(directory: str) -> Iterator[str]:
    """The URL of a Redis server of our own, without persistence."""
    binary = shutil.which("redis-server") or ""
    needed(binary, "redis-server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [binary, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", directory]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            log = "".join(iter_until_ready(server))
            assert "Ready to accept connections" in log, log
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()


def iter_until_ready(server: subprocess.Popen[str]) -> Iterator[str]:
    for line in server.stdout or ():
        yield line
        if "Ready to accept connections" in line:
            return
