"""`filter`: what a filter written in Python gets, once for each brigade (output) or read (input)."""

from __future__ import annotations

from typing import Any

from mod_python.aprstatus import error_arguments
from mod_python.errors import ClientGone
from mod_python.ffi import ffi, lib
from mod_python.fields import text_or_none
from mod_python.handle import ThreadHandle, named
from mod_python.hlist import Handler
from mod_python.request import Request
from mod_python.text import body_bytes

TOGETHER = 1 << 20
"""Pieces are joined by `read()` up to this size, in bytes, so that a large file is never in memory as a whole."""

CHAIN = "the filter chain failed"


def _is_whole(line: bytes | bytearray, length: int) -> bool:
    return line.endswith(b"\n") or len(line) == length


@named("mp_filter")
class Filter:
    """A filter at work, for the time and the thread of one call; what must last from call to call is kept on `req`.

    Source: the manual of mod_python 3.5.
    """

    __slots__ = ("_handle", "_handler", "req", "softspace")

    req: Request  # the request it works for

    def __init__(self, pointer: Any, req: Request, handler: Handler | None) -> None:
        object.__setattr__(self, "req", req)
        self._handle = ThreadHandle(pointer, "filter call")
        self._handler = handler
        self.softspace = 0  # for the print statement of Python 2

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "req":
            raise AttributeError("attribute 'req' is read-only")
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"attribute {name!r} cannot be deleted")

    @property
    def name(self) -> str | None:
        """The name it is known by to httpd, in lower case, or under which the request registered it."""
        return text_or_none(self._handle.c.name)

    @property
    def is_input(self) -> int:
        """1 for an input filter."""
        is_input: int = self._handle.c.is_input
        return is_input

    @property
    def handler(self) -> str | None:
        """The handler as it was written; None in an SSI page."""
        return self._handler.text if self._handler else None

    @property
    def dir(self) -> str | None:
        """The directory of the directive or registration."""
        return self._handler.directory if self._handler else None

    @property
    def closed(self) -> int:
        """1 after `close()`."""
        closed: int = self._handle.c.closed
        return closed

    def _open(self) -> Any:
        call = self._handle.c
        if call.closed:
            raise ValueError("I/O operation on a closed filter")
        return call

    def read(self, length: int = -1) -> bytes | None:
        """What there is now, or at most `length` bytes of it. A large file comes in pieces, an upload as it arrives.

        Returns:
            b"" when there is nothing now, and the handler shall return to be called again later; None at the end of the
            stream.

        Raises:
            ValueError: the filter is closed.
            OSError: the chain failed, usually because the client went away.
        """
        call = self._open()
        data = self._take(call, length, lib.MP_FILTER_ANY) if length else b""
        if not data or length > 0:
            return data
        blocks, size = [data], len(data)
        while call.more and size < TOGETHER and (data := self._take(call, -1, lib.MP_FILTER_ANY)):
            blocks.append(data)
            size += len(data)
        return b"".join(blocks)

    def readline(self, length: int = -1) -> bytes | None:
        """Through the next newline, or `length` bytes, or what there is; otherwise as `read`.

        Only an input filter waits for the rest of a line, so that there only the last one can lack its end.
        """
        call = self._open()
        data = self._take(call, length, lib.MP_FILTER_LINE) if length else b""
        if not data or _is_whole(data, length):
            return data
        line = bytearray(data)
        while not _is_whole(line, length) and (call.more or call.is_input):
            data = self._take(call, length - len(line) if length > 0 else -1, lib.MP_FILTER_REST_OF_LINE)
            if not data:
                break
            line += data
        return bytes(line)

    def _take(self, call: Any, limit: int, how: int) -> bytes | None:
        """What httpd has in one piece; `how` is one of `MP_FILTER_ANY` and its siblings."""
        found = lib.mp_filter_read(call, limit, how)
        if found == lib.MP_FILTER_FAILED:
            raise ClientGone(*error_arguments(call.status, CHAIN))
        if found == lib.MP_FILTER_END:
            return None
        return ffi.buffer(call.data, call.length)[:] if found == lib.MP_FILTER_DATA else b""

    def write(self, data: Any) -> None:
        """Queues `data` (`str` as UTF-8, or bytes-like) for the next filter, or for the reader of an input filter.

        An output filter sends on what is queued when that exceeds 64 KB, on `flush`, and at the end of the call.

        Raises:
            ValueError: the filter is closed.
            OSError: the chain failed, usually because the client went away.
        """
        call = self._open()
        raw = body_bytes(data)
        if len(raw):
            self._passed(lib.mp_filter_write(call, raw if type(raw) is bytes else ffi.from_buffer(raw), len(raw)))

    def flush(self) -> None:
        """Output: sends on what is queued, and a flush mark. Raises OSError when that fails."""
        self._passed(lib.mp_filter_flush(self._handle.c))

    def close(self) -> None:
        """Ends the stream and sends on what is queued; once is enough."""
        self._passed(lib.mp_filter_close(self._handle.c))

    def _passed(self, status: int) -> None:
        if status:
            raise ClientGone(*error_arguments(status, CHAIN))

    def disable(self) -> None:
        """From the next call on, data of this request goes past this filter."""
        self._handle.c.disabled = 1

    def pass_on(self) -> None:
        """Hands the data of this call on unchanged; what is written later follows it."""
        self._passed(lib.mp_filter_pass_on(self._open()))
