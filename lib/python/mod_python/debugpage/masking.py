"""Keeps secrets off the debug page: what has a telling name, and what the request itself brought as credentials."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from typing import Any

MASK = "•••"

_LONGEST = 100_000
"""Characters that are looked at; no page shows as many."""
_SHORTEST_SECRET = 4
"""Characters; shorter values of cookies are everywhere, and protect nothing."""

_TELLING = "passw|passphrase|pwd|secret|token|key|authori[sz]|credential|cookie|session|csrf|private|signature"
_NAME = rf"(?<![\w.-])(?![\w.]{{0,80}}(?:Error|Exception)\b)(?:[\w.-]{{0,60}}?(?:{_TELLING})[\w.-]{{0,60}}|pass|pw)"
_VALUE = r"""[bfrtu]{0,2}(?:'{3}.*?(?:'{3}|(?m:$))|"{3}.*?(?:"{3}|(?m:$))|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|\d+"""
_GAP = r"\s{0,20}"  # bounded, since several in a row would share a long one in very many ways
_BETWEEN = rf"""(?:['"]{_GAP},|['"\]]{{0,2}}(?:{_GAP}:{_GAP}[\w.\[\]| ]{{1,60}})?{_GAP}[:=]){_GAP}"""

_CERTAIN = "passw|passphrase|pwd|secret|token|api_?key|authori[sz]|credential|^pass$|^pw$"

_secret_name = re.compile(rf"(?:{_TELLING})|^(?:pass|pw)$", re.IGNORECASE)
_certain_name = re.compile(_CERTAIN, re.IGNORECASE)
_assignment = re.compile(rf"({_NAME}{_BETWEEN})(?:{_VALUE})", re.IGNORECASE)
_query_argument = re.compile(rf"(?<=[?&;])({_NAME}=)[^&;#\s'\"]+", re.IGNORECASE)
_url_password = re.compile(r"(://[^/\s:@'\"]{0,200}:)[^/\s@'\"]+(?=@)")
_control = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def is_secret(name: str) -> bool:
    """Whether what has this name, a variable, a header or an option, is nobody's business."""
    return bool(_secret_name.search(name)) and not name.startswith("mod_python.")


class Masker:
    """Masks texts of one page."""

    def __init__(self, headers: Iterable[tuple[str, str]] = ()) -> None:
        """`headers` are those of the request: the values of the secret ones are masked wherever they turn up."""
        self._values: list[str] = []
        for name, header in headers:
            if is_secret(name):
                self._hide(_secrets_in(header))

    def hide(self, facts: Iterable[tuple[str, object]]) -> None:
        """Masks texts wherever they turn up, if their names leave no doubt: `key` is not enough, `api_key` is."""
        for name, value in facts:
            text = _text_of(value) if _certain_name.search(name) else None
            if text:
                self._hide([text])

    def _hide(self, values: Iterable[str]) -> None:
        found = {value for value in values if len(value) >= _SHORTEST_SECRET}
        self._values = sorted(found.union(self._values), key=len, reverse=True)

    def text(self, text: str, longest: int = _LONGEST) -> str:
        """The text without secrets, control characters escaped, cut to `longest` characters."""
        text = _control.sub(lambda found: f"\\x{ord(found[0]):02x}", text[:_LONGEST])
        for pattern in (_assignment, _query_argument, _url_password):
            text = pattern.sub(rf"\1{MASK}", text)
        for value in self._values:
            text = text.replace(value, MASK)
        return text if len(text) <= longest else f"{text[:longest]}…"

    def value(self, name: str, text: str, longest: int) -> str:
        """The value of something called `name`, as `text` does it."""
        return MASK if is_secret(name) else self.text(text, longest)


def _text_of(value: Any) -> str | None:
    """A `str` or `bytes` as text, whatever a subclass makes of it; None for anything else."""
    kind = type(value)
    if issubclass(kind, str):
        return str.__str__(value)
    return bytes.decode(value, "latin-1") if issubclass(kind, bytes) else None


def _secrets_in(header: str) -> Iterator[str]:
    """What must not be seen of a header: all of it, the credentials in it, the values of cookies."""
    yield header
    _, _, credentials = header.partition(" ")
    yield credentials.strip()
    yield from _decoded(credentials)
    for pair in header.split(";"):
        yield pair.partition("=")[2].strip().strip('"')


def _decoded(credentials: str) -> Iterator[str]:
    """User and password of Basic authentication (RFC 7617), and the password."""
    try:
        text = base64.b64decode(credentials, validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        return
    yield text
    yield text.partition(":")[2]
