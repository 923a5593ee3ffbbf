"""The session cookie: attributes, path, signatures."""

from __future__ import annotations

import string
import types
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import FakeRequest
from mod_python import Session
from mod_python.sessions.cookies import derived_path
from sessionkit import Browser, set_cookies


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    monkeypatch.setattr(Session.MemorySession, "sdict", {})
    return Browser(session__session_type="MemorySession")


def new_cookie(browser: Browser, secret: Any = None, **attributes: Any) -> str:
    with browser.visit(**attributes) as req:
        Session.Session(req, secret=secret).save()
    return set_cookies(req)[0]


def sid_at(browser: Browser, secret: Any) -> str:
    with browser.visit() as req:
        session = Session.Session(req, secret=secret)
        session.save()
    return session.id()


def test_by_default_it_is_for_this_site_and_hidden_from_scripts(browser: Browser) -> None:
    name_and_value, *attributes = new_cookie(browser).split("; ")
    assert name_and_value.startswith("pysid=") and len(name_and_value) == 6 + 32
    assert sorted(attributes) == ["httponly", "path=/", "samesite=Lax"]


def test_over_tls_it_is_for_tls_only(browser: Browser) -> None:
    assert "; secure" in new_cookie(browser, https=True)


def test_every_attribute_has_an_option(browser: Browser) -> None:
    browser.options |= {
        "mod_python.session.cookie_name": "shop",
        "mod_python.session.application_domain": "example.org",
        "mod_python.session.application_path": "/shop",
        "mod_python.session.cookie_secure": "on",
        "mod_python.session.cookie_httponly": "off",
        "mod_python.session.cookie_samesite": "None",
    }
    name_and_value, *attributes = new_cookie(browser).split("; ")
    assert name_and_value.startswith("shop=")
    assert sorted(attributes) == ["domain=example.org", "path=/shop", "samesite=None", "secure"]


def test_old_option_names_still_count(browser: Browser) -> None:
    browser.options |= {"session_cookie_name": "old", "ApplicationPath": "/old"}
    cookie = new_cookie(browser)
    assert cookie.startswith("old=") and "path=/old;" in cookie


def test_new_option_names_win(browser: Browser) -> None:
    browser.options |= {"session_cookie_name": "old", "mod_python.session.cookie_name": "new"}
    assert new_cookie(browser).startswith("new=")


def test_it_arrives_with_redirects_and_errors_too(browser: Browser) -> None:
    with browser.visit() as req:
        Session.Session(req)
    assert "Set-Cookie" in req.err_headers_out and "Set-Cookie" not in req.headers_out


# -- Path -------------------------------------------------------------------------------------------------------


def path_for(directory: str | None, root: str = "/a/b/c", uri: str = "/d/e/x", is_location: int = 0) -> str:
    hlist = types.SimpleNamespace(directory=directory, is_location=is_location)
    return derived_path(FakeRequest(hlist=hlist, documents=root, uri=uri))


@pytest.mark.parametrize(
    ("directory", "root", "uri", "path"),
    [
        ("/a/b/c/d/e/", "/a/b/c", "/d/e/x", "/d/e/"),
        ("/a/b/c/d/e", "/a/b/c/", "/d/e/x", "/d/e/"),
        ("/a/b/c/", "/a/b/c", "/x", "/"),
        ("/a/b/c/d/e/", "/a/b/c", "/elsewhere", "/"),
        ("/a/b/cd/e/", "/a/b/c", "/d/e/x", "/"),
        ("/home/ann/public_html/", "/a/b/c", "/~ann/x", "/"),
        ("/a/b/c/my site;/", "/a/b/c", "/my site;/x", "/my%20site%3B/"),
        (None, "/a/b/c", "/x", "/"),
    ],
    ids=["inside", "slashes", "root", "alias", "name prefix", "user dir", "quoted", "server level"],
)
def test_path_is_the_url_of_the_handler_directory(directory: str | None, root: str, uri: str, path: str) -> None:
    assert path_for(directory, root, uri) == path


def test_a_location_has_no_directory() -> None:
    assert path_for("/a/b/c/d/e/", is_location=1) == "/"


def test_without_handlers_path_is_the_site() -> None:
    assert derived_path(FakeRequest(hlist=None)) == "/"


@settings(deadline=None)
@given(st.text(), st.text(), st.text())
def test_any_directory_gives_a_clean_path(directory: str, root: str, uri: str) -> None:
    path = path_for(directory, root, uri)
    assert path.startswith("/") and set(path) <= set(string.ascii_letters + string.digits + "/~!$&'()*+,:@=%._-")


# -- Secrets ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["key", b"key", ["key", "older"], ("key",)])
def test_signed_sessions_work(browser: Browser, secret: Any) -> None:
    """Defect D28."""
    sid = sid_at(browser, secret)
    assert browser.cookies["pysid"].endswith(sid) and browser.cookies["pysid"] != sid
    assert sid_at(browser, secret) == sid


def test_a_signed_session_takes_no_plain_id(browser: Browser) -> None:
    """Security item S14."""
    sid = sid_at(browser, None)
    assert sid_at(browser, "key") != sid


def test_a_signed_session_takes_no_other_signature(browser: Browser) -> None:
    sid = sid_at(browser, "key")
    assert sid_at(browser, "other") != sid


def test_every_secret_verifies_and_the_first_signs_anew(browser: Browser) -> None:
    sid = sid_at(browser, "old")
    assert sid_at(browser, ["new", "old"]) == sid
    assert sid_at(browser, "new") == sid


def test_a_cookie_of_the_first_secret_is_not_sent_again(browser: Browser) -> None:
    sid_at(browser, ["new", "old"])
    with browser.visit() as req:
        Session.Session(req, secret=["new", "old"])
    assert set_cookies(req) == []


def test_expired_copy_of_a_signed_cookie_is_signed(browser: Browser) -> None:
    with browser.visit() as req:
        Session.Session(req, secret="key").invalidate()
    assert browser.cookies == {}


@pytest.mark.parametrize("secret", [[], [""], ["key", b""]])
def test_empty_secrets_in_a_list_are_an_error(secret: Any) -> None:
    with pytest.raises(ValueError, match="MP0284"):
        Session.MemorySession(FakeRequest(), secret=secret)


@settings(deadline=None)
@given(st.text())
def test_no_cookie_of_a_client_is_an_error(value: str) -> None:
    for secret in (None, "key"):
        browser = Browser()
        browser.cookies["pysid"] = value
        with browser.visit() as req:
            assert Session.MemorySession(req, secret=secret, lock=0).is_new()
