"""The files of one server: its directory with document root, configuration and logs."""

import os
import shutil
from pathlib import Path

from testenv.config import MIME_TYPES, Config
from testenv.httpd import REPOSITORY, Httpd
from testenv.log import ErrorLog, LogFile

APPS = REPOSITORY / "test" / "apps"
CHILD_USER = "www-data"


class Site:
    """A server's directory `root`; everything httpd reads or writes lies in it."""

    def __init__(self, root: Path, config: Config, httpd: Httpd) -> None:
        self.root = root
        self.config = config
        self.httpd = httpd
        self.docroot = root / "htdocs"
        self.configuration = root / "conf" / "httpd.conf"
        self.log = ErrorLog(root / "logs" / "error_log")
        self.access_log = LogFile(root / "logs" / "access_log")
        for name in ("conf", "logs", "run", "htdocs", "tmp"):
            (root / name).mkdir(parents=True)
        (root / "tmp").chmod(0o1777)
        (root / "conf" / "mime.types").write_text(MIME_TYPES)

    def write(self, path: str, content: str | bytes) -> Path:
        """Create or replace a file in the document root and return its full path."""
        target = self.docroot / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def install(self, app: str) -> None:
        """Copy test/apps/`app` into the document root."""
        shutil.copytree(APPS / app, self.docroot, dirs_exist_ok=True)

    def configure(self, port: int) -> None:
        """Write httpd.conf."""
        user = CHILD_USER if os.geteuid() == 0 else None
        self.configuration.write_text(self.config.render(self.httpd, self.root, port, user))

    @property
    def command(self) -> list[str]:
        """The command line of httpd, without what it shall do."""
        return [self.httpd.program, "-d", str(self.root), "-f", str(self.configuration)]

    @property
    def environment(self) -> dict[str, str]:
        """httpd's environment: as from an init script, not from the shell that runs the tests."""
        base = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C", "TMPDIR": str(self.root / "tmp")}
        return {**base, **self.config.env}
