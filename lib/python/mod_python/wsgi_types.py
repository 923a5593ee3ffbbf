"""What the WSGI modules ask of httpd, and the error they share.

`GatewayRequest` lists every member of the request object that serving a WSGI application touches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # it exists inside httpd only
    from mod_python.configuration import Configuration

Environ = dict[str, Any]
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
Write = Callable[[bytes], object]
Application = Callable[[Environ, Callable[..., Write]], Iterable[bytes]]


class ConfigurationError(ValueError):
    """A `PythonOption mod_python.wsgi.*` that cannot be used; the request is answered with status 500."""

    _is_explained = True  # as `mod_python.tracebacks.explained`


class Table(Protocol):
    """The part of `mod_python.apache.table` that is used here."""

    def items(self) -> list[tuple[str, str]]: ...
    def __contains__(self, key: str, /) -> bool: ...
    def __delitem__(self, key: str, /) -> None: ...


class Handler(Protocol):
    """Where the directive stands that named a handler."""

    directory: str | None
    is_location: bool


class Handlers(Protocol):
    """`req.hlist`: the running handler."""

    @property
    def _current(self) -> Handler | None: ...


class GatewayRequest(Protocol):
    """The request object as the WSGI gateway sees it."""

    @property
    def uri(self) -> str: ...
    @property
    def body(self) -> Any: ...
    @property
    def hlist(self) -> Handlers | None: ...
    @property
    def headers_out(self) -> Table: ...
    @property
    def sent_bodyct(self) -> int: ...
    @property
    def _configuration(self) -> Configuration: ...

    def is_https(self) -> Any: ...
    def log_error(self, message: str, level: int, /) -> None: ...
    def write(self, data: bytes, flush: int, /) -> object: ...
    def flush(self) -> object: ...

    def wsgi_environ_block(self, base_uri: bytes, authorization: bool, /) -> tuple[bytes, str] | None:
        """Return the names of the CGI variables, and their values as Latin-1 text, each before a NUL; None outside."""

    def send_response(
        self, status: int, status_line: bytes, content_type: bytes | None, headers: bytes, body: bytes = b"", /
    ) -> None:
        """Set status and content type, add the other headers (name, NUL, value, NUL, and so on), send the body."""

    def sendfile_fd(self, fd: int, offset: int, length: int, /) -> int:
        """Send part of an open file, be done with the descriptor, and return the number of bytes sent."""

    def abort_connection(self) -> None:
        """Drop the connection without ending the response properly, so that the client notices."""
