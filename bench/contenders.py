"""Who is measured: one row for each server, with its configuration, what it needs and what it can do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.works import Work

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "bench"
PACKAGES = BUILD / "venv"
ORIGINAL = BUILD / "original" / "usr" / "lib"
C_HANDLER = BUILD / "c_handler.so"
BARE_PYTHON = BUILD / "bare_python.so"


@dataclass(frozen=True, eq=False)
class Contender:
    """A server in a certain configuration. In texts, {function} is what shall answer and {backend} a port.

    name         how --only and the tables call it
    interfaces   the configuration of httpd for each interface that it has
    needs        the file without which it cannot run
    modules      of httpd, with the path where it is not httpd's own
    before       directives for all interfaces
    functions    what it can do; empty: everything that its interfaces are asked for
    environment  of httpd
    backend      command of a server of its own, which listens on {backend}
    direct       the backend is asked without httpd in front of it
    """

    name: str
    interfaces: Mapping[str, str]
    needs: Path | None = None
    modules: Mapping[str, Path | None] = field(default_factory=dict)
    before: str = ""
    functions: frozenset[str] = frozenset()
    environment: Mapping[str, str] = field(default_factory=dict)
    backend: tuple[str, ...] = ()
    direct: bool = False

    @property
    def is_here(self) -> bool:
        """Say whether what it needs is installed."""
        return self.needs is None or self.needs.exists()

    def interfaces_for(self, work: Work) -> Iterator[str]:
        """Yield the interfaces in which it can do the work."""
        if (not self.functions or work.function in self.functions) and not (work.inside and self.backend):
            yield from (interface for interface in work.interfaces if interface in self.interfaces)


def _directory(interface: str, *lines: str) -> str:
    return "\n    ".join((f'<Directory "${{SITE}}/{interface}">', *lines)) + "\n</Directory>"


# -- Python in httpd ----------------------------------------------------------------------------------------------

MOD_PYTHON = {
    "handler": _directory("handler", "SetHandler mod_python", "PythonHandler work::{function}"),
    "publisher": _directory("publisher", "SetHandler mod_python", "PythonHandler mod_python.publisher"),
    "psp": _directory("psp", "SetHandler mod_python", "PythonHandler mod_python.psp"),
    "ssi": _directory("ssi", "Options +Includes", "SetOutputFilter INCLUDES"),
    "filter": "PythonPath \"['${SITE}/handler'] + sys.path\"\nPythonOutputFilter work::upper UPPER\n"
    + _directory("filter", "SetOutputFilter UPPER"),
    "wsgi": """\
<Location "/wsgi">
    SetHandler mod_python
    PythonHandler mod_python.wsgi
    PythonPath "['${SITE}/applications'] + sys.path"
    PythonOption mod_python.wsgi.application work::{function}
    PythonOption mod_python.wsgi.base_uri /wsgi
</Location>""",
}


# As for mod_wsgi: no looking at files, one interpreter, and a virtual environment that has little to load at its start.
PRODUCTION = "PythonAutoReload Off\nPythonInterpreter main_interpreter"
HOME = f'PythonHome "{PACKAGES}"' if PACKAGES.exists() else ""


def ours(name: str, module: Path) -> Contender:
    """Return a build of this project as a contender."""
    return Contender(name, MOD_PYTHON, module, {"include": None, "python": module}, f"{HOME}\n{PRODUCTION}")


def _module(package: str, pattern: str) -> Path:
    """Return a file of an installed package, or where it would be."""
    return next((PACKAGES / "lib").glob(f"python*/site-packages/{package}/{pattern}"), PACKAGES / package)


ORIGINAL_MODULE = ORIGINAL / "apache2" / "modules" / "mod_python.so"
WSGI_MODULE = _module("mod_wsgi", "server/mod_wsgi-*.so")

MOD_WSGI = Contender(
    "mod_wsgi",
    {"wsgi": 'WSGIScriptAlias /wsgi "${SITE}/applications/work.py"\nWSGICallableObject {function}'},
    WSGI_MODULE,
    {"wsgi": WSGI_MODULE},
    f'WSGIPythonHome "{PACKAGES}"\nWSGIScriptReloading Off\nWSGIApplicationGroup %{{GLOBAL}}\n'
    + _directory("applications", "WSGIEnableSendfile On"),
)
DAEMON = replace(
    MOD_WSGI,
    name="mod_wsgi daemon",
    before=f"{MOD_WSGI.before}\nWSGIDaemonProcess bench processes=1 threads=8\nWSGIProcessGroup bench",
)

# -- The limits ---------------------------------------------------------------------------------------------------

LIMITS = (
    Contender(
        "C handler",
        {"handler": _directory("handler", "SetHandler c-{function}")},
        C_HANDLER,
        {"c_handler": C_HANDLER},
        functions=frozenset({"hello", "hello_flush", "count"}),
    ),
    bare := Contender(
        "bare Python",
        {"handler": _directory("handler", "SetHandler bare-python")},
        BARE_PYTHON,
        {"bare_python": BARE_PYTHON},
        functions=frozenset({"hello"}),
        environment={"PYTHONPATH": str(BUILD / "site")},
    ),
    replace(
        bare,
        name="bare WSGI",
        interfaces={"wsgi": '<Location "/wsgi">\n    SetHandler bare-wsgi\n</Location>'},
        functions=frozenset({"hello", "headers"}),
    ),
    Contender("static file", {"static": ""}),
)

# -- Servers of their own, and behind httpd -----------------------------------------------------------------------

GUNICORN = (
    "gunicorn --worker-class gthread --workers 1 --threads 8 --keep-alive 60 --chdir {site}/applications"
    " --bind 127.0.0.1:{backend} work:{function}"
)
UWSGI = (
    "uwsgi --master --processes 1 --threads 8 --disable-logging --need-app --die-on-term --chdir {site}/applications"
    " --module work:{function} --%s 127.0.0.1:{backend}"
)
GRANIAN = (
    "granian --interface wsgi --workers 1 --blocking-threads 8 --http 1 --no-ws --working-dir {site}/applications"
    " --host 127.0.0.1 --port {backend} work:{function}"
)


def _server(name: str, command: str) -> Contender:
    program, *arguments = command.split()
    path = PACKAGES / "bin" / program
    return Contender(name, {"wsgi": ""}, path, backend=(str(path), *arguments), direct=True)


def _behind(server: Contender, scheme: str) -> Contender:
    """Return a server behind httpd's proxy, which keeps its connections."""
    return replace(
        server,
        name=f"proxy, {server.name}",
        interfaces={"wsgi": f'ProxyPass "/wsgi" "{scheme}://127.0.0.1:{{backend}}/wsgi"'},
        modules={"proxy": None, f"proxy_{scheme}": None},
        direct=False,
    )


PEERS = (
    *LIMITS,
    Contender("mod_lua", {"lua": _directory("lua", "SetHandler lua-script")}, modules={"lua": None}),
    MOD_WSGI,
    DAEMON,
    Contender(
        "original",
        MOD_PYTHON,
        ORIGINAL_MODULE,
        {"include": None, "python": ORIGINAL_MODULE},
        PRODUCTION,
        environment={"PYTHONPATH": str(ORIGINAL / "python3" / "dist-packages")},
    ),
    gunicorn := _server("gunicorn", GUNICORN),
    _behind(gunicorn, "http"),
    _server("uWSGI", UWSGI % "http11-socket"),
    _behind(_server("uWSGI", UWSGI % "socket"), "uwsgi"),
    granian := _server("granian", GRANIAN),
    _behind(granian, "http"),
)
