"""Check the status and headers a WSGI application gives to `start_response`, and pack them for one call to httpd.

No I/O: text in, a `Head` out. What repeats from request to request is checked once and remembered.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "trailers",
        "transfer-encoding",
        "upgrade",
    }
)
CONTROLS = bytes({*range(32), 127} - {ord("\t")})
STATUS = re.compile("[2-5][0-9]{2}(?: .*)?", re.DOTALL)
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

LONGEST_LENGTH = 18  # digits; more would not fit httpd's 64-bit offsets

ORDINARY, CONTENT_TYPE, CONTENT_LENGTH = range(3)
KINDS = {"content-type": CONTENT_TYPE, "content-length": CONTENT_LENGTH}

# status, status line, content type, content length, the other headers as name NUL value NUL and so on
Head = tuple[int, bytes, bytes | None, int | None, bytes]


def response_head(status: str, headers: list[tuple[str, str]]) -> Head:
    """Return the checked and packed head of a response.

    `status` is like `"200 OK"`; any reason will do, and none. `headers` is a list of (name, value) tuples of str.
    Raises TypeError for other types, ValueError for a status outside 200 to 599, text that is not Latin-1 or has
    control characters, a name that is no token, and hop-by-hop headers. Source: PEP 3333, start_response().
    """
    if not isinstance(headers, list):
        raise TypeError(f"MP0205: the headers must be a list of (name, value) tuples, not a {type(headers).__name__}")
    code, line = parse_status(status)
    content_type = content_length = None
    texts: list[str] = []
    for item in headers:
        if not isinstance(item, tuple) or len(item) != 2:
            raise TypeError(f"MP0205: a header must be a (name, value) tuple, not {item!r}")
        name, value = item
        kind = header_kind(name)
        if kind == ORDINARY:
            texts += item
        elif kind == CONTENT_TYPE:
            content_type = _content_type(value)
        else:
            content_length = parse_length(value)
    return code, line, content_type, content_length, pack(texts) if texts else b""


@lru_cache(maxsize=256)
def parse_status(status: str) -> tuple[int, bytes]:
    """Return the number and the line of a status such as `"404 Not Found"`."""
    if not isinstance(status, str):
        raise TypeError(f"MP0206: the status must be str, not {type(status).__name__}")
    if not STATUS.fullmatch(status):
        raise ValueError(f'MP0206: the status must be a number from 200 to 599, as in "200 OK", not {status!r}')
    return int(status[:3]), checked_value("status", status)


@lru_cache(maxsize=1024)
def header_kind(name: str) -> int:
    """Say how httpd wants to be told of the header `name`; raises TypeError or ValueError for an unusable one."""
    if not isinstance(name, str):
        raise TypeError(f"MP0205: a header name must be str, not {name!r}")
    if not TOKEN.fullmatch(name):
        raise ValueError(f"MP0207: {name!r} is not a header name")
    lowered = name.lower()
    if lowered in HOP_BY_HOP:
        raise ValueError(f"MP0207: the hop-by-hop header {name} is the server's business, not the application's")
    return KINDS.get(lowered, ORDINARY)


def parse_length(value: str) -> int:
    """Return a Content-Length as a number of bytes."""
    if not isinstance(value, str):
        raise TypeError(f"MP0205: the value of Content-Length must be str, not {value!r}")
    if not (value.isascii() and value.isdigit() and len(value) <= LONGEST_LENGTH):
        raise ValueError(f"MP0208: Content-Length must be a decimal number, not {value!r}")
    return int(value)


def pack(texts: list[str]) -> bytes:
    """Join names and values, each with NUL behind it; raises as `checked_value` does."""
    try:
        block = "\0".join([*texts, ""]).encode("latin-1")
    except (TypeError, UnicodeEncodeError):
        block = b""
    # One comparison for all headers: without controls the block is shorter by the separators, and by nothing else.
    if len(block) - len(block.translate(None, CONTROLS)) != len(texts):
        for name, value in zip(texts[::2], texts[1::2], strict=True):
            checked_value(name, value)  # raises for at least one
    return block


def with_length(headers: bytes, length: int | None) -> bytes:
    """Add a Content-Length to packed headers; None adds none."""
    return headers if length is None else b"%bContent-Length\0%d\0" % (headers, length)


def checked_value(name: str, value: str) -> bytes:
    """Return `value` as it is sent; raises TypeError if it is not str, ValueError if a character is unusable."""
    if not isinstance(value, str):
        raise TypeError(f"MP0205: the value of {name} must be str, not {value!r}")
    try:
        packed = value.encode("latin-1")
    except UnicodeEncodeError as error:
        raise ValueError(f"MP0208: {name} is not Latin-1 text: {value!r}") from error
    if packed.translate(None, CONTROLS) != packed:
        raise ValueError(f"MP0208: {name} has control characters: {value!r}")
    return packed


_content_type = lru_cache(maxsize=256)(partial(checked_value, "Content-Type"))
