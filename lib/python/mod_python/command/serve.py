"""`mod_python serve`: writes a configuration, and runs httpd with it."""

from __future__ import annotations

import os
import shutil
import sys
from argparse import Namespace
from pathlib import Path
from stat import S_ISDIR, S_IWOTH

from mod_python import version
from mod_python.command import httpd
from mod_python.command.account import can_read, closed_directory
from mod_python.command.arguments import settings_from
from mod_python.command.certificate import make_certificate
from mod_python.command.configuration import configuration
from mod_python.command.errors import CommandError
from mod_python.command.foreground import Foreground
from mod_python.command.installation_checks import use_by
from mod_python.command.python_probe import Probe, probe
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
    for directory in (settings.root, *(settings.root / name for name in ("conf", "logs", "public"))):
        _make_directory(directory)
    settings.configuration.write_text(text)
    if settings.https:
        make_certificate(settings.root, settings.host)
    if refusal := httpd.refusal(settings.configuration):
        raise CommandError(f"httpd refuses the configuration:\n{refusal}")


def _make_directory(directory: Path) -> None:
    """Make it, or see that nobody else can have put links into it, which root would follow."""
    directory.mkdir(parents=True, exist_ok=True)
    status = directory.lstat()
    if not S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & S_IWOTH:
        raise CommandError(f"{directory} is a link, or belongs to another user, or can be written by all: remove it")


def _check_access(settings: Settings) -> None:
    """Say beforehand what would be an error of every request."""
    account = settings.account
    if account is None:
        return
    own = probe(sys.executable)
    finding = use_by(account, sys.executable, own) if isinstance(own, Probe) else None
    if finding and finding.cure:
        raise CommandError(f"{finding.text}\n{finding.cure}")
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
