"""`sys.path` as the configuration wants it: PythonPath, or the handler's directory in front."""

from __future__ import annotations

import os
import sys
import threading

_lock = threading.Lock()
_original: list[str] = []
_evaluated: dict[str, list[str]] = {}
_applied: str | None = None


def begin() -> None:
    """Remembers `sys.path` as it is before any configuration is applied."""
    _original[:] = sys.path


def apply_python_path(expression: str) -> None:
    """Makes `sys.path` what the PythonPath expression says; it is evaluated once, with the original path as `sys.path`.

    Raises whatever the expression raises, and TypeError when its value is not a list of strings.
    """
    global _applied  # noqa: PLW0603 - one sys.path, one state
    if expression == _applied:
        return
    with _lock:
        if expression not in _evaluated:
            _evaluated[expression] = _evaluate(expression)
        sys.path[:] = _evaluated[expression]
        _applied = expression


def forget() -> None:
    """Something else has set `sys.path`: the next request applies its PythonPath again."""
    global _applied  # noqa: PLW0603
    _applied = None


def _evaluate(expression: str) -> list[str]:
    current = sys.path[:]
    sys.path[:] = _original
    try:
        value = eval(expression, {"sys": sys, "os": os, "__builtins__": __builtins__})  # configuration, not input
    finally:
        sys.path[:] = current
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise TypeError(f"PythonPath must be an expression for a list of directories, not {expression!r}")
    return list(value)


def prepend(directory: str) -> None:
    """Puts a handler's directory in front of `sys.path`, unless it is there already."""
    if directory not in sys.path:
        with _lock:
            if directory not in sys.path:
                sys.path.insert(0, directory)
