"""Who is measured: one row for each server, with its configuration, what it needs and what it can do."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.works import Work

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "bench"
PACKAGES = BUILD / "venv"
ORIGINAL = BUILD / "original" / "usr" / "lib"


@dataclass(frozen=True, eq=False)
class Contender:
    """A server in a certain configuration.

    name        how --only and the tables call it
    interfaces  the configuration of httpd for each interface it has; {function} is what shall answer
    modules     of httpd, with the path where it is not httpd's own
    loading     directives right behind the modules
    functions   what it can do; empty: everything its interfaces are asked for
    environment of httpd
    backend     command of a server of its own; {port} is where it shall listen, {function} what shall answer
    needs       the file without which it cannot run
    """

    name: str
    interfaces: Mapping[str, str]
    modules: Mapping[str, Path | None] = field(default_factory=dict)
    loading: str = ""
    functions: frozenset[str] = frozenset()
    environment: Mapping[str, str] = field(default_factory=dict)
    backend: tuple[str, ...] = ()
    needs: Path | None = None

    @property
    def is_here(self) -> bool:
        """Say whether what it needs is installed."""
        return self.needs is None or self.needs.exists()

    def interfaces_for(self, work: Work) -> Iterator[str]:
        """Yield the interfaces in which it can do the work."""
        if not self.functions or work.function in self.functions:
            yield from (interface for interface in work.interfaces if interface in self.interfaces)


def _directory(interface: str, handler: str) -> str:
    return f'<Directory "${{SITE}}/{interface}">\n    {handler}\n</Directory>'


PYTHON = {
    "handler": _directory("handler", "SetHandler mod_python\n    PythonHandler work::{function}"),
    "publisher": _directory("publisher", "SetHandler mod_python\n    PythonHandler mod_python.publisher"),
    "psp": _directory("psp", "SetHandler mod_python\n    PythonHandler mod_python.psp"),
    "wsgi": """\
<Location "/wsgi">
    SetHandler mod_python
    PythonHandler mod_python.wsgi
    PythonPath "['${SITE}/wsgi'] + sys.path"
    PythonOption mod_python.wsgi.application work::{function}
    PythonOption mod_python.wsgi.base_uri /wsgi
</Location>""",
}


def ours(name: str, module: Path) -> Contender:
    """Return a build of this project as a contender."""
    return Contender(name, PYTHON, {"python": module}, needs=module)


def _mod_wsgi() -> Path:
    found = (PACKAGES / "lib").glob("python*/site-packages/mod_wsgi/server/mod_wsgi-*.so")
    return next(found, PACKAGES / "mod_wsgi")


MOD_WSGI = Contender(
    "mod_wsgi",
    {"wsgi": 'WSGIScriptAlias /wsgi "${SITE}/wsgi/work.py"\nWSGICallableObject {function}'},
    {"wsgi": _mod_wsgi()},
    f'WSGIPythonHome "{PACKAGES}"\nWSGIApplicationGroup %{{GLOBAL}}\nWSGIScriptReloading Off\nWSGIEnableSendfile On\n'
    "<Directory \"${SITE}/wsgi\">\n    WSGIEnableSendfile On\n</Directory>",
    needs=_mod_wsgi(),
)

PEERS = (
    Contender("C handler", {"handler": _directory("handler", "SetHandler c-{function}")}, {"c_handler": BUILD / "c_handler.so"},
        functions=frozenset({"hello", "hello_flush", "count"})),
    Contender("static file", {"static": ""}, functions=frozenset({"hello", "file"})),
    Contender("mod_lua", {"lua": _directory("lua", "SetHandler lua-script")}, {"lua": None}),
    MOD_WSGI,
    Contender(
        "original",
        PYTHON,
        {"python": ORIGINAL / "apache2" / "modules" / "mod_python.so"},
        environment={"PYTHONPATH": str(ORIGINAL / "python3" / "dist-packages")},
        needs=ORIGINAL / "apache2" / "modules" / "mod_python.so",
    ),
)
