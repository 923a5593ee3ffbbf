"""Locks that no interrupted request leaves locked: `SafeLock`, also for programs, and `Lock`, for `with` in here."""

from __future__ import annotations

import sys
from _thread import RLock  # what threading has, without a function around it

from mod_python.errors import RequestTimeout


class SafeLock(RLock):  # type: ignore[misc] # final for mypy, not for Python
    """A lock for `with`, which the thread that has it may take again."""

    def __enter__(self) -> bool:  # type: ignore[override]
        try:
            return self.acquire()
        except RequestTimeout:  # raised when it had been acquired: nothing is raised in a call into C
            self.release()
            raise


if sys.version_info >= (3, 14):  # from then on, Python may raise between a lock's `__enter__` and the block
    Lock = SafeLock
else:
    Lock = RLock
