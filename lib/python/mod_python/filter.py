"""`filter`: what a filter written in Python gets, once for each brigade (output) or read (input)."""

from __future__ import annotations

from typing import Any

from mod_python.errors import ClientGone
from mod_python.ffi import ffi, lib
from mod_python.fields import text_or_none
from mod_python.handle import Handle, named
from mod_python.hlist import Handler
from mod_python.request import Request
from mod_python.text import body_bytes


@named("mp_filter")
class Filter:
    """A filter at work, for the time of one call; what must last from call to call is kept on `req`.

    Source: chapter 10 of the API reference.
    """

    __slots__ = ("_handle", "_handler", "_pending", "req", "softspace")

    def __init__(self, pointer: Any, req: Request, handler: Handler | None) -> None:
        object.__setattr__(self, "req", req)
        self._handle = Handle(pointer, "filter call")
        self._handler = handler
        self._pending = b""
        self.softspace = 0

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "req":
            raise AttributeError("attribute 'req' is read-only")
        object.__setattr__(self, name, value)

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
        """What there is now, or at most `length` bytes of it.

        Returns:
            b"" when there is nothing now; None at the end of the stream.

        Raises:
            ValueError: the filter is closed.
            OSError: the chain failed, usually because the client went away.
        """
        call = self._open()
        if length == 0:
            return b""
        if self._pending:
            return self._from_pending(length)
        if length > 0:
            return self._read_once(call, length)
        return self._read_all(call)

    def _from_pending(self, length: int) -> bytes:
        end = len(self._pending) if length < 0 else length
        result, self._pending = self._pending[:end], self._pending[end:]
        return result

    def _read_all(self, call: Any) -> bytes | None:
        """Everything an output filter was handed; one pull of an input filter."""
        first = self._read_once(call, -1)
        if not first or call.is_input:
            return first
        blocks = [first]
        while block := self._read_once(call, -1):
            blocks.append(block)
        return b"".join(blocks)

    def _read_once(self, call: Any, limit: int) -> bytes | None:
        data = ffi.new("const char **")
        length = ffi.new("size_t *")
        found = lib.mp_filter_read(call, data, length, limit)
        if found == lib.MP_FILTER_FAILED:
            raise ClientGone(call.status, "the filter chain failed")
        if found == lib.MP_FILTER_END:
            return None
        return ffi.buffer(data[0], length[0])[:] if found == lib.MP_FILTER_DATA else b""

    def readline(self, length: int = -1) -> bytes | None:
        """Through the next newline, or `length` bytes, or what there is; otherwise as `read`."""
        call = self._open()
        line = b""
        while b"\n" not in line and not 0 <= length <= len(line):
            block = self._from_pending(-1) if self._pending else self._read_once(call, -1)
            if not block:
                return line or block
            line += block
        end = line.find(b"\n") + 1 or len(line)
        end = min(end, length) if length >= 0 else end
        self._pending = line[end:]
        return line[:end]

    def write(self, data: Any) -> None:
        """Queues `data` (`str` as UTF-8, or bytes-like) for the next filter, or for the reader of an input filter.

        Raises ValueError when the filter is closed.
        """
        call = self._open()
        raw = body_bytes(data)
        if len(raw):
            lib.mp_filter_write(call, raw if type(raw) is bytes else ffi.from_buffer(raw), len(raw))

    def flush(self) -> None:
        """Output: sends on what is queued, and a flush mark. Raises OSError when that fails."""
        self._passed(lib.mp_filter_flush(self._handle.c))

    def close(self) -> None:
        """Ends the stream and sends on what is queued; once is enough."""
        self._passed(lib.mp_filter_close(self._handle.c))

    def _passed(self, status: int) -> None:
        if status:
            raise ClientGone(status, "the filter chain failed")

    def disable(self) -> None:
        """From the next call on, data of this request goes past this filter."""
        self._handle.c.disabled = 1

    def pass_on(self) -> None:
        """Hands the data of this call on unchanged; what is written later follows it."""
        self._passed(lib.mp_filter_pass_on(self._open()))
