"""How httpd's bytes become `str` and back: one lossless rule, decisions T1 and T2."""

from __future__ import annotations

from typing import Any


def decode(raw: bytes) -> str:
    """UTF-8, with bytes that are not UTF-8 kept as surrogates: never raises, and `encode` restores the same bytes."""
    return raw.decode("utf-8", "surrogateescape")


def decode_user(raw: bytes) -> str:
    """User names and passwords: UTF-8 when valid, else Latin-1 (decision T2)."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def encode(value: Any, what: str = "value") -> bytes:
    """The bytes httpd stores for `value`.

    Raises:
        TypeError: `value` is neither `str` nor bytes-like; the message calls it `what`.
        ValueError: it contains NUL, which would cut it short in C, or a surrogate that stands for no byte.
    """
    if isinstance(value, str):
        raw = value.encode("utf-8", "surrogateescape")
    elif isinstance(value, (bytes, bytearray, memoryview)):
        raw = bytes(value)
    else:
        raise TypeError(f"{what} must be str or bytes, not {type(value).__name__}")
    if b"\0" in raw:
        raise ValueError(f"{what} must not contain NUL")
    return raw


def encode_header(value: Any, what: str = "header") -> bytes:
    """As `encode`, for anything that may be sent as part of a header: CR and LF raise ValueError as well."""
    if type(value) is str and value.isascii() and value.isprintable():
        return value.encode()
    raw = encode(value, what)
    if b"\r" in raw or b"\n" in raw:
        raise ValueError(f"{what} must not contain CR or LF")
    return raw


def body_bytes(data: Any) -> Any:
    """Body data as something with a buffer: `str` becomes UTF-8 (decision T3), bytes-like objects stay what they are.

    Raises:
        TypeError: `data` is neither.
    """
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        return data.encode("utf-8", "surrogateescape")
    try:
        return memoryview(data).cast("B")
    except TypeError:
        raise TypeError(f"body data must be str or bytes-like, not {type(data).__name__}") from None
