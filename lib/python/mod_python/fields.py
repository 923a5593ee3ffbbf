"""Descriptors: fields of a C structure as attributes of a Python object, with the text rules applied.

Each descriptor reads `owner._handle.c.<name>`, so it raises RuntimeError once the structure is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mod_python.ffi import NULL, ffi, lib
from mod_python.text import decode, encode

MICROSECONDS = 1_000_000


def text_or_none(pointer: Any) -> str | None:
    """A C string as `str`; NULL as None."""
    return decode(ffi.string(pointer)) if pointer else None


def packed(function: Callable[..., Any], *arguments: Any) -> bytes:
    """The block that `function` packs, and frees it: its last argument is where it puts the length."""
    length = ffi.new("size_t *")
    block = function(*arguments, length)
    try:
        return bytes(ffi.buffer(block, length[0])) if length[0] else b""
    finally:
        lib.mp_pack_free(block)


def texts(array: Any) -> tuple[str, ...]:
    """An APR array of C strings; NULL as an empty tuple."""
    if array == NULL:
        return ()
    items = ffi.cast("char **", array.elts)
    return tuple(decode(ffi.string(items[i])) for i in range(array.nelts))


def pool_copy(pool: Any, raw: bytes) -> Any:
    """`raw` as a NUL-terminated string that lives as long as `pool`."""
    return lib.apr_pstrmemdup(pool, raw, len(raw))


class Field:
    """A read-only field: whatever `convert` makes of it."""

    def __init__(self, convert: Callable[[Any], Any] = lambda value: value) -> None:
        self.convert = convert

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        return self.convert(getattr(instance._handle.c, self.name))

    def __set__(self, instance: Any, value: Any) -> None:
        raise AttributeError(f"attribute {self.name!r} is read-only")

    def __delete__(self, instance: Any) -> None:
        raise AttributeError(f"attribute {self.name!r} cannot be deleted")


class Text(Field):
    """A C string: `str`, or None for NULL."""

    def __init__(self) -> None:
        super().__init__(text_or_none)

    def __get__(self, instance: Any, owner: type) -> Any:  # as the base class, without a call for each step
        if instance is None:
            return self
        pointer = getattr(instance._handle.c, self.name)
        return ffi.string(pointer).decode("utf-8", "surrogateescape") if pointer else None


class WritableText(Text):
    """A C string that may be assigned `str` or `bytes`, and None if `nullable`."""

    def __init__(self, *, nullable: bool = False, encoder: Callable[..., bytes] = encode) -> None:
        super().__init__()
        self.nullable = nullable
        self.encoder = encoder

    def __set__(self, instance: Any, value: Any) -> None:
        handle = instance._handle
        raw = None if value is None and self.nullable else self.encoder(value, self.name)
        with handle.lock:
            if not handle.running:
                handle.check_use()
            setattr(handle.c, self.name, NULL if raw is None else pool_copy(handle.c.pool, raw))


class WritableInt(Field):
    """A C int that may be assigned an int of its size."""

    def __set__(self, instance: Any, value: Any) -> None:
        if not isinstance(value, int):
            raise TypeError(f"{self.name} must be an int, not {type(value).__name__}")
        setattr(instance._handle.c, self.name, value)


def seconds(time: int) -> float:
    """An apr_time_t as seconds since the epoch."""
    return time / MICROSECONDS


def address(pointer: Any, ip: Any) -> tuple[str, int] | None:
    """An apr_sockaddr_t and its textual address as `(address, port)`."""
    if pointer == NULL:
        return None
    return (text_or_none(ip) or "", pointer.port)


def seconds_field() -> Field:
    """A read-only apr_time_t as float seconds."""
    return Field(seconds)
