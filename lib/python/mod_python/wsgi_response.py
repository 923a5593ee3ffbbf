"""Answer one request with what a WSGI application returns (PEP 3333, the server's side).

`respond` calls the application; a `Response` is the state between its `start_response` and the last byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mod_python.constants import APLOG_ERR, APLOG_WARNING, OK
from mod_python.tracebacks import blame_signature, explained
from mod_python.wsgi_file import FileRegion, FileWrapper, file_region
from mod_python.wsgi_head import Head, response_head, with_length
from mod_python.wsgi_settings import settings_of
from mod_python.wsgi_types import Application, Environ, ExcInfo, GatewayRequest

BODYLESS = frozenset({204, 205, 304})


def respond(req: GatewayRequest, application: Application, environ: Environ) -> int:
    """Run `application` for `req` and send its response; returns OK.

    Raises what the application raises, and ClientGone, for the one error reporter. If the response has begun by then,
    the connection is dropped, so that the client sees that it is incomplete. The result is closed in any case.
    """
    response = response_to(req, environ["REQUEST_METHOD"] == "HEAD")
    try:
        result = application(environ, response.start_response)
        try:
            response.send(result)
        finally:
            if hasattr(result, "close"):
                result.close()
    except BaseException:
        blame_signature()
        if response.begun:
            req.abort_connection()
        raise
    return OK


def _name(req: GatewayRequest) -> str:
    return f"the WSGI application {settings_of(req).application or ''}".rstrip()


def response_to(req: GatewayRequest, is_head_request: bool) -> Response:
    """Return the response to `req`, of which nothing is known yet."""
    response = Response()
    response.req = req
    response.is_head_request = is_head_request
    return response


class Response:
    """One response on its way; `response_to()` makes it, for an `__init__` would cost every request twice as much."""

    req: GatewayRequest
    is_head_request: bool
    head: Head | None = None
    begun = False  # status and headers are httpd's now
    remaining: int | None = None  # bytes the client still expects; None if it was told no length

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        """Take status and headers, to be sent before the first byte of the body; returns the `write` callable.

        With `exc_info`, replaces what was given before, or raises that exception if it has been sent already.
        Raises AssertionError for a second call without it, and as `response_head` does. Source: PEP 3333.
        """
        if exc_info:
            try:
                if self.begun:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # no reference cycle through the traceback
        elif self.head is not None:
            raise AssertionError("MP0209: start_response was called a second time without exc_info")
        self.head = response_head(status, headers)
        return self.write

    def write(self, data: bytes) -> None:
        """Send `data` at once: PEP 3333's callable for applications that cannot return an iterable."""
        self._send_now(as_bytes(data))

    def send(self, result: Iterable[bytes]) -> None:
        """Send the application's `result`; raises ClientGone, and whatever iteration raises."""
        if type(result) in (list, tuple):
            self._send_whole(result)  # type: ignore[arg-type]
        else:
            self._send_iterable(result)
        if self.remaining and not self.is_head_request:
            self._fell_short()

    def _send_whole(self, chunks: Sequence[bytes]) -> None:
        """Send a body that is known completely: its length goes out with it, and nothing needs to be flushed."""
        body = chunks[0] if len(chunks) == 1 else b"".join(map(as_bytes, chunks))
        if type(body) is not bytes:
            body = as_bytes(body)
        if self.begun:
            self._write(body, 0)
        else:
            self._begin(len(body) or None, body)  # httpd knows best what an empty body means for this method

    def _send_iterable(self, result: Any) -> None:
        if result is None:
            raise explained(TypeError(f"MP0210: {_name(self.req)} returned None, not an iterable of bytes"))
        region = file_region(result.filelike) if type(result) is FileWrapper else None
        if region:
            self._send_file(region)
        elif isinstance(result, bytes | str):
            self._send_whole([result])  # type: ignore[list-item]
        elif hasattr(result, "__len__") and len(result) == 1:
            self._send_whole(list(result))
        else:
            self._stream(result)

    def _stream(self, chunks: Iterable[bytes]) -> None:
        """Send every chunk before asking for the next, until no more are wanted."""
        for chunk in chunks:
            if not self._send_now(chunk if type(chunk) is bytes else as_bytes(chunk)):
                break
        if not self.begun:
            self._begin(None)

    def _send_now(self, chunk: bytes) -> bool:
        """Send one chunk and flush; False if no more are wanted. An empty one does not even send the headers."""
        if not chunk:
            return True
        if not self.begun:
            self._begin(None)
        return not self.is_head_request and self._write(chunk, 1)

    def _send_file(self, region: FileRegion) -> None:
        """Have httpd send the file itself, as much of it as was announced."""
        if not self.begun:
            self._begin(region.length)
        wanted = region.length if self.remaining is None else min(region.length, self.remaining)
        sent = self.req.sendfile_fd(region.fd, region.offset, wanted) if wanted else 0
        if self.remaining is not None:
            self.remaining -= sent

    def _begin(self, length: int | None, body: bytes = b"") -> None:
        """Hand status, headers and `body` to httpd; its `length`, if known, yields to one that was announced."""
        if self.head is None:
            raise explained(RuntimeError(f"MP0211: {_name(self.req)} did not call start_response"))
        status, line, content_type, announced, headers = self.head
        if status in BODYLESS:
            self.remaining = 0
            length = None
        else:
            self.remaining = length = length if announced is None else announced
        self.begun = True
        if len(body) == length:
            self.remaining = 0  # what nearly every application does, with nothing to fit
        else:
            body = self._fitting(body)
        self.req.send_response(status, line, content_type, with_length(headers, length), body)

    def _write(self, data: bytes, flush: int) -> bool:
        """Pass `data` to httpd as far as it fits the announced length; False if it does not fit."""
        fitting = self._fitting(data)
        if fitting:
            self.req.write(fitting, flush)
        return len(fitting) == len(data)

    def _fitting(self, data: bytes) -> bytes:
        """As much of `data` as there is room for in the announced length."""
        if self.remaining is not None:
            if len(data) > self.remaining:
                data = self._cut(data)
            self.remaining -= len(data)
        return data

    def _cut(self, data: bytes) -> bytes:
        self.req.log_error(
            f"MP0214: {_name(self.req)} sent more bytes than its Content-Length or status allows; the rest is dropped",
            APLOG_WARNING,
        )
        return data[: self.remaining]

    def _fell_short(self) -> None:
        self.req.log_error(
            f"MP0215: {_name(self.req)} sent {self.remaining} bytes less than its Content-Length;"
            " the connection is dropped",
            APLOG_ERR,
        )
        self.req.flush()
        self.req.abort_connection()


def as_bytes(chunk: object) -> bytes:
    """Return one item of a body as bytes. Text is sent as UTF-8, as `req.write` does; TypeError for other types."""
    if isinstance(chunk, str):
        return chunk.encode("utf-8", "surrogateescape")
    if isinstance(chunk, bytes | bytearray | memoryview):
        return bytes(chunk)
    kind = type(chunk).__name__
    raise explained(TypeError(f"MP0210: the body of a WSGI response must consist of bytes, not {kind}"))
