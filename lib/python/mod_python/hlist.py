"""Handlers as configured, and `req.hlist`, the cursor over those of the running phase."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from mod_python.ffi import NULL, ffi, lib
from mod_python.fields import text_or_none
from mod_python.handle import named
from mod_python.text import decode


class Handler(NamedTuple):
    """One handler of a phase: a word of a directive, or what `req.add_handler` was given."""

    text: str
    """`module`, `module::object.path` or `/path/to/file.py::object`; the name of a callable that was added."""
    directory: str | None
    """Where the directive stands, with a trailing slash; the Location text; None at server level."""
    is_location: bool
    silent: bool
    """From PythonHandlerModule: a missing function is no error."""
    is_pattern: bool = False
    """`directory` is a pattern, to be resolved for each request."""
    function: Callable[..., Any] | None = None
    """The callable given to `req.add_handler`."""


def read_handlers(address: int) -> tuple[Handler, ...]:
    """The handlers of the C list at `address`; 0 is the empty list."""
    if not address:
        return ()
    handlers = ffi.cast("mp_handler_list *", address)
    return tuple(_read(handlers, index) for index in range(lib.mp_handler_count(handlers)))


def _read(handlers: Any, index: int) -> Handler:
    flags = lib.mp_handler_flags(handlers, index)
    return Handler(
        decode(ffi.string(lib.mp_handler_text(handlers, index))),
        text_or_none(lib.mp_handler_directory(NULL, handlers, index)),
        bool(flags & lib.MP_HANDLER_IS_LOCATION),
        bool(flags & lib.MP_HANDLER_SILENT),
        bool(flags & lib.MP_HANDLER_IS_PATTERN),
    )


@named("mp_hlist")
class HandlerList:
    """The handlers of the running phase; the attributes show the current one, and None past the end.

    Source: chapter 7 of the API reference; decision A13 for `location`.
    """

    __slots__ = ("_handlers", "_index")

    def __init__(self, handlers: tuple[Handler, ...]) -> None:
        self._handlers = [*handlers]
        self._index = 0

    @property
    def _current(self) -> Handler | None:
        return self._handlers[self._index] if self._index < len(self._handlers) else None

    def _attribute(self, name: str) -> Any:
        return getattr(self._current, name, None)

    @property
    def handler(self) -> str | None:
        """The handler as it was written, such as `module::object`."""
        text: str | None = self._attribute("text")
        return text

    @property
    def directory(self) -> str | None:
        """The directory of the directive with a trailing slash, or the text of its Location; None at server level."""
        directory: str | None = self._attribute("directory")
        return directory

    @property
    def location(self) -> str | None:
        """The text of the directive's Location; None elsewhere."""
        return self.directory if self.is_location else None

    @property
    def is_location(self) -> bool | None:
        """Whether the directive stands in a Location."""
        is_location: bool | None = self._attribute("is_location")
        return is_location

    @property
    def silent(self) -> bool | None:
        """Whether a missing function is no error (PythonHandlerModule)."""
        silent: bool | None = self._attribute("silent")
        return silent

    def next(self) -> None:
        """Goes on to the next handler; a handler that calls this skips the one after it."""
        self._index = min(self._index + 1, len(self._handlers))

    def replace_current(self, handler: Handler) -> Handler:
        """Puts a handler whose directory has been resolved in the place of the current one."""
        self._handlers[self._index] = handler
        return handler

    def append(self, handler: Handler) -> None:
        """Adds a handler to the running phase."""
        self._handlers.append(handler)

    def __repr__(self) -> str:
        names = ("handler", "directory", "is_location", "silent")
        return repr({name: getattr(self, name) for name in names} if self._current else {})
