"""Multipart bodies, without I/O: octets in, parts out; and what a form may cost.

Source: RFC 7578 by way of the `multipart` library; decision N4 and defects D8 to D12 in docs/decisions.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from mod_python.constants import (
    APLOG_ERR,
    APLOG_WARNING,
    HTTP_BAD_REQUEST,
    HTTP_INTERNAL_SERVER_ERROR,
    HTTP_LENGTH_REQUIRED,
    HTTP_NOT_IMPLEMENTED,
    HTTP_REQUEST_ENTITY_TOO_LARGE,
)
from mod_python.headers import Parameters, PartHeaders, parse_disposition, parse_header
from mod_python.octets import to_bytes, to_str

try:
    from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser
except ImportError as error:
    raise ImportError("MP0265: forms need the PyPI package 'multipart', version 1.2 or later") from error

#: RFC 2046, section 5.1.1.
MAX_BOUNDARY = 70


class FormError(ValueError):
    """The form cannot be read. `status` is the answer to the client; `message_id` and `level` are for the log."""

    status: ClassVar[int] = HTTP_BAD_REQUEST
    message_id: ClassVar[str] = "MP0260"
    level: ClassVar[int] = APLOG_WARNING


class FormTooLargeError(FormError):
    """A limit of `FormOptions` is exceeded."""

    status = HTTP_REQUEST_ENTITY_TOO_LARGE
    message_id = "MP0261"


class LengthRequiredError(FormError):
    """The length of the body is no number."""

    status = HTTP_LENGTH_REQUIRED
    message_id = "MP0262"


class ContentTypeError(FormError):
    """The body is no form."""

    status = HTTP_NOT_IMPLEMENTED
    message_id = "MP0263"


class FormOptionError(FormError):
    """A `PythonOption` is wrong."""

    status = HTTP_INTERNAL_SERVER_ERROR
    message_id = "MP0264"
    level = APLOG_ERR


@dataclass(frozen=True)
class FormOptions:
    """What a form may cost and how it is split: `PythonOption mod_python.form.<field>`."""

    prefix: ClassVar[str] = "mod_python.form."

    max_fields: int = 10_000
    max_files: int = 256
    max_memory: int = 16 * 1024 * 1024
    spool_size: int = 64 * 1024
    max_part_headers: int = 16
    max_part_header_size: int = 8190
    separators: str = "&"

    @classmethod
    def read(cls, table: Any) -> FormOptions:
        """The options of `table`, as `req.get_options()` returns it. Raises `FormOptionError`."""
        given = {name.lower(): text for name, text in table.items()}
        if not any(name.startswith(cls.prefix) for name in given):
            return _DEFAULTS
        texts = {field.name: given.get(cls.prefix + field.name) for field in fields(cls)}
        return cls(**{name: _option(name, text) for name, text in texts.items() if text is not None})


_DEFAULTS = FormOptions()


def _option(name: str, text: str) -> Any:
    if name == "separators":
        if text and set(text) <= {"&", ";"}:
            return text
        raise FormOptionError(f"PythonOption {FormOptions.prefix}{name} is '&', ';' or both, not {text!r}")
    if text.isascii() and text.isdecimal():
        return int(text)
    raise FormOptionError(f"PythonOption {FormOptions.prefix}{name} is a number, not {text!r}")


class Part:
    """The head of one part: its headers, and what `Content-Disposition` and `Content-Type` say."""

    def __init__(self, headers: PartHeaders) -> None:
        self.headers = headers
        self.disposition, self.disposition_options = parse_disposition(headers.get("Content-Disposition", ""))
        self.type, self.type_options = _content_type(headers.get("Content-Type"))

    @property
    def size(self) -> int:
        """Bytes of the headers, which stay in memory with the field."""
        return sum(len(to_bytes(text)) for pair in self.headers.items() for text in pair)

    @property
    def name(self) -> str | None:
        """The name of the field, `None` when the client gave none."""
        return self.disposition_options.get("name")

    @property
    def filename(self) -> str | None:
        """The name of the file as the client gave it; empty when no file was chosen, `None` for a text field."""
        return self.disposition_options.get("filename")


def _content_type(header: str | None) -> tuple[str, Parameters]:
    if header is None:
        return "text/plain", Parameters()
    media_type, parameters = parse_header(header)
    return media_type if "/" in media_type else "application/octet-stream", parameters


def boundary(content_type: str) -> bytes:
    """The boundary that a `multipart/...` content type names. Raises `FormError`."""
    value = to_bytes(parse_header(content_type)[1].get("boundary", ""))
    if not value:
        raise FormError("multipart body without a boundary")
    if len(value) > MAX_BOUNDARY:
        raise FormError(f"multipart boundary longer than {MAX_BOUNDARY} bytes")
    return value


class MultipartDecoder:
    """Turns the octets of a multipart body into events: a `Part`, then its content as `bytes`, then `None`."""

    def __init__(self, boundary: bytes, options: FormOptions) -> None:
        self._parser = PushMultipartParser(
            boundary,
            max_header_size=options.max_part_header_size,
            max_header_count=options.max_part_headers,
            header_charset="latin-1",  # any octets; decoded by _part
        )

    def feed(self, octets: bytes) -> Iterator[Part | bytes | None]:
        """The events found in `octets` and what was fed before; no octets mean the end of the body.

        Raises `FormError` for a malformed or truncated body and `FormTooLargeError` for a limit.
        """
        try:
            for event in self._parser.parse(octets):
                yield _part(event) if isinstance(event, MultipartSegment) else event and bytes(event)
        except ParserLimitReached as error:
            raise FormTooLargeError(_reason(error)) from error
        except MultipartError as error:
            raise FormError(_reason(error)) from error


def _part(segment: Any) -> Part:
    return Part(PartHeaders((name, to_str(value.encode("latin-1"))) for name, value in segment.headerlist))


def _reason(error: Exception) -> str:
    return f"multipart body: {error.args[0] if error.args else error}"
