"""Query strings and urlencoded bodies: octets in, pairs out.

Source: URL Standard, section application/x-www-form-urlencoded; decisions A1 and A4 in docs/decisions.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, AnyStr
from urllib.parse import unquote_to_bytes

from mod_python.octets import to_bytes, to_str

#: What lies between separators, for each choice of separators.
_PARTS = {
    frozenset("&"): re.compile("[^&]+"),
    frozenset(";"): re.compile("[^;]+"),
    frozenset("&;"): re.compile("[^&;]+"),
}


#: Bytes that are unescaped at once: `unquote_to_bytes` makes 80 times as much of escapes meanwhile.
_BLOCK = 65536


def parse_qs(
    qs: AnyStr,
    keep_blank_values: Any = 0,
    strict_parsing: Any = 0,
    *,
    separators: str = "&",
    max_num_fields: int | None = None,
) -> dict[AnyStr, list[AnyStr]]:
    """The pairs of `qs` as a dictionary of name to list of values. Arguments and errors are those of `parse_qsl`."""
    values: dict[AnyStr, list[AnyStr]] = {}
    pairs = parse_qsl(qs, keep_blank_values, strict_parsing, separators=separators, max_num_fields=max_num_fields)
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def parse_qsl(
    qs: AnyStr,
    keep_blank_values: Any = 0,
    strict_parsing: Any = 0,
    *,
    separators: str = "&",
    max_num_fields: int | None = None,
) -> list[tuple[AnyStr, AnyStr]]:
    """The pairs of `qs` in order, as `(name, value)`.

    `str` in, `str` out (UTF-8, other bytes by `surrogateescape`); `bytes` in, `bytes` out. Pairs without a value are
    dropped unless `keep_blank_values` is true. `strict_parsing` is accepted and ignored: no input is an error.
    `separators` holds the characters that end a pair: `"&"`, `";"` or `"&;"`.

    Raises `TypeError` when `qs` is neither `str` nor `bytes`, `ValueError` when there are more than `max_num_fields`
    pairs or other `separators`, and `UnicodeEncodeError` (a `ValueError`) for surrogates that stand for no byte.
    """
    if frozenset(separators) not in _PARTS:
        raise ValueError(f"separators are '&', ';' or both, not {separators!r}")
    if not isinstance(qs, (str, bytes)):
        raise TypeError(f"a query string is str or bytes, not {type(qs).__name__}")
    parts = _parts(to_str(to_bytes(qs)).replace("+", " "), separators, max_num_fields)
    pairs = [_pair(part) for part in parts]
    kept = pairs if keep_blank_values else [pair for pair in pairs if pair[1]]
    return [(to_bytes(name), to_bytes(value)) for name, value in kept] if isinstance(qs, bytes) else kept


def _parts(text: str, separators: str, limit: int | None) -> list[str]:
    """The non-empty stretches between separators; looks no further than one beyond the limit."""
    matches = _PARTS[frozenset(separators)].finditer(text)
    parts = [match[0] for match in islice(matches, None if limit is None else limit + 1)]
    if limit is not None and len(parts) > limit:
        raise ValueError(f"more than {limit} fields")
    return parts


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return (_unescaped(name), _unescaped(value)) if "%" in part else (name, value)


def _unescaped(text: str) -> str:
    return to_str(b"".join(map(unquote_to_bytes, _blocks(to_bytes(text)))))


def _blocks(octets: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(octets):
        end = start + _BLOCK
        escape = octets.find(b"%", end - 2, end)  # would be torn apart
        end = end if escape < 0 else escape
        yield octets[start:end]
        start = end
