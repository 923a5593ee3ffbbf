"""From the options of `mod_python serve` to the settings of a server, as this machine allows them."""

from __future__ import annotations

import os
import re
import tempfile
from argparse import Namespace
from pathlib import Path
from typing import Final

from mod_python.command import httpd
from mod_python.command.account import account_for
from mod_python.command.errors import CommandError, UsageError
from mod_python.command.port import free_port
from mod_python.command.settings import NOWHERE, TERMINAL, Settings, configuration_in
from mod_python.command.target import recognise

_SIZES: Final = {"event": (1, 8), "worker": (1, 8), "prefork": (4, 1)}
"""Processes, and threads in each, where the user names none."""


def settings_from(arguments: Namespace) -> Settings:
    """Make sense of parsed arguments; raises UsageError or CommandError for what cannot be.

    Without `--setup-only` the server gets a temporary directory, which is the caller's to remove.
    """
    if arguments.target is None:
        raise UsageError(
            "serve what? Name a WSGI application (mod_python serve shop:app), a directory of pages (mod_python serve .)"
            " or a handler (mod_python serve hello::handler)"
        )
    here = Path.cwd()
    target = recognise(arguments.target, here)
    mpm = _mpm(arguments)
    processes, threads = _sizes(arguments, mpm)
    is_to_listen = arguments.setup_only is None
    return Settings(
        target=target,
        python_path=(*(_directory(here / path) for path in arguments.python_path), target.directory),
        host=arguments.host,
        port=free_port(arguments.host, arguments.port) if is_to_listen else arguments.port,
        processes=processes,
        threads=threads,
        mpm=mpm,
        https=arguments.https_self_signed,
        http2=arguments.http2,
        reload=arguments.reload,
        access_log=_log(arguments, "access_log"),
        error_log=_log(arguments, "error_log"),
        docroot=None if arguments.docroot is None else _directory(here / arguments.docroot),
        aliases=tuple((_url_path(url), _existing(here / path)) for url, path in arguments.url_alias),
        includes=tuple(_existing(here / path) for path in arguments.include),
        account=account_for(arguments.user),
        root=_root(arguments.setup_only),  # last, so that nothing is left of what is refused
    )


def _mpm(arguments: Namespace) -> str:
    available = httpd.available_mpms()
    wanted = arguments.mpm or next(iter(available), None)
    if wanted not in available:
        raise CommandError(f"httpd has no MPM {wanted or 'at all'} here, only: {', '.join(available) or 'none'}")
    if arguments.http2 and wanted == "prefork":
        raise UsageError("HTTP/2 needs threads, so --http2 goes with --mpm event or worker, not with prefork")
    return str(wanted)


def _sizes(arguments: Namespace, mpm: str) -> tuple[int, int]:
    processes, threads = _SIZES[mpm]
    if mpm == "prefork" and (arguments.threads or 1) != 1:
        raise UsageError("a process of the prefork MPM has one thread: leave --threads out, and set --processes")
    return arguments.processes or processes, arguments.threads or threads


def _url_path(url: str) -> str:
    if not re.fullmatch(r"/[^\s\"\\]+", url):
        raise UsageError(f"--url-alias: {url!r} has to be the beginning of a path, such as /static")
    return url


def _existing(path: Path) -> Path:
    if not path.exists():
        raise CommandError(f"there is no {path}")
    return path.resolve()


def _directory(path: Path) -> Path:
    if not path.is_dir():
        raise CommandError(f"{path} is no directory")
    return path.resolve()


def _root(wanted: str | None) -> Path:
    if wanted is None:
        root = Path(tempfile.mkdtemp(prefix="mod_python-"))
        root.chmod(0o755)  # the children's account has to enter it
        return root
    root = Path(wanted).resolve()
    if root.is_dir() and any(root.iterdir()) and not configuration_in(root).exists():
        raise CommandError(f"{root} has other things in it already: name a new directory with --setup-only")
    return root


def _log(arguments: Namespace, name: str) -> str:
    """Where a log goes: as the user says, else to the terminal, or to a file where there will be none."""
    wanted = getattr(arguments, name)
    if wanted in (None, TERMINAL):
        return TERMINAL if arguments.setup_only is None else os.path.join("logs", name)
    return str(wanted) if wanted == NOWHERE else os.path.abspath(wanted)
