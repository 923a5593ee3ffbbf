"""Python's output on its way to the error log: messages, `print`, tracebacks, `warnings` and `logging`.

Whatever is said while a request is served goes to the log of its virtual host, with the request's fields.
"""

from __future__ import annotations

import io
import logging
import sys
import threading
from contextvars import ContextVar
from threading import get_ident
from typing import Any

from mod_python.constants import APLOG_CRIT, APLOG_DEBUG, APLOG_ERR, APLOG_INFO, APLOG_WARNING
from mod_python.ffi import NULL, lib

current_request: ContextVar[Any] = ContextVar("mod_python.current_request", default=None)
"""The request that the running code serves; set in the context that all its handlers run in."""

current_server: ContextVar[Any] = ContextVar("current_server", default=NULL)
"""The `server_rec *` for code that serves no request, such as a connection handler; NULL: the main server."""

_LEVELS = ((logging.CRITICAL, APLOG_CRIT), (logging.ERROR, APLOG_ERR), (logging.WARNING, APLOG_WARNING),
           (logging.INFO, APLOG_INFO))  # fmt: skip


_LONGEST = 7000
"""Bytes of a message that httpd's own limit leaves room for; longer ones become several records."""


def log(level: int, message: str) -> None:
    """Writes `message`, at an `APLOG_*` level, to the log of the current request or, without one, the server."""
    text = _encode(message.replace("\0", "\\0"))
    for start in range(0, len(text) or 1, _LONGEST):
        _log_record(level, text[start : start + _LONGEST])


def _encode(message: str) -> bytes:
    try:
        return message.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # from a program that splits characters
        return message.encode("utf-8", "backslashreplace")


def _log_record(level: int, text: bytes) -> None:
    request = current_request.get()
    try:
        if request is None:
            lib.mp_log_server(current_server.get(), level, text)
        elif request._handle.thread == get_ident():
            lib.mp_log_request(request._handle.c, level, text)
        else:  # another thread, while which the request may end: so nothing of it but its server
            lib.mp_log_server(request._handle.c.server, level, text)
    except RuntimeError:  # it has ended
        lib.mp_log_server(NULL, level, text)


def log_lines(level: int, prefix: str, text: str) -> None:
    """Writes each line of `text` as a record of its own, which httpd would otherwise join with escaped newlines."""
    for line in text.splitlines():
        if line.strip():
            log(level, prefix + line)


class LogStream(io.TextIOBase):
    """A text stream whose lines are records of the error log; takes the place of `sys.stdout` and `sys.stderr`."""

    encoding = "utf-8"
    errors = "surrogateescape"

    def __init__(self, level: int, name: str) -> None:
        self.level = level
        self.name = name
        self._partial = threading.local()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        global unfinished  # noqa: PLW0603
        *lines, rest = (getattr(self._partial, "text", "") + text).split("\n")
        self._partial.text = rest
        unfinished = unfinished or bool(rest)
        for line in lines:
            self._record(line)
        return len(text)

    def flush(self) -> None:
        """Writes an unfinished line."""
        rest, self._partial.text = getattr(self._partial, "text", ""), ""
        self._record(rest)

    def _record(self, line: str) -> None:
        if line.strip():
            log(self.level, line)


class LogHandler(logging.Handler):
    """Sends records of the `logging` package to the error log, at the level they have."""

    def handle(self, record: logging.LogRecord) -> Any:
        """Without the lock of other handlers: httpd's log needs none, and an interrupted request could keep it."""
        allowed = self.filter(record)
        if allowed:
            self.emit(record if allowed is True else allowed)
        return allowed

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._write(_aplog_level(record.levelno), self.format(record))
        except Exception:
            self.handleError(record)

    def _write(self, level: int, text: str) -> None:
        """A line after the first says that it is one, so that a logged value with a newline cannot pose as a record."""
        first, *rest = text.splitlines() or [""]
        log(level, first)
        log_lines(level, "  | ", "\n".join(rest))


def _aplog_level(levelno: int) -> int:
    return next((aplog for python, aplog in _LEVELS if levelno >= python), APLOG_DEBUG)


_streams: list[LogStream] = []
unfinished = False
"""Whether a line without an end was ever written, which most programs never do."""


def begin() -> None:
    """Takes over the output of this interpreter."""
    sys.stdout = LogStream(APLOG_WARNING, "<stdout>")
    sys.stderr = LogStream(APLOG_ERR, "<stderr>")
    _streams[:] = [sys.stdout, sys.stderr]
    logging.captureWarnings(True)
    _handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    logging.getLogger().addHandler(_handler)
    logging.basicConfig = _basic_config


_handler = LogHandler()
_original_basic_config = logging.basicConfig


def _basic_config(**kwargs: Any) -> None:
    """Takes the place of `logging.basicConfig`, which does nothing when the root logger has a handler: ours is none.

    It stays in use, at the level and in the format that are asked for, unless the records are to go elsewhere.
    """
    root = logging.getLogger()
    if root.handlers == [_handler]:
        root.removeHandler(_handler)
        if not {"filename", "stream", "handlers"} & kwargs.keys():
            kwargs["handlers"] = [_handler]
        if "format" in kwargs:
            _handler.setFormatter(None)  # so that it gets the new one
    _original_basic_config(**kwargs)


def flush() -> None:
    """Writes what the running thread printed without a newline."""
    if not unfinished:
        return
    for stream in _streams:
        if getattr(stream._partial, "text", ""):
            stream.flush()
