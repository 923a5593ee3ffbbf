"""Tells when a Python file of a site has changed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

_INTERVAL: Final = 0.25  # seconds between two looks
_SHARE: Final = 10  # at most every tenth moment goes into looking, however many files there are
_NOT_OURS: Final = {"__pycache__", "node_modules", "site-packages"}

Snapshot = dict[str, tuple[int, int]]


def watch(directories: Iterable[Path], changed: Callable[[], None]) -> None:
    """Call `changed`, in a thread that ends with the process, whenever a `.py` file below `directories` changes."""
    outermost = sorted(directories)
    threading.Thread(target=_look, args=(outermost, snapshot(outermost), changed), daemon=True).start()


def _look(directories: list[Path], before: Snapshot, changed: Callable[[], None]) -> None:
    while True:
        begin = time.monotonic()
        now = snapshot(directories)
        if now != before:
            changed()
        before = now
        time.sleep(max(_INTERVAL, _SHARE * (time.monotonic() - begin)))


def snapshot(directories: Iterable[Path]) -> Snapshot:
    """Time of modification, in nanoseconds, and size of every `.py` file; packages of others are left out."""
    return dict(stamp for directory in directories for stamp in _stamps(directory))


def _stamps(directory: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    for parent, names, files in os.walk(directory):
        names[:] = [name for name in names if _is_of_site(parent, name)]
        for path in (os.path.join(parent, file) for file in files if file.endswith(".py")):
            try:
                status = os.stat(path)
            except OSError:  # gone between the two looks, which counts as a change
                continue
            yield path, (status.st_mtime_ns, status.st_size)


def _is_of_site(parent: str, name: str) -> bool:
    """Whether a directory is to be looked into: neither hidden, nor a virtual environment, nor installed packages."""
    is_environment = os.path.exists(os.path.join(parent, name, "pyvenv.cfg"))
    return not name.startswith(".") and name not in _NOT_OURS and not is_environment
