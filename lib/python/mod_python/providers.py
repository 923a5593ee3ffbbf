"""What the answers of authentication and authorisation functions mean to httpd 2.4. Anything unclear means no."""

from __future__ import annotations

import re
from typing import Any

from mod_python.request import Request

_MD5 = re.compile("[0-9a-fA-F]{32}")

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
    raise TypeError(f"{what}, not {type(answer).__name__}")  # and not what it is: it may be a secret


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
    """Text: the MD5 of `user:realm:password` in hexadecimal; None: the user is not known here.

    Raises TypeError for anything else: from an empty hash, anyone could compute the right response.
    """
    if answer is None:
        return AUTH_USER_NOT_FOUND
    if not isinstance(answer, str) or not _MD5.fullmatch(answer):
        _must_be(answer, "get_realm_hash must return 32 hexadecimal digits or None")
    return AUTH_USER_FOUND


def authorization(answer: Any, req: Request) -> int:
    """True: granted; False: denied; None: no opinion.

    Where `AuthType` tells how to ask for a user, False without one is not the last word: httpd asks for a user, and the
    function is called again.

    Raises TypeError for anything else.
    """
    if answer is True:
        return AUTHZ_GRANTED
    if answer is False:
        return AUTHZ_DENIED_NO_USER if req.user is None and req.auth_type() else AUTHZ_DENIED
    if answer is not None:
        _must_be(answer, "a Require python function must return True, False or None")
    return AUTHZ_NEUTRAL
