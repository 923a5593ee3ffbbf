"""What a CGI script prints, made a reply: the header block parsed, and a raw stream that gives it to the request.

Source: RFC 3875, section 6. Names, values and status are checked here, so nothing of them can split a header.
"""

from __future__ import annotations

import enum
import io
import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from mod_python.constants import HTTP_MOVED_TEMPORARILY

LONGEST_HEAD: Final = 64 * 1024

# A blank line, or one right at the start: a header without fields.
_BLANK_LINE: Final = re.compile(rb"(?:\A|\n)\r?\n")
_FIELD: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*:[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_STATUS_LINE: Final = re.compile(rb"HTTP/[0-9.]+[ \t]+")
_STATUS: Final = re.compile(r"([2-5]\d\d)(?:[ \t]+(.*))?", re.ASCII)

# cgitb starts its page with this, so that it is a page even when the header was already out.
_CGITB: Final = b"<!--: spam"

# Fields about the connection are the server's business (RFC 3875, 6.3.4).
_HOP_BY_HOP: Final = frozenset(
    ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade")
)


class CGIError(ValueError):
    """A CGI script went wrong, mostly by printing what is no CGI response; the text carries its message id."""


class Head(NamedTuple):
    """The header block: a status with its reason, when the script gave one, and the other fields in order."""

    status: int | None
    reason: str
    fields: list[tuple[str, str]]


def parse_head(block: bytes) -> Head:
    """Parse the lines before the blank line; raises `CGIError` and nothing else.

    The status line of a non-parsed-header script ("HTTP/1.0 200 OK") counts as its Status field. Bytes that are not
    UTF-8 are kept by `surrogateescape`.
    """
    block = _STATUS_LINE.sub(b"Status: ", block, count=1) if _STATUS_LINE.match(block) else block
    lines = [line.removesuffix(b"\r") for line in block.split(b"\n")]
    fields = [_parse_field(line) for line in lines if line and line != _CGITB]
    status, reason = None, ""
    for name, value in fields:
        if name.lower() == "status":
            status, reason = _parse_status(value)
        elif name.lower() == "content-length" and not (value.isascii() and value.isdigit()):
            raise CGIError(f"MP0305: the CGI script printed a Content-Length that is no number: {value!r}")
    return Head(status, reason, [field for field in fields if field[0].lower() != "status"])


def _parse_field(line: bytes) -> tuple[str, str]:
    match = _FIELD.fullmatch(line)
    if match is None:
        raise CGIError(f"MP0303: the CGI script printed a malformed header line: {line[:100]!r}")
    return match[1].decode("ascii"), match[2].rstrip(b" \t").decode("utf-8", "surrogateescape")


def _parse_status(value: str) -> tuple[int, str]:
    match = _STATUS.fullmatch(value)
    if match is None:
        raise CGIError(f"MP0304: the CGI script printed a bad Status: {value[:100]!r}")
    return int(match[1]), match[2] or ""


def apply_head(req: Any, head: Head) -> None:
    """Give the request what the script's header says; a Location without a Status is a 302."""
    names = {name.lower() for name, _ in head.fields}
    status = head.status or (HTTP_MOVED_TEMPORARILY if "location" in names else None)
    if status:
        req.status = status
    if head.reason:
        req.status_line = f"{head.status} {head.reason}"
    for name, value in head.fields:
        _APPLY.get(name.lower(), _add_field)(req, name, value)


def _add_field(req: Any, name: str, value: str) -> None:
    req.headers_out.add(name, value)


def _set_field(req: Any, name: str, value: str) -> None:
    req.headers_out[name] = value


def _set_content_type(req: Any, name: str, value: str) -> None:
    req.content_type = value
    req.headers_out[name] = value


def _ignore_field(req: Any, name: str, value: str) -> None:
    del req, name, value


_APPLY: Final[dict[str, Callable[[Any, str, str], None]]] = {
    "content-type": _set_content_type,
    "content-length": _set_field,
    "location": _set_field,
    **dict.fromkeys(_HOP_BY_HOP, _ignore_field),
}


class _State(enum.Enum):
    HEAD = enum.auto()
    BODY = enum.auto()
    DROP = enum.auto()


class Reply(io.RawIOBase):
    """The raw end of a CGI script's output: the header goes into the request, the rest to `req.write`.

    The request is not touched before the header is complete. A malformed header is remembered in `error` instead of
    raised, since the writer is some `print` of the script's, and what follows it is dropped.
    """

    def __init__(self, req: Any) -> None:
        self._req = req
        self._head = bytearray()
        self._state = _State.HEAD
        self._taken = 0
        self.error: CGIError | None = None
        self.flushes = True  # whether flush() reaches the client

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        """The number of bytes printed so far, header included."""
        return self._taken

    def write(self, data: Any) -> int:
        chunk = bytes(data)
        self._taken += len(chunk)
        if self._state is _State.HEAD:
            self._take_head(chunk)
        elif self._state is _State.BODY:
            self._req.write(chunk, 0)
        return len(chunk)

    def flush(self) -> None:
        super().flush()
        if self.flushes and self._state is _State.BODY:
            self._req.flush()

    def end(self) -> bool:
        """Judge the output once all of it is here: true when there was a response, false when there was nothing.

        Raises `CGIError` when the header is malformed or has no end.
        """
        if self._head and self._state is _State.HEAD:
            self._fail(CGIError("MP0302: the CGI script's output has no blank line that ends the header"))
        if self.error is not None:
            raise self.error
        return self._taken > 0

    def abandon(self) -> None:
        """Take nothing more, whatever may still come from a buffer, and forget what was wrong."""
        self._state, self.flushes, self.error = _State.DROP, False, None

    def _take_head(self, chunk: bytes) -> None:
        seen = max(0, len(self._head) - 2)  # the last octets may begin a blank line
        self._head += chunk
        blank = _BLANK_LINE.search(self._head, seen)
        try:
            if blank is not None:
                self._take_body(bytes(self._head[: blank.start()]), bytes(self._head[blank.end() :]))
            elif len(self._head) > LONGEST_HEAD:
                raise CGIError(f"MP0306: the CGI script's header is longer than {LONGEST_HEAD} bytes")
        except CGIError as error:
            self._fail(error)

    def _fail(self, error: CGIError) -> None:
        self.error, self._state = error, _State.DROP

    def _take_body(self, head: bytes, body: bytes) -> None:
        apply_head(self._req, parse_head(head))
        self._state = _State.BODY
        if body:
            self._req.write(body, 0)
