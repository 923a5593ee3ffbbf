"""Form data, redirects and calls with form fields.

Source: the manual's chapter on `mod_python.util`; decisions A1, A4, A9, A12 and N4 in docs/decisions.md.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NoReturn
from urllib.parse import quote

from mod_python import callmatch
from mod_python.callmatch import ArgumentError
from mod_python.constants import DONE, HTTP_MOVED_PERMANENTLY, HTTP_MOVED_TEMPORARILY
from mod_python.errors import SERVER_RETURN
from mod_python.formfields import Field, FieldList, StringField, key
from mod_python.formreader import FormReader, readBlockSize
from mod_python.forms import FormError, FormOptions
from mod_python.headers import parse_header
from mod_python.octets import to_bytes
from mod_python.query import parse_qs, parse_qsl

__all__ = [
    "ArgumentError",
    "Field",
    "FieldList",
    "FieldStorage",
    "StringField",
    "apply_fs_data",
    "parse_header",
    "parse_qs",
    "parse_qsl",
    "readBlockSize",
    "redirect",
]

#: What RFC 3986 allows in a URI besides letters and digits; `%` because the location may be encoded already.
_URI_CHARACTERS = "%:/?#[]@!$&'()*+,;=-._~"

_REDIRECTION = '<p>The document has moved <a href="{0}">here</a>.</p>\n'


class FieldStorage:
    """The form of a request: the query string and, for a POST, the body, which is read completely.

    `keep_blank_values` true keeps `a=` and bare `a` of query strings and urlencoded bodies as empty values.
    `strict_parsing` is accepted and ignored. `file_callback(filename)` and `field_callback()` make the binary files
    that parts with and without a file name are written to (`write(bytes)`, `seek(0)`, `read()`); by default uploads
    go to an anonymous file and texts stay in memory. Things that cannot be called are ignored.

    Attribute `list` holds all fields in order, those of the query string first: `StringField` for texts, `Field` for
    uploads. Names and texts are `str`; look-ups accept `bytes` names too.

    Limits, set by `PythonOption`:

    | option                                 | default  | meaning                                        | beyond |
    |----------------------------------------|----------|------------------------------------------------|--------|
    | `mod_python.form.max_fields`           | 10000    | fields of query string and body together       | 413    |
    | `mod_python.form.max_files`            | 256      | uploads                                        | 413    |
    | `mod_python.form.max_memory`           | 16777216 | bytes of an urlencoded body; of text parts and | 413    |
    |                                        |          | the headers of all parts                       |        |
    | `mod_python.form.spool_size`           | 65536    | bytes of an upload kept in memory              | disk   |
    | `mod_python.form.max_part_headers`     | 16       | headers of one part                            | 413    |
    | `mod_python.form.max_part_header_size` | 8190     | bytes of one header line of a part             | 413    |
    | `mod_python.form.separators`           | `&`      | what separates pairs: `&`, `;` or `&;`         |        |

    The size of the whole body is limited by httpd's `LimitRequestBody`.

    Raises `SERVER_RETURN` and logs the reason: 400 for a malformed or truncated multipart body or a missing or long
    boundary, 411 for a `Content-Length` that is no number, 413 for a limit, 500 for a wrong option, 501 for another
    content type. What `req.read` raises, such as `OSError` when the client is gone, passes through.
    """

    def __init__(
        self,
        req: Any,
        keep_blank_values: Any = 0,
        strict_parsing: Any = 0,
        file_callback: Callable[[str], BinaryIO] | None = None,
        field_callback: Callable[[], BinaryIO] | None = None,
    ) -> None:
        self.list = FieldList()
        if not (req.args or req.method == "POST"):
            return
        uploads = file_callback if callable(file_callback) else None
        texts = field_callback if callable(field_callback) else None
        try:
            options = FormOptions.read(req.get_options())
            FormReader(req, self.list, options, bool(keep_blank_values), uploads, texts).read()
        except FormError as error:
            req.log_error(f"{error.message_id}: {error}", error.level)
            raise SERVER_RETURN(error.status) from error

    def __getitem__(self, name: str | bytes | None) -> Any:
        fields = self.list.table()[key(name)]
        return fields[0] if len(fields) == 1 else list(fields)

    def get(self, name: str | bytes | None, default: Any = None) -> Any:
        """As `self[name]`, or `default`."""
        try:
            return self[name]
        except KeyError:
            return default

    def getfirst(self, name: str | bytes | None, default: Any = None) -> Any:
        """The first field called `name`, or `default`."""
        return next(iter(self.getlist(name)), default)

    def getlist(self, name: str | bytes | None) -> list[Any]:
        """All fields called `name`, in order."""
        return list(self.list.table().get(key(name), ()))

    def __contains__(self, name: str | bytes | None) -> bool:
        return key(name) in self.list.table()

    def has_key(self, name: str | bytes | None) -> bool:
        """Whether there is a field called `name`."""
        return name in self

    def keys(self) -> list[Any]:
        """The distinct names, in order of first arrival."""
        return list(self.list.table())

    def values(self) -> list[Any]:
        """All fields, in order of arrival."""
        return list(self.list)

    def items(self) -> list[tuple[Any, Any]]:
        """`(name, field)` for every field, in order of arrival."""
        return [(key(field.name), field) for field in self.list]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.list.table())

    def add_field(self, name: str | bytes, value: Any) -> None:
        """Appends a text field."""
        field = StringField(value)
        field.name = key(name)
        self.list.append(field)

    def __setitem__(self, name: str | bytes, value: Any) -> None:
        self._remove(name)
        self.add_field(name, value)

    def __delitem__(self, name: str | bytes | None) -> None:
        if name not in self:
            raise KeyError(name)
        self._remove(name)

    def _remove(self, name: str | bytes | None) -> None:
        self.list[:] = [field for field in self.list if key(field.name) != key(name)]

    def clear(self) -> None:
        """Forgets all fields."""
        self.list = FieldList()

    def __repr__(self) -> str:
        return repr(self.list.table())


def apply_fs_data(object: Callable[..., Any], fs: FieldStorage, **args: Any) -> Any:
    """Calls `object` with those fields of `fs` and those of `args` that it accepts, and returns its result.

    A text is passed as `str`, an upload as `Field`, repeated fields as a list. `args` win over fields of the same
    name. How names are matched is told by `mod_python.callmatch.arguments`.

    Raises `ArgumentError`, a `TypeError`, before the call when a mandatory argument is missing.
    """
    positional, keywords = callmatch.arguments(object, {**_values(fs.list), **args} if fs.list else args)
    return object(*positional, **keywords)


def _values(fields: list[Any]) -> dict[Any, Any]:
    values: dict[Any, list[Any]] = {}
    for field in fields:
        values.setdefault(key(field.name), []).append(field if field.filename else field.value)
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def redirect(req: Any, location: str, permanent: Any = 0, text: str | bytes | None = None) -> NoReturn:
    """Sends the client to `location`: 301 when `permanent` is true, else 302. Never returns.

    What a URI cannot contain is percent-encoded in `location`; a relative one stays relative. `text` is the body of the
    response, by default a line of HTML with a link.

    Raises `SERVER_RETURN(DONE)` at the end; `TypeError` when `location` is not `str`, `ValueError` when it contains
    CR, LF or NUL, `OSError` when a part of the body has been sent already.
    """
    if not isinstance(location, str):
        raise TypeError(f"the location of a redirect is str, not {type(location).__name__}")
    if not {"\r", "\n", "\0"}.isdisjoint(location):
        raise ValueError(f"the location of a redirect contains CR, LF or NUL: {location!r}")
    if req.sent_bodyct:
        raise OSError("cannot redirect: a part of the body has been sent already")
    uri = quote(to_bytes(location), safe=_URI_CHARACTERS)
    req.err_headers_out["Location"] = uri
    req.status = HTTP_MOVED_PERMANENTLY if permanent else HTTP_MOVED_TEMPORARILY
    req.write(_REDIRECTION.format(html.escape(uri)) if text is None else text)
    raise SERVER_RETURN(DONE)
