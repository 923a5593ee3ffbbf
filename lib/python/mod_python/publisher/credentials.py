"""User name and password as HTTP Basic authentication sends them, and their comparison.

Source: RFC 7617.
"""

from __future__ import annotations

import base64
import hmac
import re

_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_BREAKS = re.compile(r"[\x00-\x1f\x7f]+")


def basic_credentials(header: str | None) -> tuple[str, str] | None:
    """Return (user, password) of an `Authorization` header, or `None` without one or with another scheme.

    Text is UTF-8 when valid, else Latin-1 (decision T2). Raises `ValueError` when the header is malformed.
    """
    scheme, _, token = (header or "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    pair = base64.b64decode(token.strip(), validate=True)
    if b":" not in pair or _CONTROL.search(pair):
        raise ValueError("Basic credentials are no user:password pair")
    user, _, password = _text(pair).partition(":")
    return user, password


def challenge(realm: object) -> str:
    """Return the value of `WWW-Authenticate` that asks for Basic credentials in `realm`."""
    quoted = _BREAKS.sub(" ", str(realm)).replace("\\", "\\\\").replace('"', '\\"')
    return f'Basic realm="{quoted}"'


def same_password(secret: object, password: str) -> bool:
    """Compare in a time that does not depend on how much of the password is right."""
    expected = _octets(secret) if isinstance(secret, str) else secret
    return isinstance(expected, bytes) and hmac.compare_digest(expected, _octets(password))


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(octets: bytes) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")
