"""`mod_python start`, `stop`, `restart`, `graceful` and `status`: servers that run in the background."""

from __future__ import annotations

import time
from argparse import Namespace
from pathlib import Path
from typing import Final

from mod_python.command import httpd
from mod_python.command.errors import CommandError
from mod_python.command.settings import configuration_in

_PATIENCE: Final = 60.0  # seconds for what httpd does in the background
_INTERVAL: Final = 0.05


def start(arguments: Namespace) -> int:
    """Start a server; one that runs already is left alone."""
    configuration = configuration_of(arguments.server)
    if pid := httpd.running(configuration):
        print(f"httpd runs already, as process {pid}")
        return 0
    _signal(configuration, "start")
    return _report(configuration)


def stop(arguments: Namespace) -> int:
    """Stop a server when its requests have been finished."""
    configuration = configuration_of(arguments.server)
    if not httpd.running(configuration):
        print("httpd does not run")
        return 0
    _signal(configuration, "graceful-stop")
    if not _wait(configuration, running=False):
        raise CommandError(f"httpd still has requests to finish after {_PATIENCE:.0f} seconds")
    print("httpd has stopped")
    return 0


def restart(arguments: Namespace) -> int:
    """Restart a server at once, or start it."""
    return _renew(arguments, "restart")


def graceful(arguments: Namespace) -> int:
    """Restart a server without losing a request, or start it."""
    return _renew(arguments, "graceful")


def status(arguments: Namespace) -> int:
    """Say whether a server runs; 0 if so, else 1."""
    configuration = configuration_of(arguments.server)
    pid = httpd.running(configuration)
    if pid is None:
        print(f"httpd does not run with {configuration}")
        return 1
    log = httpd.facts(configuration).get("Main ErrorLog")
    print(f"httpd runs as process {pid} with {configuration}" + (f"; its messages are in {log}" if log else ""))
    return 0


def configuration_of(server: str) -> Path:
    """The configuration that `server` names, directly or as the directory around it.

    In a directory it is `conf/httpd.conf` or, in that of Debian's httpd, `apache2.conf`. Raises CommandError when there
    is none.
    """
    path = Path(server).resolve()
    candidates = [configuration_in(path), path / "apache2.conf"] if path.is_dir() else [path]
    found = next(filter(Path.is_file, candidates), None)
    if found is None:
        raise CommandError(f"there is no {candidates[0]}: mod_python create and serve --setup-only write one")
    return found


def _renew(arguments: Namespace, action: str) -> int:
    configuration = configuration_of(arguments.server)
    httpd.running(configuration)  # raises where httpd would signal another program
    _signal(configuration, action)
    return _report(configuration)


def _signal(configuration: Path, action: str) -> None:
    done = httpd.run_httpd("-k", action, configuration=configuration)
    if done.returncode:
        raise CommandError(f"httpd did not {action}: {done.stdout.strip() or 'its error log tells why'}")


def _report(configuration: Path) -> int:
    if not _wait(configuration, running=True):
        log = httpd.facts(configuration).get("Main ErrorLog", "its error log")
        raise CommandError(f"httpd ended again: {log} tells why")
    print(f"httpd runs as process {httpd.running(configuration)}")
    return 0


def _wait(configuration: Path, *, running: bool) -> bool:
    """Wait until httpd runs, or does not; False when it takes too long."""
    deadline = time.monotonic() + _PATIENCE
    while (httpd.running(configuration) is not None) is not running:
        if time.monotonic() > deadline:
            return False
        time.sleep(_INTERVAL)
    return True
