"""Locks on session ids: one request at a time has a session, the others wait, but not for ever.

httpd's mutexes are few, so ids share them. A request therefore counts its holds of each mutex and waits only for
the first; sub-requests and internal redirects count with the request they came from.
"""

from __future__ import annotations

import importlib
import sys
import threading
import zlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

Release = Callable[[], None]


class Locks(Protocol):
    """A set of locks, each serving one key or several."""

    def slot(self, key: str) -> Hashable:
        """Which lock serves `key`: the same in every process, and unlike any slot of other locks."""

    def acquire(self, key: str, timeout: float) -> Release | None:
        """Takes the lock of `key`; `None` when it is still taken after `timeout` seconds. Any thread may release."""


class HttpdLocks:
    """The mutexes that httpd's `Mutex` directive configures: shared by the processes of one server."""

    def __init__(self, mutex: Any, server: Any) -> None:
        self._mutex = mutex
        self._server = server

    def slot(self, key: str) -> Hashable:
        return "httpd", self._mutex.slot(key)

    def acquire(self, key: str, timeout: float) -> Release | None:
        index = self._mutex.slot(key)
        taken = self._mutex.acquire(self._server, key, index, timeout)
        return partial(self._mutex.release, self._server, key, index) if taken else None


class LocalLocks:
    """Locks within this process, for code that runs outside httpd."""

    def __init__(self, size: int = 31) -> None:
        self._locks = [threading.Lock() for _ in range(size)]

    def slot(self, key: str) -> Hashable:
        return "local", self._index(key)

    def acquire(self, key: str, timeout: float) -> Release | None:
        lock = self._locks[self._index(key)]
        return lock.release if lock.acquire(timeout=timeout) else None

    def _index(self, key: str) -> int:
        return zlib.crc32(key.encode()) % len(self._locks)


_local: Final = LocalLocks()


def server_locks(server: Any) -> Locks:
    """The locks of the running httpd. Outside httpd, and only there, those of this process."""
    try:
        return HttpdLocks(importlib.import_module("mod_python.mutex"), server)
    except ImportError:
        if "mod_python.apache" in sys.modules:
            raise
        return _local


@dataclass
class _Held:
    """A lock that the request has, and how many of its sessions rely on it."""

    release: Release
    count: int = 0


class Hold:
    """One session's part in a lock of its request."""

    def __init__(self, held: dict[Hashable, _Held], slot: Hashable) -> None:
        self._held = held
        self._slot = slot
        self._active = True

    def release(self) -> None:
        """Gives the part back, and with the last part the lock. Later calls do nothing."""
        if not self._active:
            return
        self._active = False
        lock = self._held[self._slot]
        lock.count -= 1
        if not lock.count:
            del self._held[self._slot]
            lock.release()


def hold(req: Any, locks: Locks, key: str, timeout: float) -> Hold | None:
    """Takes the lock of `key` for `req`, or shares it if the request has it already; `None` after `timeout` seconds."""
    held = _held_by(req)
    slot = locks.slot(key)
    if slot not in held:
        release = locks.acquire(key, timeout)
        if release is None:
            return None
        held[slot] = _Held(release)
    held[slot].count += 1
    return Hold(held, slot)


def _held_by(req: Any) -> dict[Hashable, _Held]:
    """The locks of the client's request, from which `req` may be several sub-requests and redirects away."""
    while parent := req.main or req.prev:
        req = parent
    try:
        held: dict[Hashable, _Held] = req._session_locks
    except AttributeError:
        held = req._session_locks = {}
    return held
