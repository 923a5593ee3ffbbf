"""What the publisher asks of httpd, and how it turns a request down.

`Request` lists every member of the request object that publishing touches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from mod_python.constants import APLOG_WARNING, HTTP_NOT_FOUND
from mod_python.errors import SERVER_RETURN

if TYPE_CHECKING:  # it exists inside httpd only
    from mod_python.configuration import Configuration


class Table(Protocol):
    """The part of `mod_python.apache.table` that is used here."""

    def get(self, key: str, default: Any = None, /) -> Any: ...
    def __setitem__(self, key: str, value: str, /) -> None: ...


class Handlers(Protocol):
    """`req.hlist`: where the directive stands that named the running handler."""

    @property
    def directory(self) -> str | None: ...
    @property
    def is_location(self) -> Any: ...


class Request(Protocol):
    """The request object as the publisher sees it."""

    filename: str | None
    path_info: str | None
    content_type: str | None
    form: Any

    @property
    def method(self) -> str: ...
    @property
    def uri(self) -> str: ...
    @property
    def user(self) -> str | None: ...
    @property
    def extension(self) -> str | None: ...
    @property
    def next(self) -> object: ...
    @property
    def hlist(self) -> Handlers | None: ...
    @property
    def headers_in(self) -> Table: ...
    @property
    def headers_out(self) -> Table: ...
    @property
    def err_headers_out(self) -> Table: ...
    @property
    def _content_type_set(self) -> int: ...
    @property
    def _bytes_queued(self) -> int: ...
    @property
    def _configuration(self) -> Configuration: ...

    def _may_open(self, path: str, /) -> bool: ...
    def _first_file(self, paths: bytes, start: int, /) -> int: ...
    def get_addhandler_exts(self) -> str: ...
    def document_root(self) -> str: ...
    def allow_methods(self, methods: Sequence[str], reset: int = 0, /) -> None: ...
    def log_error(self, message: str, level: int, /) -> None: ...
    def write(self, data: str | bytes, flush: int = 1, /) -> object: ...


def refuse(req: Request, reason: str, status: int = HTTP_NOT_FOUND) -> NoReturn:
    """Log `reason`, a text that starts with its message id, and end the handler with `status`."""
    req.log_error(reason, APLOG_WARNING)
    raise SERVER_RETURN(status)
