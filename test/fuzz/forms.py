"""Targets: query strings, forms of both kinds, and header values with parameters."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from fakes import FakeRequest, FakeTable
from mod_python.errors import SERVER_RETURN
from mod_python.forms import FormError, FormOptions, MultipartDecoder
from mod_python.headers import parse_disposition, parse_header
from mod_python.octets import to_bytes, to_str
from mod_python.query import parse_qsl
from mod_python.util import FieldStorage

FIELDS, MEMORY = 50, 20_000
LIMITS = {"mod_python.form.max_fields": str(FIELDS), "mod_python.form.max_memory": str(MEMORY)}
BROWSER_ESCAPES = {"\r": "%0D", "\n": "%0A", '"': "%22"}


def query(data: bytes) -> None:
    """Octets and text are split alike, and what was read is read again after it was written."""
    for separators in ("&", ";", "&;"):
        pairs = parse_qsl(data, True, separators=separators)
        texts = parse_qsl(to_str(data), True, separators=separators)
        assert texts == [(to_str(name), to_str(value)) for name, value in pairs]
        assert parse_qsl(urlencode(pairs).encode(), True) == pairs


def form(data: bytes) -> None:
    """The form of a request is read within its limits, or refused with a reason in the log."""
    head, _, body = data.partition(b"\n")
    args, _, content_type = to_str(head).partition("\t")
    headers = FakeTable({"Content-Type": content_type, "Content-Length": str(len(body))})
    req = FakeRequest("POST", body, args=args, headers_in=headers, options=LIMITS)
    try:
        fields = FieldStorage(req, 1).list
    except SERVER_RETURN as refusal:
        assert refusal.result in {400, 413, 501} and req.logged
        return
    assert len(fields) <= FIELDS
    assert sum(len(field.raw) for field in fields if isinstance(field, str)) <= MEMORY + len(args)
    for field in fields:
        assert_harmless(getattr(field, "basename", None))


def assert_harmless(basename: str | None) -> None:
    """As the name of a file it stays in its directory, and is not hidden."""
    assert basename is None or not re.search("^[. ]|[/\\\\\x00-\x1f]", basename)


def multipart(data: bytes) -> None:
    """A body that is read has the same parts in whatever blocks it comes."""
    whole, torn = decoded([data]), decoded([data[at : at + 1] for at in range(len(data))])
    assert whole == torn or None in (whole, torn)


def decoded(blocks: list[bytes]) -> list[object] | None:
    decoder, parts = MultipartDecoder(b"XX", FormOptions()), []
    try:
        for block in [*filter(None, blocks), b""]:
            for event in decoder.feed(block):
                if isinstance(event, bytes):
                    parts[-1][-1] += event
                elif event is not None:
                    parts.append([repr(event.headers), b""])
    except FormError:
        return None
    return parts


def header(data: bytes) -> None:
    """Any value has parameters; the name of a field comes back as a browser wrote it."""
    text = to_str(data)
    for parse in (parse_header, parse_disposition):
        value, parameters = parse(text)
        assert value == value.lower()
        assert all(name == name.lower() for name in parameters)
    assert to_str(parse_header(data)[0]) == parse_header(text)[0]
    name = re.sub(r"[%\\]", "", to_str(to_bytes(text)))
    written = "".join(BROWSER_ESCAPES.get(character, character) for character in name)
    assert parse_disposition(f'form-data; name="{written}"')[1]["name"] == name
