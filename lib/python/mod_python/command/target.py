"""What the TARGET of `mod_python serve` names: an application, a handler, or a directory of pages."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Final

from mod_python.command.errors import CommandError, UsageError

_NAMED: Final = re.compile(r"(?P<module>.+?)(?P<mark>::?)(?P<name>[\w.]+(?:\(\))?)")
_MODULE: Final = re.compile(r"\w+(?:\.\w+)*")

_WSGI_NAMES: Final = {
    "application": "application",
    "app": "app",
    "create_app": "create_app()",
    "make_app": "make_app()",
}
"""What an application is called where only its file is named, the most usual first, and its name for the handler."""


class Kind(Enum):
    """Who answers the requests."""

    WSGI = "WSGI application"
    HANDLER = "handler"
    PUBLISHER = "publisher"
    PSP = "Python Server Pages"
    PAGES = "publisher and Python Server Pages"

    @property
    def publishes(self) -> bool:
        """Whether URLs become calls of functions."""
        return self in (Kind.PUBLISHER, Kind.PAGES)


@dataclass(frozen=True)
class Target:
    """An understood TARGET.

    name       `module::name` for the WSGI handler, or for PythonHandler; "" for a directory
    directory  where the code is: put in front of `sys.path`, or the document root
    """

    kind: Kind
    name: str
    directory: Path

    @property
    def is_directory(self) -> bool:
        """Whether files of a directory answer, each its own URL."""
        return not self.name

    def __str__(self) -> str:
        return f"{self.kind.value} {self.name or self.directory}"


def recognise(text: str, here: Path) -> Target:
    """Tell what `text` names, seen from the directory `here`, without running any of it.

    `module:name` is a WSGI application, or a factory with `()`; `module::name` is a handler. The module may be the path
    of a file. A path alone is a directory of pages, a page of one, or a file in which an application has one of its
    usual names; a module alone stands for its `application`.

    Raises UsageError for anything else, and CommandError for modules and files that are not there.
    """
    path = here / text
    if path.is_dir():
        return _pages(path.resolve())
    if path.suffix == ".psp" and path.is_file():
        return _pages(path.resolve().parent)
    if path.is_file():
        return _file(path.resolve())
    if named := _NAMED.fullmatch(text):
        kind = Kind.HANDLER if named["mark"] == "::" else Kind.WSGI
        return _object(kind, named["module"], named["name"], here)
    if _MODULE.fullmatch(text) and _is_importable(text, here):
        return _object(Kind.WSGI, text, "application", here)
    raise UsageError(
        f"{text!r} is neither a directory, nor a file, nor a module here: name module:application for WSGI,"
        " module::function for a handler, or a directory of pages"
    )


def _object(kind: Kind, module: str, name: str, here: Path) -> Target:
    path = here / module
    if "/" in module or path.is_file():
        return _in_file(kind, path.resolve(), name)
    if not _is_importable(module, here):
        raise CommandError(
            f"there is no module {module.partition('.')[0]!r} in {here} or where {sys.executable} looks for packages:"
            " change to the directory of the application, or name the path of its file"
        )
    return Target(kind, f"{module}::{name}", here)


def _is_importable(module: str, here: Path) -> bool:
    """Whether the outermost package is there; what is inside it only running it would tell."""
    return PathFinder.find_spec(module.partition(".")[0], [str(here), *sys.path]) is not None


def _in_file(kind: Kind, file: Path, name: str) -> Target:
    if not file.is_file():
        raise CommandError(f"there is no file {file}")
    module, directory = _module_of(file)
    return Target(kind, f"{module}::{name}", directory)


def _module_of(file: Path) -> tuple[str, Path]:
    """How to import a file: its dotted name and the directory to find that in; its path where it has no name."""
    if file.suffix != ".py" or not file.stem.isidentifier():
        return str(file), file.parent
    names, directory = [file.stem], file.parent
    while (directory / "__init__.py").exists():
        names.append(directory.name)
        directory = directory.parent
    return ".".join(reversed(names)), directory


def _file(file: Path) -> Target:
    """A file of which the TARGET does not say what in it is meant."""
    known = set(_top_level_names(file))
    if wsgi := next((_WSGI_NAMES[name] for name in _WSGI_NAMES if name in known), None):
        return _in_file(Kind.WSGI, file, wsgi)
    if "handler" in known:
        return _in_file(Kind.HANDLER, file, "handler")
    raise UsageError(
        f"{file} defines none of {', '.join(_WSGI_NAMES)} and handler: name what you mean, as in {file.name}:name"
    )


def _top_level_names(file: Path) -> Iterable[str]:
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, OSError) as error:
        raise CommandError(f"{file} cannot be read as Python: {error}") from error
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name for alias in node.names)
        else:
            stored = (part for part in ast.walk(node) if isinstance(part, ast.Name))
            yield from (name.id for name in stored if isinstance(name.ctx, ast.Store))


def _pages(directory: Path) -> Target:
    has_psp, has_python = (any(directory.rglob(f"*{suffix}")) for suffix in (".psp", ".py"))
    if not has_psp and not has_python:
        raise CommandError(f"there is no page in {directory}: neither a .py nor a .psp file")
    kind = Kind.PAGES if has_psp and has_python else Kind.PSP if has_psp else Kind.PUBLISHER
    return Target(kind, "", directory)
