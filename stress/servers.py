"""The server under stress: a real httpd with the site, in build/stress, judged by its error log."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stress.kinds import CONFIGURATION
from testenv import httpd
from testenv.config import Config
from testenv.local import LocalServer
from testenv.server import Server

ROOT = httpd.REPOSITORY
BUILD = ROOT / "build" / "stress"
SITE = ROOT / "stress" / "site"
# With an arena for each thread, what CPython allocates once in a while (the table of interned strings, 400 KiB) would
# leave a hole in one after the other, which looks like a leak until all have theirs.
ONE_ARENA = {"MALLOC_ARENA_MAX": "1"}
THREADS = 8  # twice the clients: event closes kept connections when all of its threads are busy


@contextlib.contextmanager
def running(mpm: str, *directives: str, **options: Any) -> Iterator[Server]:
    """Start a server with the site and `directives`, and stop it afterwards; `options` are those of `Config`.

    Unless they say otherwise, it serves THREADS requests at a time, in one process where the model has threads.
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    options = {"threads": THREADS, "processes": THREADS if mpm == "prefork" else 1} | options
    fragment = "\n".join((CONFIGURATION, *directives))
    with tempfile.TemporaryDirectory(prefix="run-", dir=BUILD) as name:
        Path(name).chmod(0o755)
        server = LocalServer(Path(name) / "server", Config(fragment, mpm=mpm, **options), httpd.local())
        shutil.copytree(SITE, server.docroot, dirs_exist_ok=True)
        server.start()
        try:
            yield server
        finally:
            server.rest()
            server.stop()


def judge(server: Server, *allowed: str) -> list[str]:
    """Return what the error log says against the server since the last look, and empty the logs, which grow fast."""
    for pattern in allowed:
        server.allow_log(pattern)
    problems = server.verdict().problems
    for log in (server.log, server.access_log):
        if log.path.exists():
            os.truncate(log.path, 0)
            log.mark()
    return problems
