"""The httpd under test: where its program and modules are, what is built in, and where mod_python is."""

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
MPM = os.environ.get("MPM") or "event"

Run = Callable[[Sequence[str]], str]


@dataclass(frozen=True)
class Httpd:
    """One installation, on this machine or in an image."""

    program: str
    modules: str  # directory of the shared objects
    python_module: str
    version: str
    static: frozenset[str]  # modules built in, without "mod_"

    def load_module(self, name: str) -> str:
        """Return the line that loads module `name`, empty when it is built in."""
        path = self.python_module if name == "python" else f"{self.modules}/mod_{name}.so"
        return "" if name in self.static else f'LoadModule {name}_module "{path}"'


@functools.cache
def local() -> Httpd:
    """Return the httpd that apxs (or $APXS) belongs to, with the mod_python.so of this working tree (or $MODULE)."""
    apxs = os.environ.get("APXS") or shutil.which("apxs") or shutil.which("apxs2")
    if apxs is None:
        raise FileNotFoundError("apxs is not installed (Debian: apache2-dev)")
    directory, name, modules = run([apxs, "-q", "SBINDIR", "PROGNAME", "LIBEXECDIR"]).strip().split(";;")
    return probe(
        run,
        program=f"{directory}/{name}",
        modules=modules,
        python_module=os.environ.get("MODULE") or str(REPOSITORY / "src" / "mod_python.so"),
    )


def closed_directory() -> Path | None:
    """Return the directory that keeps httpd's children, another user than root, out of the working tree, if any."""
    closed = (path for path in (REPOSITORY, *REPOSITORY.parents) if not path.stat().st_mode & 0o001)
    return next(closed, None) if os.geteuid() == 0 else None


def probe(execute: Run, *, program: str, modules: str, python_module: str) -> Httpd:
    """Ask the program for its version and built-in modules, through `execute`."""
    version = re.search(r"Server version: (\S+)", execute([program, "-v"]))
    static = re.findall(r"^\s+(?:mod_)?(\w+)\.c$", execute([program, "-l"]), re.MULTILINE)
    return Httpd(program, modules, python_module, version[1] if version else "unknown", frozenset(static))


def run(command: Sequence[str]) -> str:
    """Run a program of this machine and return what it prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
