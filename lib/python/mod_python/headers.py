"""Header values with parameters, and the headers of one part of a multipart body.

Source: RFC 9110 section 5.6.6, RFC 8187 (extended parameters), RFC 7578 section 4.2 with the URL Standard's escapes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

from mod_python.octets import to_bytes, to_str

_Line = TypeVar("_Line", str, bytes)

#: One `; name=value`. A quoted value ends at the quote before the next `;`, else everything up to `;` is the value.
_PARAMETER = re.compile(r';\s*([^\s=;]+)\s*=\s*("(?:[^"\\]|\\.)*"(?=\s*(?:;|$))|[^;]*)', re.DOTALL)

#: The only encodings RFC 8187 knows.
_EXTENDED_CHARSETS = frozenset({"utf-8", "iso-8859-1"})

#: What browsers write for the three octets that cannot stand in the quoted name of a form field.
_FORM_ESCAPES = re.compile(r"%(0D|0A|22)", re.IGNORECASE)


class Parameters(dict[Any, str]):
    """Parameters of a header value, by lower-case name. Look-ups accept `bytes` names too."""

    def __getitem__(self, name: str | bytes) -> str:
        return super().__getitem__(to_str(name))

    def __contains__(self, name: object) -> bool:
        return super().__contains__(to_str(name))

    def get(self, name: str | bytes, default: Any = None) -> str | Any:
        return super().get(to_str(name), default)


def parse_header(line: _Line) -> tuple[_Line, Parameters]:
    """Splits `line`, such as the value of `Content-Type`, into the lower-case main value and its parameters.

    The main value has the type of `line`. Parameter names are lower-case `str`, values are `str` (UTF-8, other bytes by
    `surrogateescape`) without their quotes; `name*=utf-8''...` is decoded and replaces `name=`. Parameters without
    `=` are left out. Raises `TypeError` when `line` is neither `bytes` nor `str`.
    """
    if not isinstance(line, (str, bytes)):
        raise TypeError(f"a header line is bytes or str, not {type(line).__name__}")
    value, parameters = _parse(to_str(line), _unquote)
    return (value if isinstance(line, str) else to_bytes(value)), parameters


def parse_disposition(line: str) -> tuple[str, Parameters]:
    """`parse_header` for the `Content-Disposition` of a form field, in which `%0D`, `%0A` and `%22` are escapes."""
    return _parse(line, _unquote_form)


def _parse(line: str, unquote: Callable[[str], str]) -> tuple[str, Parameters]:
    parameters, extended = Parameters(), Parameters()
    for name, value in _PARAMETER.findall(line):
        if not name.endswith("*"):
            parameters[name.lower()] = unquote(value.strip())
        elif (text := _extended(value.strip())) is not None:
            extended[name[:-1].lower()] = text
    parameters.update(extended)
    return line.partition(";")[0].strip().lower(), parameters


def _unquote(value: str) -> str:
    """Without the quotes. Backslashes escape only where a quote is escaped: elsewhere they are part of a file name."""
    if len(value) < 2 or not (value[0] == value[-1] == '"'):
        return value
    inner = value[1:-1]
    return re.sub(r'\\(["\\])', r"\1", inner) if '\\"' in inner else inner


def _unquote_form(value: str) -> str:
    return _FORM_ESCAPES.sub(lambda escape: chr(int(escape[1], 16)), _unquote(value))


def _extended(value: str) -> str | None:
    """The text of `charset'language'octets`, or `None` when it is nothing of the kind."""
    charset, _, rest = value.partition("'")
    _, quote, octets = rest.partition("'")
    if not quote or charset.lower() not in _EXTENDED_CHARSETS:
        return None
    return unquote_to_bytes(to_bytes(octets)).decode(charset, "surrogateescape")


class PartHeaders:
    """The headers of one part: a read-only table, case-insensitive, in order, with duplicates.

    `headers[name]` is a `str`, or a list of `str` when the header occurs several times; `get` returns the first.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._pairs = tuple(pairs)

    def _values(self, name: str | bytes) -> list[str]:
        wanted = to_str(name).lower()
        return [value for key, value in self._pairs if key.lower() == wanted]

    def __getitem__(self, name: str | bytes) -> str | list[str]:
        values = self._values(name)
        if not values:
            raise KeyError(name)
        return values[0] if len(values) == 1 else values

    def get(self, name: str | bytes, default: Any = None) -> Any:
        """The first value of header `name`, or `default`."""
        return next(iter(self._values(name)), default)

    def __contains__(self, name: str | bytes) -> bool:
        return bool(self._values(name))

    def has_key(self, name: str | bytes) -> bool:
        """Whether there is a header `name`."""
        return name in self

    def keys(self) -> list[str]:
        """The names in order, duplicates included."""
        return [name for name, _ in self._pairs]

    def values(self) -> list[str]:
        """The values in order."""
        return [value for _, value in self._pairs]

    def items(self) -> list[tuple[str, str]]:
        """The `(name, value)` pairs in order."""
        return list(self._pairs)

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self._pairs)

    def __repr__(self) -> str:
        return repr(self.items())
