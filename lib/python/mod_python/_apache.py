"""`import _apache`: what programs took from the built-in module of the original, under the names it had there.

Loading `mod_python.apache` puts it into `sys.modules`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mod_python import mutex
from mod_python.apache import *  # noqa: F403 - it had all of them, too
from mod_python.interpreter import register_cleanup as _register_cleanup
from mod_python.query import parse_qs, parse_qsl
from mod_python.server import Server

__all__ = ["_global_lock", "_global_trylock", "_global_unlock", "parse_qs", "parse_qsl", "register_cleanup"]


def _global_lock(server: Any, key: Any, index: int = -1) -> None:
    """Takes the lock that excludes all other holders of `key`, in every process; see `mutex.acquire`.

    Args:
        server: a server object.
        key: any hashable value; other values than `str` and `bytes` go by their `repr`.
        index: -1: the lock is found by `key`; 0 and above names one.

    Raises:
        TypeError: `server` is no server object; `key` is not hashable.
        ValueError: there is no lock `index`.
    """
    mutex.acquire(_checked(server), _name(key), index)


def _global_trylock(server: Any, key: Any, index: int = -1) -> bool:
    """As `_global_lock`, but does not wait. Returns whether the lock was taken."""
    return mutex.acquire(_checked(server), _name(key), index, timeout=0)


def _global_unlock(server: Any, key: Any, index: int = -1) -> None:
    """Gives the lock back. Arguments and errors are those of `_global_lock`."""
    mutex.release(_checked(server), _name(key), index)


def _checked(server: Any) -> Server:
    if not isinstance(server, Server):
        raise TypeError(f"a lock belongs to a server object, not to {type(server).__name__}")
    return server


def _name(key: Any) -> str | bytes:
    hash(key)
    return key if isinstance(key, (str, bytes)) else repr(key)


def register_cleanup(interpreter_name: Any, server: Any, callback: Callable[[Any], Any], data: Any = None) -> None:
    """Calls `callback(data)` when the child exits, in the running interpreter, whatever `interpreter_name` says.

    Raises ValueError when `server` is no server object, or `callback` is not callable.
    """
    if not isinstance(server, Server):
        raise ValueError(f"register_cleanup: the second argument must be a server object, not {type(server).__name__}")
    _register_cleanup(callback, data)
