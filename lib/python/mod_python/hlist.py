"""Handlers as configured, and `req.hlist`, the cursor over those of the running phase."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from mod_python.ffi import NULL, ffi, lib
from mod_python.fields import text_or_none
from mod_python.handle import named
from mod_python.text import decode


class Handler:
    """One handler of a phase: a word of a directive, or what `req.add_handler` was given."""

    __slots__ = ("directory", "function", "is_location", "is_pattern", "loaded", "silent", "text")

    def __init__(  # noqa: PLR0913, PLR0917 - what C knows of a handler
        self,
        text: str,
        directory: str | None,
        is_location: bool = False,
        silent: bool = False,
        is_pattern: bool = False,
        function: Callable[..., Any] | None = None,
    ) -> None:
        self.text = text
        """`module`, `module::object.path` or `/path/to/file.py::object`; the name of a callable that was added."""
        self.directory = directory
        """Where the directive stands, with a trailing slash; the Location text; None at server level."""
        self.is_location = is_location
        self.silent = silent
        """From PythonHandlerModule: a missing function is no error."""
        self.is_pattern = is_pattern
        """`directory` is a pattern, to be resolved for each request."""
        self.function = function
        """The callable given to `req.add_handler`."""
        self.loaded: tuple[int, ModuleType, str] | None = None
        """The module when `importer.loads` had this value, and the name to look for; for who does not reload."""

    def with_directory(self, directory: str | None) -> Handler:
        """The same handler elsewhere."""
        return Handler(self.text, directory, self.is_location, self.silent, self.is_pattern, self.function)

    def with_text(self, text: str) -> Handler:
        """Another handler at the same place."""
        return Handler(text, self.directory, self.is_location, self.silent, self.is_pattern)


def handler_list(handlers: tuple[Handler, ...]) -> HandlerList:
    """The cursor, at the first of `handlers`. An `__init__` would cost every request twice as much."""
    hlist = HandlerList()
    hlist._handlers = handlers
    hlist._index = 0
    return hlist


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

    Source: the manual of mod_python 3.5; decision A13 for `location`.
    """

    __slots__ = ("_handlers", "_index")

    _handlers: tuple[Handler, ...]
    _index: int

    @property
    def _current(self) -> Handler | None:
        return self._handlers[self._index] if self._index < len(self._handlers) else None

    @property
    def handler(self) -> str | None:
        """The handler as it was written, such as `module::object`."""
        current = self._current
        return current.text if current else None

    @property
    def directory(self) -> str | None:
        """The directory of the directive with a trailing slash, or the text of its Location; None at server level."""
        current = self._current
        return current.directory if current else None

    @property
    def location(self) -> str | None:
        """The text of the directive's Location; None elsewhere."""
        return self.directory if self.is_location else None

    @property
    def is_location(self) -> bool | None:
        """Whether the directive stands in a Location."""
        current = self._current
        return current.is_location if current else None

    @property
    def silent(self) -> bool | None:
        """Whether a missing function is no error (PythonHandlerModule)."""
        current = self._current
        return current.silent if current else None

    def next(self) -> None:
        """Goes on to the next handler; a handler that calls this skips the one after it."""
        self._index = min(self._index + 1, len(self._handlers))

    def replace_current(self, handler: Handler) -> Handler:
        """Puts a handler whose directory has been resolved in the place of the current one."""
        self._handlers = (*self._handlers[: self._index], handler, *self._handlers[self._index + 1 :])
        return handler

    def append(self, handler: Handler) -> None:
        """Adds a handler to the running phase."""
        self._handlers = (*self._handlers, handler)

    def __repr__(self) -> str:
        names = ("handler", "directory", "is_location", "silent")
        return repr({name: getattr(self, name) for name in names} if self._current else {})
