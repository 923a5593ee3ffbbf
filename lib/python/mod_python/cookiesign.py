"""Signatures of cookies: the one that is written, and the one of older versions that is still read.

Source: decision A3 and security item S12 in docs/decisions.md.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
from collections.abc import Callable

Scheme = Callable[[bytes, bytes, bytes], str]

# Cookie signatures of older versions are read even where the platform refuses MD5 as a means of security.
_md5 = functools.partial(hashlib.new, "md5", usedforsecurity=False)


def sign(secret: bytes, name: bytes, value: bytes) -> str:
    """HMAC-SHA-256 over the pair as it is sent. A name has no `=`, so no other name and value sign alike."""
    return hmac.new(secret, name + b"=" + value, hashlib.sha256).hexdigest()


def sign_md5(secret: bytes, name: bytes, value: bytes) -> str:
    """HMAC-MD5 over name and value. Raises `ValueError` where there is no MD5 at all."""
    return hmac.new(secret, name + value, _md5).hexdigest()


#: Number of hexadecimal digits in front of the value.
DIGITS: dict[Scheme, int] = {sign: 64, sign_md5: 32}


def verify(secret: bytes, name: bytes, signed: bytes) -> tuple[Scheme, bytes]:
    """The scheme that `signed`, a signature followed by a value, is signed with, and the value.

    Raises `ValueError` when no scheme fits. Comparison takes the same time for every wrong signature.
    """
    for scheme, digits in DIGITS.items():
        value = signed[digits:]
        if hmac.compare_digest(signed[:digits], scheme(secret, name, value).encode()):
            return scheme, value
    raise ValueError("the signature does not match")
