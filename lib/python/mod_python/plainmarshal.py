"""Marshal for plain data: `None`, numbers, strings, and collections of them; nothing that can be run.

`marshal` believes the sizes it reads and makes code objects of octets, so the structure is checked before it is used
(security item S4 in docs/decisions.md). The format is that of CPython's Python/marshal.c, versions 2 to 5.
"""

from __future__ import annotations

import marshal
from typing import Any

_REFERABLE = 0x80

#: Type code to number of octets that follow: None, True, False, int, float, complex.
_FIXED = {b"N": 0, b"T": 0, b"F": 0, b"i": 4, b"g": 8, b"y": 16}

#: Type code to width of the size that follows, and octets for each unit of it: strings, and long integers.
_SIZED = {**dict.fromkeys((b"s", b"t", b"u", b"a", b"A"), (4, 1)), b"z": (1, 1), b"Z": (1, 1), b"l": (4, 2)}

#: Type code to width of the number of items that follows: tuple, list, set, frozenset, short tuple.
_COUNTED = {b"(": 4, b"[": 4, b"<": 4, b">": 4, b")": 1}

#: Of these, the ones that have a hash, if all in them has.
_HASHABLE = frozenset({b"(", b")", b">"})

_DICT, _END_OF_DICT, _REFERENCE = b"{", b"0", b"r"

#: What CPython gives no number by which to refer to it, even where the octets ask for one.
_NEVER_REFERABLE = frozenset({b"N", b"T", b"F", _END_OF_DICT, _REFERENCE})


class _Open:
    """A collection that is not complete yet."""

    def __init__(self, missing: int, reference: int | None = None) -> None:
        self.missing = missing
        """Items to come; less than 0 in a dictionary."""
        self.reference = reference
        """The number by which later data can refer to it; None: it cannot, or that does no harm."""


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
        self._open = [_Open(1)]
        self._referable = 0  # objects that references can mean, so far

    def check(self) -> None:
        while self._open:
            if self._open[-1].missing:
                self._open[-1].missing -= 1
                self._object(self._take(1)[0])
            else:
                self._open.pop()

    def _object(self, octet: int) -> None:
        code = bytes([octet & ~_REFERABLE])
        is_referable = octet & _REFERABLE and code not in _NEVER_REFERABLE
        reference = self._referable if is_referable else None
        self._referable += reference is not None
        if code in _FIXED:
            self._take(_FIXED[code])
        elif code in _SIZED:
            width, unit = _SIZED[code]
            self._take(abs(self._number(width)) * unit)
        elif code in _COUNTED:
            self._open.append(_Open(self._count(_COUNTED[code]), reference if code in _HASHABLE else None))
        elif code == _DICT:
            self._open.append(_Open(-1))
        elif code == _END_OF_DICT and self._open[-1].missing < 0:
            self._open.pop()
        elif code == _REFERENCE:
            self._refer(self._number(4))
        else:
            raise ValueError(f"marshal data of type {code!r} is no plain data")

    def _refer(self, reference: int) -> None:
        """To no tuple that is not complete: one inside itself has no hash, and CPython crashes when it looks for it."""
        if any(outer.reference == reference for outer in self._open):
            raise ValueError("a marshalled tuple inside itself is no plain data")

    def _count(self, width: int) -> int:
        count = self._number(width)
        if not 0 <= count <= len(self._octets) - self._position:
            raise ValueError("marshal data too short")
        return count

    def _number(self, width: int) -> int:
        return int.from_bytes(self._take(width), "little", signed=width > 1)

    def _take(self, size: int) -> bytes:
        taken = self._octets[self._position : self._position + size]
        if len(taken) < size:
            raise ValueError("marshal data too short")
        self._position += size
        return taken
