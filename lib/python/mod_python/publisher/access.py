"""Whether the visitor passes the guards of an object: 401 for a failed `__auth__`, 403 for a failed `__access__`.

Everything that is not a clear yes is a no; exceptions propagate and become status 500.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import AsyncGeneratorType, GeneratorType
from typing import Any

from mod_python.constants import HTTP_BAD_REQUEST, HTTP_FORBIDDEN, HTTP_UNAUTHORIZED
from mod_python.errors import SERVER_RETURN
from mod_python.publisher.asynchronous import settled
from mod_python.publisher.credentials import basic_credentials, challenge, same_password
from mod_python.publisher.guards import guards
from mod_python.publisher.layers import MISSING, is_called
from mod_python.publisher.protocol import Request, refuse

_CONSTANTS = (str, bytes, int, float, complex)


def process_auth(
    req: Request, object: object, realm: object = "unknown", user: str | None = None, passwd: str | None = None
) -> tuple[object, str | None, str | None]:
    """Check the guards of `object` and return (realm, user, passwd) for the objects below it.

    `user` and `passwd` are credentials that an `__auth__` further up has accepted, `None` before that. `__auth__` is
    asked before `__access__`. `__access__` learns the name of a user whom an `__auth__` callable or dictionary has
    accepted, else `req.user` as an earlier phase has left it; a name merely sent by the client never counts.

    Raises `SERVER_RETURN` with 400, 401 or 403, and whatever the guards raise. Source: access control in the
    manual; defects D45 and D46.
    """
    found = guards(object)
    if not found:
        return realm, user, passwd
    realm = next((guard.realm for guard in found if guard.realm is not MISSING), realm)
    for guard in found:
        if guard.auth is not MISSING:
            user, passwd = _authenticate(req, guard.auth, realm, user, passwd)
        if guard.access is not MISSING and not _authorized(req, guard.access, user or req.user or None):
            raise SERVER_RETURN(HTTP_FORBIDDEN)
    return realm, user, passwd


def _authenticate(
    req: Request, auth: Any, realm: object, user: str | None, passwd: str | None
) -> tuple[str | None, str | None]:
    """Return the accepted credentials. A constant accepts the visitor without saying who it is."""
    name, password = (user, passwd or "") if user else _sent(req)
    if not name or not _authentic(req, auth, name, password):
        req.err_headers_out["WWW-Authenticate"] = challenge(realm)
        raise SERVER_RETURN(HTTP_UNAUTHORIZED)
    return (name, password) if is_called(auth) or isinstance(auth, Mapping) else (user, passwd)


def _sent(req: Request) -> tuple[str, str]:
    try:
        return basic_credentials(req.headers_in.get("Authorization")) or ("", "")
    except ValueError:
        refuse(req, "MP0223: malformed Authorization header", HTTP_BAD_REQUEST)


def _authentic(req: Request, auth: Any, user: str, password: str) -> bool:
    if is_called(auth):
        return _verdict(auth(req, user, password))
    if isinstance(auth, Mapping):
        return same_password(auth.get(user, ""), password) and user in auth
    return bool(auth) and _constant("__auth__", auth)


def _authorized(req: Request, access: Any, user: str | None) -> bool:
    if is_called(access):
        return _verdict(access(req, user))
    if isinstance(access, Collection) and not isinstance(access, _CONSTANTS):
        return user is not None and user in access
    return bool(access) and _constant("__access__", access)


def _verdict(answer: object) -> bool:
    """Return the truth of what a guard function gives. A generator has not even begun to run, and would be true."""
    answer = settled(answer)
    if isinstance(answer, GeneratorType | AsyncGeneratorType):
        raise TypeError("MP0224: a guard function must return its verdict, not yield it")
    return bool(answer)


def _constant(name: str, value: object) -> bool:
    """Accept a true constant. Any other object is true by accident, so it is an error."""
    if isinstance(value, _CONSTANTS):
        return True
    raise TypeError(f"MP0225: {name} is a {type(value).__name__}, not a function, a collection or a constant")
