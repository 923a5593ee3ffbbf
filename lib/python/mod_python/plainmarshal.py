"""Marshal for plain data: `None`, numbers, strings, and collections of them; nothing that can be run.

`marshal` believes the sizes it reads and makes code objects of octets, so the structure is checked before it is used
(security item S4 in docs/decisions.md). The format is that of CPython's Python/marshal.c, versions 2 to 5.
"""

from __future__ import annotations

import marshal
from typing import Any

_REFERABLE = 0x80

#: Type code to number of octets that follow: None, True, False, int, float, complex, reference.
_FIXED = {b"N": 0, b"T": 0, b"F": 0, b"i": 4, b"g": 8, b"y": 16, b"r": 4}

#: Type code to width of the size that follows, and octets for each unit of it: strings, and long integers.
_SIZED = {**dict.fromkeys((b"s", b"t", b"u", b"a", b"A"), (4, 1)), b"z": (1, 1), b"Z": (1, 1), b"l": (4, 2)}

#: Type code to width of the number of items that follows: tuple, list, set, frozenset, short tuple.
_COUNTED = {b"(": 4, b"[": 4, b"<": 4, b">": 4, b")": 1}

_DICT, _END_OF_DICT = b"{", b"0"


def dumps(value: Any) -> bytes:
    """`marshal.dumps(value)`. Raises `ValueError` when `value` is not plain data."""
    octets = marshal.dumps(value)
    _Structure(octets).check()
    return octets


def loads(octets: bytes) -> Any:
    """`marshal.loads(octets)`. Raises `ValueError` when they do not stand for plain data."""
    _Structure(octets).check()
    try:
        return marshal.loads(octets)
    except (EOFError, TypeError) as error:
        raise ValueError(f"bad marshal data ({error})") from error


class _Structure:
    """Walks through marshalled octets without making anything of them."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._position = 0
        self._missing = [1]  # items still to come in every open collection; less than 0 in a dictionary

    def check(self) -> None:
        while self._missing:
            if self._missing[-1]:
                self._missing[-1] -= 1
                self._object(bytes([self._take(1)[0] & ~_REFERABLE]))
            else:
                self._missing.pop()

    def _object(self, code: bytes) -> None:
        if code in _FIXED:
            self._take(_FIXED[code])
        elif code in _SIZED:
            width, unit = _SIZED[code]
            self._take(abs(self._number(width)) * unit)
        elif code in _COUNTED:
            self._open(self._number(_COUNTED[code]))
        elif code == _DICT:
            self._missing.append(-1)
        elif code == _END_OF_DICT and self._missing[-1] < 0:
            self._missing.pop()
        else:
            raise ValueError(f"marshal data of type {code!r} is no plain data")

    def _open(self, count: int) -> None:
        if not 0 <= count <= len(self._octets) - self._position:
            raise ValueError("marshal data too short")
        self._missing.append(count)

    def _number(self, width: int) -> int:
        return int.from_bytes(self._take(width), "little", signed=width > 1)

    def _take(self, size: int) -> bytes:
        taken = self._octets[self._position : self._position + size]
        if len(taken) < size:
            raise ValueError("marshal data too short")
        self._position += size
        return taken
