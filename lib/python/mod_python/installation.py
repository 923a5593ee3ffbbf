"""Where httpd's side of this installation is, and the lines of httpd's configuration that load it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from mod_python import version
from mod_python.conftree import quote

__all__ = ["configuration_lines", "embedded_python", "module_path"]

_FILE: Final = "mod_python.so"


def module_path() -> Path:
    """The file that httpd loads for this package.

    That of the source tree or the wheel that the package is in; else the one that `make install` put among httpd's own
    modules. Raises FileNotFoundError when there is none.
    """
    package = Path(__file__).resolve().parent
    candidates = package / _FILE, package.parents[2] / "src" / _FILE, Path(version.LIBEXECDIR) / _FILE
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise FileNotFoundError(
        f"the package {package} has no {_FILE}, which is looked for at {', '.join(map(str, candidates))}: "
        "run make in its source tree, or install it again"
    )


def embedded_python() -> str:
    """The interpreter that httpd embeds with `configuration_lines`.

    That of the environment that a wheel is installed in, wherever the wheel was built; else the one it was built with.
    """
    is_wheel = (Path(__file__).resolve().parent / _FILE).is_file()
    return sys.executable if is_wheel else version.PYTHON_BIN


def configuration_lines() -> list[str]:
    """The lines that make httpd load this installation, with the packages of the interpreter that runs this.

    Raises FileNotFoundError as `module_path` does.
    """
    return [f"LoadModule python_module {quote(str(module_path()))}", f"PythonHome {quote(sys.prefix)}"]
