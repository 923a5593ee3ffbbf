"""Waiting for signals so that none is slept through.

A system call that is waiting ends when a signal comes, but not when it came just before, or to another thread: Python
runs handlers in the main thread only, between two of its own instructions. A pipe remembers that there was one.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
from typing import Final

_MOST: Final = 4096  # octets: one for each signal, more of them tell nothing new


class Wakeup:
    """In its `with` block, in the main thread: `wait` ends with every signal that has a handler, and with a child."""

    def __enter__(self) -> Wakeup:
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._handler = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGCHLD, self._handler)
        signal.set_wakeup_fd(self._before)
        os.close(self._read)
        os.close(self._write)

    def wait(self, timeout: float | None = None) -> None:
        """Return when a signal came since the last time, at the latest after `timeout` seconds."""
        select.select([self._read], [], [], timeout)
        with contextlib.suppress(BlockingIOError):
            os.read(self._read, _MOST)
