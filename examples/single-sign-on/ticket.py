"""The ticket: a signed cookie that says who somebody is, and until when."""

import time
from pathlib import Path
from urllib.parse import quote, unquote

from mod_python import Cookie

NAME = "sso"
LIFETIME = 8 * 3600  # seconds


def issue(req, user):
    """Give the client a ticket."""
    _send(req, f"{int(time.time()) + LIFETIME}:{quote(user)}", LIFETIME)


def withdraw(req):
    """Take the client's ticket away."""
    _send(req, "", 0)


def user_of(req):
    """Whose ticket the request has; None without a valid one."""
    cookie = Cookie.get_cookie(req, NAME, Cookie.SignedCookie, secret=_secret(req), mismatch=Cookie.Cookie.IGNORE)
    end, _, user = cookie.value.partition(":") if cookie else ("0", "", "")
    return unquote(user) if user and time.time() < int(end) else None


def _send(req, value, lifetime):
    cookie = Cookie.SignedCookie(NAME, value, _secret(req), path="/", max_age=lifetime, httponly=True, samesite="Lax")
    cookie.secure = req.is_https()
    cookie.domain = req.get_options().get("sso.domain")
    Cookie.add_cookie(req, cookie, always=True)


def _secret(req):
    secret = Path(req.get_options()["sso.secret_file"]).read_bytes().strip()
    if len(secret) < 32:
        raise ValueError("the file of sso.secret_file must have at least 32 characters")
    return secret
