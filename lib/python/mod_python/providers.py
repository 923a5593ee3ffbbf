"""What the answers of authentication and authorisation functions mean to httpd 2.4. Anything unclear means no."""

from __future__ import annotations

from typing import Any

# authn_status and authz_status of httpd's mod_auth.h
AUTH_DENIED = 0
AUTH_GRANTED = 1
AUTH_USER_FOUND = 2
AUTH_USER_NOT_FOUND = 3
AUTH_GENERAL_ERROR = 4

AUTHZ_DENIED = 0
AUTHZ_GRANTED = 1
AUTHZ_NEUTRAL = 2
AUTHZ_GENERAL_ERROR = 3
AUTHZ_DENIED_NO_USER = 4


def _must_be(answer: Any, what: str) -> None:
    raise TypeError(f"{what}, not {type(answer).__name__} {answer!r}")


def authentication(answer: Any) -> int:
    """True: the password is right; False: it is wrong; None: the user is not known here, ask the next provider.

    Raises TypeError for anything else, so that a forgotten `return` cannot let anyone in.
    """
    if answer is True:
        return AUTH_GRANTED
    if answer is False:
        return AUTH_DENIED
    if answer is not None:
        _must_be(answer, "check_password must return True, False or None")
    return AUTH_USER_NOT_FOUND


def digest(answer: Any) -> int:
    """Text: the MD5 of `user:realm:password` in hexadecimal; None: the user is not known here."""
    return AUTH_USER_NOT_FOUND if answer is None else AUTH_USER_FOUND


def authorization(answer: Any, user: str | None) -> int:
    """True: granted; False: denied, or not yet decided when no user is known; None: no opinion.

    Raises TypeError for anything else.
    """
    if answer is True:
        return AUTHZ_GRANTED
    if answer is False:
        return AUTHZ_DENIED if user is not None else AUTHZ_DENIED_NO_USER
    if answer is not None:
        _must_be(answer, "a Require python function must return True, False or None")
    return AUTHZ_NEUTRAL
