"""Passing on what a process prints.

httpd opens a log in the terminal by the name of its standard output or error, which it may not do where that is a
socket, or belongs to another user. A pipe of ours it can always open.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import IO, Final

_CHUNK: Final = 65536


def relay(source: IO[bytes], descriptor: int) -> threading.Thread:
    """Start a thread that writes to `descriptor` what comes from `source`, until its end.

    What cannot be written is dropped, so that nobody waits for a terminal that is gone.
    """
    thread = threading.Thread(target=_copy, args=(source, descriptor), daemon=True)
    thread.start()
    return thread


def _copy(source: IO[bytes], descriptor: int) -> None:
    while chunk := os.read(source.fileno(), _CHUNK):
        with contextlib.suppress(OSError):
            _write(descriptor, chunk)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
