"""What belongs to this interpreter as a whole: its name, and what runs when the child exits."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from typing import Any

name = ""
"""As `PythonInterpreter` or the naming rules gave it."""

pointer: Any = None
"""The C structure of this interpreter, for calls that must come back to it."""


def _run(function: Callable[[Any], Any], argument: Any) -> Any:
    return function(argument)


run_interruptible: Callable[[Callable[[Any], Any], Any], Any] = _run
"""`run_interruptible(function, argument)` is `function(argument)`, in which C may raise RequestTimeout."""

run_uninterruptible: Callable[[Callable[[Any], Any], Any], Any] = _run
"""The same, in which it may not, for what must not be left half-way: a lock that is taken, and not noted yet."""

read_body: Callable[[int, int, int], bytes | int]
"""`read_body(address, least, size)` reads the body of the request_rec there: bytes, or an int that says what failed."""

Cleanups = list[tuple[Callable[[Any], Any], Any]]
"""Callbacks, each with its argument."""

_cleanups: Cleanups = []


def register_cleanup(callback: Callable[[Any], Any], data: Any = None) -> None:
    """Calls `callback(data)` when the child exits, gracefully or not; not when it is killed.

    Args:
        callback: called with one argument, in this interpreter. The last one registered runs first.
        data: its argument; do not keep a request in it.

    Raises:
        ValueError: `callback` is not callable.
    """
    if not callable(callback):
        raise ValueError("register_cleanup: the first argument must be callable")
    _cleanups.append((callback, data))


def run_cleanups(cleanups: Cleanups, failed: Callable[[Callable[[Any], Any]], None]) -> None:
    """Runs and removes all `cleanups`, last first; `failed(callback)` is called inside the handler of an exception."""
    while cleanups:
        callback, data = cleanups.pop()
        try:
            callback(data)
        except BaseException:
            failed(callback)


def end(failed: Callable[[Callable[[Any], Any]], None]) -> None:
    """The child exits: registered clean-ups, then what `atexit` holds, since Python itself is never finalised."""
    run_cleanups(_cleanups, failed)
    atexit._run_exitfuncs()
