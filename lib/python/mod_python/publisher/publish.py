"""From an object to a response body: call it with the form, or print it.

Text and bytes go out as they are; what a function yields goes out piece by piece.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing
from types import AsyncGeneratorType, GeneratorType
from typing import Any

from mod_python.constants import HTTP_BAD_REQUEST
from mod_python.publisher.asynchronous import run
from mod_python.publisher.layers import is_called
from mod_python.publisher.protocol import Request, refuse
from mod_python.util import ArgumentError, FieldStorage, apply_fs_data

_BODIES = {str, bytes}
_BYTES_LIKE = (bytes, bytearray, memoryview)
_MEDIA_TYPES = {  # by whether the body is str, and HTML
    (True, True): "text/html; charset=utf-8",
    (True, False): "text/plain; charset=utf-8",
    (False, True): "text/html",
    (False, False): "text/plain",
}
_HTML_END = re.compile(r"</html\s*>\s*\Z", re.IGNORECASE)
_HTML_START = re.compile(r"\s*<(!doctype\s+html|html)\b", re.IGNORECASE)


def publish_object(req: Request, object: object) -> bool:
    """Send `object` to the client, and return whether there was anything to send.

    A callable that is not a class is called with the fields of `req.form`, and its result published in turn; a
    coroutine is awaited, a generator is sent chunk by chunk. `None` is nothing, bytes are sent as they are, and
    anything else as its string representation.

    Raises `SERVER_RETURN` with 400 when the fields do not fit the callable (decision A9), and whatever the callable
    raises.
    """
    return _deliver(req, _call(req, object)) if is_called(object) else _write(req, object)


def content_type(body: str | bytes) -> str:
    """Return the media type of a complete body: HTML when `</html>` ends it, else plain text."""
    end = body[-100:] if isinstance(body, str) else _text(body[-100:])
    return _MEDIA_TYPES[isinstance(body, str), ">" in end and bool(_HTML_END.search(end))]


def _call(req: Request, function: Any) -> object:
    if not hasattr(req, "form"):
        req.form = FieldStorage(req, keep_blank_values=1)
    try:
        return apply_fs_data(function, req.form, req=req)
    except ArgumentError as error:
        refuse(req, f"MP0230: the form does not fit the published function: {error}", HTTP_BAD_REQUEST)


def _deliver(req: Request, result: object) -> bool:
    if type(result) in _BODIES:
        return _write(req, result)
    if inspect.isawaitable(result):
        return _deliver(req, run(result))
    if isinstance(result, AsyncGeneratorType):
        return run(_stream_async(req, result))
    return _stream(req, result) if isinstance(result, GeneratorType) else publish_object(req, result)


def _write(req: Request, value: object) -> bool:
    if value is None:
        return False
    body = _body(value)
    if (body or not req._bytes_queued) and not req._content_type_set:
        req.content_type = content_type(body)
    req.write(body, 0)
    return True


def _stream(req: Request, chunks: Generator[object, None, object]) -> bool:
    with closing(chunks):
        for chunk in chunks:
            if _write_chunk(req, chunk):
                break
    return True


async def _stream_async(req: Request, chunks: AsyncGenerator[object, None]) -> bool:
    async with aclosing(chunks):
        async for chunk in chunks:
            if _write_chunk(req, chunk):
                break
    return True


def _write_chunk(req: Request, chunk: object) -> bool:
    """Send one chunk at once, and return whether that was all the client wants: HEAD is about the headers only."""
    body = b"" if chunk is None else _body(chunk)
    if body and not req._content_type_set:
        req.content_type = _MEDIA_TYPES[isinstance(body, str), bool(_HTML_START.match(_text(body[:100])))]
    req.write(body)
    return bool(body) and req.method == "HEAD"


def _body(value: object) -> str | bytes:
    return bytes(value) if isinstance(value, _BYTES_LIKE) else str(value)


def _text(body: str | bytes) -> str:
    return body.decode("latin-1") if isinstance(body, bytes) else body
