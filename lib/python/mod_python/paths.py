"""`sys.path` as the configuration wants it: PythonPath, or the handler's directory in front."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, get_ident
from typing import Any

from mod_python.tracebacks import explained

_changes = Condition()
_loading: list[int] = []
"""The threads that load modules with `sys.path` as it is."""

_original: list[str] = []
_paths: dict[str | None, list[str]] = {}
"""`sys.path` for each PythonPath expression that is not the applied one, with what code has changed in it."""

applied: str | None = None
"""The expression that `sys.path` stands for now; None: sections without a PythonPath."""


def begin() -> None:
    """Remembers `sys.path` as it is before any configuration is applied."""
    _original[:] = sys.path
    _paths[None] = sys.path[:]


def configure(expression: str | None, directory: str | None = None) -> None:
    """Makes `sys.path` what a section wants.

    Args:
        expression: the section's PythonPath, with the original path as its `sys.path`; it is evaluated once.
        directory: without a PythonPath, the handler's directory, which is put in front unless it is there already.

    Raises TypeError when the expression raises, or its value is not a list of strings.
    """
    if expression != applied:
        _switch(expression)
    if expression is None and directory and directory not in sys.path:
        with _changes:
            sys.path.insert(0, directory)


@contextmanager
def loading(expression: str | None, directory: str | None) -> Iterator[None]:
    """Keeps `sys.path` for the section while it loads a module; arguments and errors are those of `configure`.

    Sections with the same PythonPath load side by side, so that a module that hangs keeps no other from being loaded.
    """
    with _changes:
        configure(expression, directory)
        _loading.append(get_ident())
    try:
        yield
    finally:
        with _changes:
            _loading.remove(get_ident())
            _changes.notify_all()


def resume(expression: str | None) -> None:
    """Whoever took `sys.path` for something else has put it back as it was when `applied` was `expression`."""
    global applied  # noqa: PLW0603 - one sys.path, one state
    applied = expression


def _switch(expression: str | None) -> None:
    global applied  # noqa: PLW0603
    with _changes:
        _changes.wait_for(lambda: expression == applied or set(_loading) <= {get_ident()})
        if expression == applied:
            return
        wanted = _paths.get(expression) or _evaluate(expression)
        _paths[applied] = sys.path[:]
        sys.path[:] = wanted
        applied = expression


class _Sys:
    """`sys` for the expressions, which begin with the original path however often they change it."""

    def __init__(self) -> None:
        self.path = _original[:]

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


def _evaluate(expression: str | None) -> list[str]:
    try:
        value = eval(str(expression), {"sys": _Sys(), "os": os})  # configuration, not input
    except Exception as error:
        raise _wrong(expression, f"{type(error).__name__}: {getattr(error, 'msg', error)}") from None
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise _wrong(expression, f"its value is {value!r}")
    return list(value)


def _wrong(expression: str | None, reason: str) -> TypeError:
    sentence = "PythonPath must be an expression for a list of directories, such as \"['/srv/lib'] + sys.path\""
    return explained(TypeError(f"{sentence}, not {expression!r} ({reason})"))
