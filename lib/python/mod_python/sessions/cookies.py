"""The cookie that carries the session id: its name, its attributes, and the secrets that sign it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from mod_python import Cookie
from mod_python.sessions.ids import is_sid
from mod_python.sessions.options import Options

COOKIE_NAME = "pysid"  # the name of the cookie, unless an option gives another

Secret = str | bytes


class SessionCookie:
    """Reads and makes the session cookie of one request.

    `secret` is `None`, one secret, or several: the first one signs, all of them verify. So a new secret is put in
    front, and the old one taken away when the cookies signed with it are gone. `ValueError` for an empty secret.
    """

    def __init__(self, req: Any, options: Options, secret: Secret | Iterable[Secret] | None) -> None:
        self._req = req
        self._options = options
        self._secrets = _secrets(secret)
        self.name = options.text("mod_python.session.cookie_name") or COOKIE_NAME

    def find(self) -> tuple[str | None, bool]:
        """The id that the client sent, `None` without a valid one, and whether its signature is due for renewal."""
        for age, secret in enumerate(self._secrets):
            cookie = Cookie.get_cookie(
                self._req, self.name, Cookie.SignedCookie, secret=secret, mismatch=Cookie.Cookie.IGNORE
            )
            if cookie is not None and is_sid(cookie.value):
                return cookie.value, age > 0
        cookie = None if self._secrets else Cookie.get_cookie(self._req, self.name)
        return (cookie.value if cookie is not None and is_sid(cookie.value) else None), False

    def make(self, sid: str) -> Cookie.Cookie:
        """The cookie for `sid`: for this site only, hidden from scripts, and over TLS only when it came over TLS."""
        text, flag, choice = self._options.text, self._options.flag, self._options.choice
        attributes = {
            "path": text("mod_python.session.application_path") or derived_path(self._req),
            "domain": text("mod_python.session.application_domain"),
            "secure": flag("mod_python.session.cookie_secure", bool(self._req.is_https())),
            "httponly": flag("mod_python.session.cookie_httponly", True),
            "samesite": choice("mod_python.session.cookie_samesite", ("Lax", "Strict", "None")) or "Lax",
        }
        if self._secrets:
            return Cookie.SignedCookie(self.name, sid, secret=self._secrets[0], **attributes)
        return Cookie.Cookie(self.name, sid, **attributes)


def _secrets(secret: Secret | Iterable[Secret] | None) -> list[Secret]:
    if not secret and isinstance(secret, str | bytes | None):
        return []
    secrets = [secret] if isinstance(secret, str | bytes) else list(secret)
    if not secrets or not all(secrets):
        raise ValueError("MP0284: the list of session secrets is empty or has an empty secret in it")
    return secrets


def derived_path(req: Any) -> str:
    """The URL path of the directory that the handler was configured for, `/` when it has none.

    That is so for a handler of a Location, of a server, and of a directory outside the document root (Alias, UserDir).
    """
    directory = (req.hlist.directory if req.hlist and not req.hlist.is_location else None) or ""
    root = (req.document_root() or "").rstrip("/") + "/"
    if not directory.startswith(root):
        return "/"
    path = "/" + directory[len(root) :].strip("/")
    path += "/" if path != "/" else ""
    return quote(path, safe="/~!$&'()*+,:@=", errors="surrogateescape") if req.uri.startswith(path) else "/"
