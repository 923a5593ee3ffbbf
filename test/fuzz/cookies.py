"""Targets: cookies, their signatures, plain data in them, and sessions."""

from __future__ import annotations

import re
import secrets

from fakes import FakeRequest, FakeTable
from mod_python import plainmarshal
from mod_python.Cookie import Cookie, CookieError, MarshalCookie, SignedCookie, get_cookies
from mod_python.octets import to_str
from mod_python.sessions.cookies import SessionCookie
from mod_python.sessions.options import Options
from mod_python.sessions.record import CorruptRecord, decode, encode

SECRET = secrets.token_bytes(32)
"""Another one in each run, so that no input can be made to fit."""


def cookie(data: bytes) -> None:
    """A cookie that can be sent is one line, and comes back as it was."""
    for name, found in Cookie.parse(to_str(data)).items():
        try:
            sent = str(found)
        except CookieError:
            continue
        assert not re.search("[\x00-\x1f\x7f]", sent)
        assert get_cookies(request(sent))[name].value == found.value


def request(header: str) -> FakeRequest:
    return FakeRequest(headers_in=FakeTable({"Cookie": header}))


def signed_cookie(data: bytes) -> None:
    """Nothing verifies that was not signed, and what was signed does."""
    text = to_str(data)
    for kind in (SignedCookie, MarshalCookie):
        assert kind.parse(text, SECRET, mismatch=Cookie.IGNORE) == {}
    try:
        sent = str(SignedCookie("name", text, SECRET))
    except CookieError:
        return
    assert SignedCookie.parse(sent, SECRET, mismatch=Cookie.EXCEPTION)["name"].value == text.rstrip(" \t")


def marshal(data: bytes) -> None:
    """Plain data, or `ValueError`; and what was read can be written."""
    try:
        value = plainmarshal.loads(data)
    except ValueError:
        return
    plainmarshal.loads(plainmarshal.dumps(value))


def session_cookie(data: bytes) -> None:
    """What a client sends is an id or nothing; with a secret, nothing."""
    req = request(to_str(data))
    found, _ = SessionCookie(req, Options(req.get_options()), None).find()
    assert found is None or re.fullmatch("[0-9a-f]{32}", found)
    assert SessionCookie(req, Options(req.get_options()), [SECRET, SECRET[::-1]]).find() == (None, False)


def session_record(data: bytes) -> None:
    """A stored record is read, or known to be damaged; a site with JSON runs no pickle."""
    try:
        record = decode(data, "json")
    except CorruptRecord:
        return
    assert repr(decode(encode(record, "json"), "json")) == repr(record)
