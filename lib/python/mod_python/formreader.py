"""Reads the form of a request: its query string and its body, in blocks, into fields.

Source: the manual's chapter on `util.FieldStorage`; decisions A1, A12 and N4 in docs/decisions.md.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mod_python import interpreter
from mod_python.formfields import Field, FieldList, StringField
from mod_python.forms import (
    ContentTypeError,
    FormOptions,
    FormTooLargeError,
    LengthRequiredError,
    MultipartDecoder,
    Part,
    boundary,
)
from mod_python.octets import to_str
from mod_python.query import parse_qsl

#: Bytes asked from the client at once.
readBlockSize = 65368  # noqa: N816 - the documented name


class SpooledFile(tempfile.SpooledTemporaryFile[bytes]):
    """A file in memory that moves to disk when it grows."""

    def rollover(self) -> None:
        interpreter.run_uninterruptible(tempfile.SpooledTemporaryFile.rollover, self)  # a bare descriptor is in it

    # SpooledTemporaryFile has these three only since Python 3.11; io.TextIOWrapper and zipfile ask for them.

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


@dataclass
class FormReader:
    """Collects the fields of `req` into `fields`.

    `open_upload(filename)` and `open_text()` make the binary files that uploads and texts are written to; by default
    uploads are spooled to an anonymous file and texts stay in memory.
    """

    req: Any
    fields: FieldList
    options: FormOptions
    keep_blank_values: bool = False
    open_upload: Callable[[str], Any] | None = None
    open_text: Callable[[], Any] | None = None
    _text_size: int = 0
    _files: int = 0

    def read(self) -> None:
        """Adds the fields of the query string and those of the body of a POST, which is read to its end.

        Raises `FormError`, and what `req.read` and the callbacks raise; then no field is left.
        """
        try:
            if self.req.args:
                self._add_pairs(self.req.args)
            if self.req.method == "POST":
                self._read_body()
        except BaseException:
            self.fields.clear()  # closes the uploads now, though the traceback keeps their files
            raise

    def _read_body(self) -> None:
        self._check_length()
        content_type = self.req.headers_in.get("Content-Type", "").strip()
        kind = content_type.lower()
        if not kind or kind.startswith("application/x-www-form-urlencoded"):
            self._read_urlencoded()
        elif kind.startswith("multipart/"):
            self._read_multipart(boundary(content_type))
        else:
            raise ContentTypeError(f"no form: Content-Type {content_type!r}")

    def _check_length(self) -> None:
        headers = self.req.headers_in
        length = headers.get("Content-Length", "0").strip()
        if not headers.get("Transfer-Encoding") and not (length.isascii() and length.isdecimal()):
            raise LengthRequiredError(f"Content-Length is {length!r}")

    def _blocks(self) -> Iterator[bytes]:
        return iter(lambda: self.req.read(readBlockSize), b"")

    def _add(self, field: Any) -> None:
        self._check_number(len(self.fields) + 1)
        self.fields.append(field)

    def _check_number(self, fields: int) -> None:
        if fields > self.options.max_fields:
            raise FormTooLargeError(f"more than {self.options.max_fields} fields ({FormOptions.prefix}max_fields)")

    def _add_pairs(self, data: str) -> None:
        try:
            pairs = parse_qsl(
                data,
                self.keep_blank_values,
                separators=self.options.separators,
                max_num_fields=self.options.max_fields,
            )
        except ValueError as error:
            raise FormTooLargeError(f"{error} ({FormOptions.prefix}max_fields)") from error
        self._check_number(len(self.fields) + len(pairs))
        self.fields.extend([_named(name, value) for name, value in pairs])

    def _count_text(self, size: int) -> None:
        self._text_size += size
        if self._text_size > self.options.max_memory:
            raise FormTooLargeError(
                f"more than {self.options.max_memory} bytes of text and part headers ({FormOptions.prefix}max_memory)"
            )

    def _read_urlencoded(self) -> None:
        body = bytearray()
        for block in self._blocks():
            self._count_text(len(block))
            body += block
        self._add_pairs(to_str(body))

    def _read_multipart(self, boundary: bytes) -> None:
        first = self.req.read(readBlockSize)
        if not first:  # Content-Length: 0, or somebody read the body before
            return
        decoder = MultipartDecoder(boundary, self.options)
        events = self._events(decoder, first)
        for part in events:
            self._collect(part, events)

    def _events(self, decoder: MultipartDecoder, first: bytes) -> Iterator[Any]:
        yield from decoder.feed(first)
        for block in self._blocks():
            yield from decoder.feed(block)
        yield from decoder.feed(b"")

    def _collect(self, part: Part, events: Iterator[Any]) -> None:
        """Takes the content of `part` from `events` and adds the field."""
        self._count_text(part.size)
        content = iter(events.__next__, None)
        if part.filename:
            self._collect_upload(part, part.filename, content)
        else:
            self._collect_text(part, content)

    def _collect_upload(self, part: Part, filename: str, content: Iterator[bytes]) -> None:
        file = self._open_upload(filename)
        self._add(_upload(part, file))  # from here on the field closes the file, whatever happens
        for block in content:
            file.write(block)
        file.seek(0)

    def _collect_text(self, part: Part, content: Iterator[bytes]) -> None:
        file = self._open_text(part)
        for block in content:
            self._count_text(len(block))
            file.write(block)
        file.seek(0)
        self._add(_text(part, file))

    def _open_text(self, part: Part) -> Any:
        if part.filename is not None:  # a file input in which no file was chosen
            return self._open_upload(part.filename)
        return self.open_text() if self.open_text else io.BytesIO()

    def _open_upload(self, filename: str) -> Any:
        if self._files >= self.options.max_files:
            raise FormTooLargeError(f"more than {self.options.max_files} files ({FormOptions.prefix}max_files)")
        self._files += 1
        if self.open_upload:
            return self.open_upload(filename)
        return interpreter.run_uninterruptible(SpooledFile, self.options.spool_size)  # its `__del__` wants a whole one


def _named(name: str, value: str) -> StringField:
    field = StringField(value)
    field.name = name
    return field


def _upload(part: Part, file: Any) -> Field:
    described = (part.type, part.type_options, part.disposition, part.disposition_options)
    return Field(part.name, file, *described, headers=part.headers)


def _text(part: Part, file: Any) -> StringField:
    field = StringField(file.read())
    file.seek(0)
    field.name, field.filename, field.file = part.name, part.filename, file
    field.type, field.type_options = part.type, part.type_options
    field.disposition, field.disposition_options = part.disposition, part.disposition_options
    field.headers = part.headers
    return field
