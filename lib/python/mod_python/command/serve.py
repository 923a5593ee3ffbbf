"""`mod_python serve`: writes a configuration, and runs httpd with it."""

from __future__ import annotations

import shutil
import sys
from argparse import Namespace

from mod_python import version
from mod_python.command import httpd
from mod_python.command.account import can_read, closed_directory
from mod_python.command.arguments import settings_from
from mod_python.command.certificate import make_certificate
from mod_python.command.configuration import configuration
from mod_python.command.errors import CommandError
from mod_python.command.foreground import Foreground
from mod_python.command.settings import NOWHERE, TERMINAL, Settings
from mod_python.command.watcher import watch


def run(arguments: Namespace) -> int:
    """Serve what `arguments` say, until httpd ends; with `--setup-only` write the files that it takes."""
    settings = settings_from(arguments)
    if arguments.setup_only is not None:
        set_up(settings)
        print(f"Written: {settings.configuration}. To run it:\n\n  mod_python start {arguments.setup_only}")
        return 0
    try:
        set_up(settings)
        return _serve(settings)
    finally:
        shutil.rmtree(settings.root, ignore_errors=True)


def set_up(settings: Settings) -> None:
    """Write the directory of a server; raises CommandError when httpd refuses it, or its children could not read it."""
    text = str(configuration(settings))
    _check_access(settings)
    for name in ("conf", "logs", "public"):
        (settings.root / name).mkdir(parents=True, exist_ok=True)
    settings.configuration.write_text(text)
    if settings.https:
        make_certificate(settings.root, settings.host)
    if refusal := httpd.refusal(settings.configuration):
        raise CommandError(f"httpd refuses the configuration:\n{refusal}")


def _check_access(settings: Settings) -> None:
    """Say beforehand what would be an error of every request."""
    account = settings.account
    if account is None:
        return
    paths = {*settings.python_path, settings.document_root, *(path for _, path in settings.aliases)}
    for path in sorted(path for path in paths if path.exists() and not can_read(account, path)):
        raise CommandError(
            f"httpd's children run as {account.pw_name}, who may not read {path}, because of the permissions of"
            f" {closed_directory(account, path) or path}: move it to a place open to all, such as /srv, or name"
            " another account with --user"
        )


def _serve(settings: Settings) -> int:
    command = [version.HTTPD, "-f", str(settings.configuration), "-D", "FOREGROUND"]
    foreground = Foreground(command, settings.pid_file)

    def started() -> None:
        _announce(settings)
        if settings.reload:
            watch({settings.target.directory, *settings.python_path}, foreground.graceful)

    return foreground.run(started)


def _announce(settings: Settings) -> None:
    logs = {settings.error_log, settings.access_log} - {TERMINAL, NOWHERE}
    where = f" (logs: {', '.join(sorted(str(settings.root / log) for log in logs))})" if logs else ""
    print(f"Serving the {settings.target} on {settings.url}, Ctrl-C stops it{where}", file=sys.stderr, flush=True)
