"""The fields of a form: uploads, texts, and the list that holds them.

Source: the manual's chapter on `util`; decision A1 and defects D5 to D7, D14 and D17 in docs/decisions.md.
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Mapping
from typing import Any, BinaryIO

from mod_python.octets import to_bytes, to_str

_MAPPINGS = {"type_options", "disposition_options", "headers"}

#: What a file name must not bring along: control characters, and octets that are not UTF-8.
_UNSAFE_IN_NAME = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Field:
    """An uploaded file.

    `name` is the form's input name; `file` a binary file at position 0, closed when the field is collected; `filename`
    the name as the client sent it (never use it as a path: see `basename`). `type` and `type_options` come from the
    part's `Content-Type`, `disposition` and `disposition_options` from its `Content-Disposition`; `headers` is a table
    of all headers of the part.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the documented signature
        self,
        name: str | None,
        file: Any = None,
        ctype: str | None = None,
        type_options: Mapping[Any, str] | None = None,
        disp: str | None = None,
        disp_options: Mapping[Any, str] | None = None,
        headers: Any = None,
    ) -> None:
        self.name = name
        self.file = file
        self.type = ctype
        self.type_options = {} if type_options is None else type_options
        self.disposition = disp
        self.disposition_options = {} if disp_options is None else disp_options
        self.headers = {} if headers is None else headers
        self.filename = self.disposition_options.get("filename")

    @property
    def value(self) -> bytes | None:
        """The whole upload, read into memory; `None` without a file. `TypeError` when the file is not a binary one."""
        if not self.file:
            return None
        self.file.seek(0)
        content = self.file.read()
        self.file.seek(0)
        if not isinstance(content, bytes):
            raise TypeError(f"the file of a field gives bytes, not {type(content).__name__}")
        return content

    @property
    def basename(self) -> str | None:
        """The last component of `filename` without control characters and leading dots; `None` when nothing is left."""
        last = re.split(r"[/\\]", self.filename or "")[-1]
        return _UNSAFE_IN_NAME.sub("", last).lstrip(". ") or None

    def __repr__(self) -> str:
        return f"Field({self.name!r}, {self.value!r})"

    def __del__(self) -> None:
        close = getattr(getattr(self, "file", None), "close", None)
        if close:
            close()


class StringField(str):
    """A text field: a `str` that knows its name.

    `value` is the plain text, `raw` the octets behind it, `file` a binary file of them. The attributes of `Field`
    exist here too; they say something only for a part of a multipart body, and `filename` is `None` or empty.
    """

    name: Any = None
    value: str
    filename: str | None = None
    headers: Any
    type = "text/plain"
    type_options: Mapping[Any, str]
    disposition: str | None = None
    disposition_options: Mapping[Any, str]
    ctype = "text/plain"
    disp_options: None = None
    _file: Any = None

    def __new__(cls, value: object = "") -> StringField:
        text = value if type(value) is str else to_str(value)
        self = str.__new__(cls, text)
        self.value = text
        return self

    def __getattr__(self, name: str) -> Any:
        """The mappings, which only parts of a multipart body have from the start."""
        if name not in _MAPPINGS:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        empty = self.__dict__[name] = {}
        return empty

    @property
    def raw(self) -> bytes:
        """The octets of the text, as the client sent them."""
        return to_bytes(self.value)

    @property
    def file(self) -> BinaryIO:
        """A binary file of `raw`; for a part of a multipart body, the file it was collected in."""
        if self._file is None:
            self._file = io.BytesIO(self.raw)
        file: BinaryIO = self._file
        return file

    @file.setter
    def file(self, file: BinaryIO) -> None:
        self._file = file

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_file": None}

    def __repr__(self) -> str:
        return f"Field({self.name!r}, {self.value!r})"


class FieldList(list[Any]):
    """The fields of a form in order of arrival, with an index by name."""

    _table: dict[Any, list[Any]] | None = None

    def table(self) -> dict[Any, list[Any]]:
        """A dictionary of name to the list of its fields; names in order of first arrival."""
        if self._table is None:
            self._table = {}
            for field in self:
                self._table.setdefault(key(field.name), []).append(field)
        return self._table


def key(name: object) -> Any:
    """The name under which a field is found: `str` for `bytes`, anything else as it is."""
    return to_str(name) if isinstance(name, bytes) else name


def _forgetting(method: Any) -> Any:
    """`method` of `list`, after which the index is made anew."""

    @functools.wraps(method)
    def change(self: FieldList, *args: Any, **kwargs: Any) -> Any:
        self._table = None
        return method(self, *args, **kwargs)

    return change


for _name in (
    *("append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse"),
    *("__delitem__", "__setitem__", "__iadd__", "__imul__"),
):
    setattr(FieldList, _name, _forgetting(getattr(list, _name)))
