"""A configuration: the common part every test needs, and the test's own fragment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from testenv.httpd import MPM, Httpd

MODULES = (
    "authn_core authz_core access_compat authz_host authz_user authz_groupfile authn_file auth_basic "
    "mime dir alias headers env setenvif filter deflate include rewrite log_config"
).split()

MIME_TYPES = """\
text/html               html htm
text/plain              txt
text/css                css
text/javascript         js
image/png               png
application/json        json
"""

# LogLevel by the number of -v given to pytest, for httpd and for mod_python. The notices that the harness needs are
# core's, of a child's crash, and the MPM's, of a start that is done.
VERBOSITY = (("warn core:notice mpm_{mpm}:notice", "debug"), ("info", "trace4"), ("debug", "trace8"))

SPARE_SLOTS = 4  # for children that finish their requests after a graceful restart


@dataclass(frozen=True)
class Config:
    """What a test wants of its server; `${ROOT}`, `${DOCROOT}` and `${PORT}` are defined in the fragment.

    fragment   directives, inside the main server
    modules    httpd modules beyond the common ones, by name ("status")
    first      modules to load before all others, "python" among them
    python     load mod_python; without it the server is a plain httpd
    mpm        event, worker or prefork; $MPM when empty
    processes  child processes, exactly so many; None: one, and on prefork up to `threads` when busy
    threads    requests served at a time by one process
    verbosity  index in VERBOSITY
    env        environment variables for httpd beyond the harness's own
    """

    fragment: str = ""
    modules: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    python: bool = True
    mpm: str = MPM
    processes: int | None = None
    threads: int = 8
    verbosity: int = 0
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def threads_of_child(self) -> int:
        """The threads of a child that has started: where there are any, one more starts them and one accepts."""
        return 1 if self.mpm == "prefork" else self.threads + 2

    def render(self, httpd: Httpd, root: Path, port: int, user: str | None) -> str:
        """Return the text of httpd.conf for a server in directory `root`; `user` is whom children become."""
        return "\n".join((*self._load(httpd), *self._base(root, port, user), *self._mpm(), self.fragment, ""))

    def _load(self, httpd: Httpd) -> Iterator[str]:
        names = [f"mpm_{self.mpm}", *self.first, *MODULES, *self.modules, *(["python"] if self.python else [])]
        lines = (httpd.load_module(name) for name in dict.fromkeys(names))
        return filter(None, lines)

    def _base(self, root: Path, port: int, user: str | None) -> Iterator[str]:
        if user:
            yield f"User {user}\nGroup {user}"
        yield f"""\
Define ROOT "{root}"
Define DOCROOT "{root}/htdocs"
Define PORT {port}
ServerRoot "{root}"
DefaultRuntimeDir "{root}/run"
PidFile "{root}/run/httpd.pid"
Listen 127.0.0.1:{port}
ServerName localhost
ErrorLog "{root}/logs/error_log"
LogLevel {self._log_level()}
LogFormat "%h %l %u %t \\"%r\\" %>s %B" common
CustomLog "{root}/logs/access_log" common
TypesConfig "{root}/conf/mime.types"
Timeout 20
GracefulShutdownTimeout 5
DocumentRoot "{root}/htdocs"
DirectoryIndex index.html
<Directory "/">
    AllowOverride None
    Require all denied
</Directory>
<Directory "{root}/htdocs">
    Options FollowSymLinks
    AllowOverride All
    Require all granted
</Directory>"""

    def _log_level(self) -> str:
        httpd, python = VERBOSITY[min(self.verbosity, len(VERBOSITY) - 1)]
        return httpd.format(mpm=self.mpm) + (f" python:{python}" if self.python else "")

    def _mpm(self) -> Iterator[str]:
        """Yield directives under which httpd neither adds nor removes a process that the test did not ask for."""
        workers = self.threads * (self.processes or 1)
        if self.mpm == "prefork":
            most = self.processes or self.threads
            yield f"StartServers {self.processes or 1}\nServerLimit {most + SPARE_SLOTS}\nMaxRequestWorkers {most}"
            yield f"MinSpareServers 1\nMaxSpareServers {most + 1}"
        else:
            yield f"StartServers {self.processes or 1}\nServerLimit {(self.processes or 1) + SPARE_SLOTS}"
            yield f"ThreadLimit {self.threads}\nThreadsPerChild {self.threads}\nMaxRequestWorkers {workers}"
            yield f"MinSpareThreads 1\nMaxSpareThreads {workers}"
