"""Locks that exclude each other across the threads and processes of this httpd."""

from __future__ import annotations

import zlib
from typing import Any

from mod_python import interpreter
from mod_python.errors import RequestTimeout
from mod_python.ffi import lib
from mod_python.text import encode

_FOREVER = -1


def slot(key: str | bytes, index: int = -1) -> int:
    """The slot that stands for `key`, the same in every process; `index` 0 and above names a slot directly.

    Raises:
        ValueError: there is no slot `index`.
    """
    count: int = lib.mp_lock_count()
    if index >= count or index < -1:
        raise ValueError(f"there is no lock {index}; PythonOption mod_python.mutex_locks makes {count}")
    return index if index >= 0 else zlib.crc32(encode(key, "key")) % (count - 1) + 1


def acquire(server: Any, key: str | bytes, index: int = -1, timeout: float | None = None) -> bool:
    """Takes the lock for `key`, waiting for at most `timeout` seconds; None waits for as long as it takes.

    Two keys may share a lock. It is not re-entrant: taking it twice waits for oneself. Any thread of the process may
    release it, and it is released when its process dies.

    Args:
        server: for compatibility; all servers of an httpd share the locks.
        key: what to exclude others from.
        index: -1: the lock is found by `key`; 0 is a lock that no key has.
        timeout: in seconds.

    Returns:
        Whether the lock was taken; never, when httpd's mutex does not work, which is logged.
    """
    number, taken = slot(key, index), []
    milliseconds = _FOREVER if timeout is None else max(0, int(timeout * 1000))

    def take(_: None) -> None:
        taken.append(lib.mp_lock_acquire(number, milliseconds))

    try:
        interpreter.run_uninterruptible(take, None)
        return bool(taken[0])
    except RequestTimeout:  # before the caller knew of it
        if any(taken):
            lib.mp_lock_release(number)
        raise


def release(server: Any, key: str | bytes, index: int = -1) -> None:
    """Gives the lock for `key` back."""
    lib.mp_lock_release(slot(key, index))
