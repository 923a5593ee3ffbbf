"""Text for octets and back: UTF-8 in which bytes that are not UTF-8 survive.

Decision T1 in docs/decisions.md: reading never raises, and writing back what was read restores the same bytes.
"""

from __future__ import annotations

from typing import Any


def to_str(value: Any) -> str:
    """The text of `value`: octets are decoded, an exact `str` is made of a subclass, anything else is printed."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return str(value, "utf-8", "surrogateescape")
    return str(value)


def to_bytes(value: Any) -> bytes:
    """The octets of `value`, the inverse of `to_str`.

    Raises `UnicodeEncodeError` (a `ValueError`) for surrogates that stand for no octet.
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    return str(value).encode("utf-8", "surrogateescape")
