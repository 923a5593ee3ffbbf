"""What a server is to be like."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mod_python.command.account import Account
from mod_python.command.target import Target

TERMINAL: Final = "-"
NOWHERE: Final = "off"

TERMINAL_FILES: Final = {"access_log": "/dev/stdout", "error_log": "/dev/stderr"}
"""What httpd opens for a log in the terminal."""


@dataclass(frozen=True)
class Settings:
    """A server in its own directory.

    target       who answers
    python_path  what is put in front of `sys.path`
    host, port   where it listens; an IPv6 address without brackets
    processes    child processes
    threads      requests that a process serves at a time
    mpm          event, worker or prefork
    https        with TLS, and a certificate of its own making
    http2        HTTP/2 too
    reload       for development: edits count at once, and errors show in the browser
    access_log   a file, "-" for the terminal, "off"
    error_log    a file, or "-" for the terminal
    docroot      files that come before the application; None: the target's own, if any
    aliases      URLs and the files or directories that they stand for
    includes     files with more directives
    account      whom the children become; None: they stay who starts the server
    root         its directory: configuration, logs, and whatever httpd writes
    """

    target: Target
    python_path: tuple[Path, ...]
    host: str
    port: int
    processes: int
    threads: int
    mpm: str
    https: bool
    http2: bool
    reload: bool
    access_log: str
    error_log: str
    docroot: Path | None
    aliases: tuple[tuple[str, Path], ...]
    includes: tuple[Path, ...]
    account: Account | None
    root: Path

    @property
    def configuration(self) -> Path:
        """The file that httpd reads."""
        return configuration_in(self.root)

    @property
    def pid_file(self) -> Path:
        """The file in which httpd tells its process id, once it listens."""
        return self.root / "logs" / "httpd.pid"

    @property
    def document_root(self) -> Path:
        """Where files come from; without any, a directory that is empty."""
        return self.docroot or (self.target.directory if self.target.is_directory else self.root / "public")

    @property
    def address(self) -> str:
        """Host and port, as in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """Whether no other machine can reach it."""
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")

    @property
    def url(self) -> str:
        """The address of the site."""
        return f"{'https' if self.https else 'http'}://{self.address}/"


def configuration_in(root: Path) -> Path:
    """The configuration of the server whose directory is `root`."""
    return root / "conf" / "httpd.conf"
