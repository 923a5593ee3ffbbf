"""What all threads of the process are doing, for the error log."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Iterator
from contextvars import Context
from types import FrameType
from typing import Any

from mod_python import logs
from mod_python.constants import APLOG_WARNING

_MOST_CALLS = 50
"""Of one thread, the innermost: endless recursion has many more."""


def log_stacks(thread: int, server: Any) -> None:
    """Logs the stacks, that of `thread` first, to the log of a `server_rec *`, a record for each line."""
    Context().run(_log_stacks, thread, server)


def _log_stacks(thread: int, server: Any) -> None:
    logs.current_server.set(server)
    for number, stack in _stacks(thread):
        logs.log_lines(APLOG_WARNING, f"MP0376: thread {number}: ", stack)


def _stacks(first: int) -> Iterator[tuple[int, str]]:
    frames = sys._current_frames()
    frames.pop(threading.get_ident(), None)  # the thread that logs this
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    names[first] = "it serves the request"
    for thread in sorted(frames, key=lambda thread: thread != first):
        yield thread, f"{names.get(thread, 'of httpd')}\n{_stack(frames[thread])}"


def _stack(frame: FrameType) -> str:
    return "".join(traceback.format_stack(frame, limit=_MOST_CALLS))
