"""Guards: who gets in, and above all who does not when something is odd."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import FakeTable
from mod_python.constants import HTTP_BAD_REQUEST, HTTP_FORBIDDEN, HTTP_OK, HTTP_UNAUTHORIZED
from mod_python.errors import SERVER_RETURN
from mod_python.publisher import process_auth
from mod_python.publisher.credentials import basic_credentials, challenge, same_password
from mod_python.publisher.layers import layers
from publishing import PublisherRequest, Site, basic

ME = ("me", "secret")
PROTECTED = "__auth__ = {'me': 'secret'}\ndef index(): return 'ok'"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def send(site: Site, header: str) -> int:
    return site.get("/m", headers_in=FakeTable({"Authorization": header})).status


# -- The Authorization header -------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_the_scheme_is_compared_without_case(site: Site, scheme: str) -> None:
    assert send(site.page(PROTECTED), basic(*ME).replace("Basic", scheme)) == HTTP_OK


@pytest.mark.parametrize("header", ["Bearer bWU6c2VjcmV0", "Digest username=me", "BasicbWU6c2VjcmV0", "", " "])
def test_another_scheme_counts_as_no_credentials(site: Site, header: str) -> None:
    assert send(site.page(PROTECTED), header) == HTTP_UNAUTHORIZED


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !", "Basic bWU6c2Vj cmV0", "Basic bWU", "Basic bWU=", "Basic \udcff", "Basic bWUKOng="]
)
def test_a_malformed_header_is_a_bad_request(site: Site, header: str) -> None:
    assert send(site.page(PROTECTED), header) == HTTP_BAD_REQUEST


def test_a_malformed_header_does_not_matter_without_auth(site: Site) -> None:
    assert send(site.page("def index(): return 1"), "Basic !") == HTTP_OK


def test_an_empty_user_name_is_no_user(site: Site) -> None:
    assert site.page("__auth__ = {'': ''}\ndef index(): return 1").get("/m", ("", "")).status == HTTP_UNAUTHORIZED


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_credentials_are_utf8_when_valid_else_latin1(encoding: str) -> None:
    assert basic_credentials(basic("jürgen", "geheim:ö", encoding)) == ("jürgen", "geheim:ö")


@given(st.text() | st.text("Basic =:+/abcXYZ019").map("Basic {}".format))
def test_any_header_is_parsed_or_refused(header: str) -> None:
    try:
        credentials = basic_credentials(header)
    except ValueError:
        return
    assert credentials is None or len(credentials) == 2


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])), st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_what_a_client_sends_is_what_comes_out(user: str, password: str) -> None:
    if ":" not in user:
        assert basic_credentials(basic(user, password)) == (user, password)


# -- The challenge ------------------------------------------------------------------------------------------------


def test_the_realm_is_unknown_by_default(site: Site) -> None:
    assert site.page(PROTECTED).get("/m").challenge == 'Basic realm="unknown"'


def test_a_wrong_password_is_challenged_like_a_missing_one(site: Site) -> None:
    site.page(PROTECTED)
    assert site.get("/m", ("me", "wrong")).challenge == site.get("/m").challenge


@pytest.mark.parametrize(
    ("realm", "quoted"),
    [('a "b"', r'"a \"b\""'), ("a\\b", r'"a\\b"'), ("a\r\nX: y\0", '"a X: y "'), (5, '"5"'), ("né", '"né"')],
)
def test_the_realm_is_quoted_and_has_no_line_breaks(realm: object, quoted: str) -> None:
    assert challenge(realm) == f"Basic realm={quoted}"


def test_the_realm_is_handed_down(site: Site) -> None:
    site.page("__auth_realm__ = 'Upper'\ndef index(req):\n    __auth__ = 0")
    assert site.get("/m").challenge == 'Basic realm="Upper"'


def test_the_nearest_realm_wins(site: Site) -> None:
    site.page("__auth_realm__ = 'Upper'\ndef index(req):\n    __auth_realm__ = 'Lower'\n    __auth__ = 0")
    assert site.get("/m").challenge == 'Basic realm="Lower"'


# -- __auth__ -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("auth", ["1", "True", "'yes'", "lambda *_: True", "{'me': 'secret'}"])
def test_auth_of_any_shape_wants_credentials(site: Site, auth: str) -> None:
    site.page(f"__auth__ = {auth}\ndef index(): return 'ok'")
    assert [site.get("/m").status, site.get("/m", ME).status] == [HTTP_UNAUTHORIZED, HTTP_OK]


@pytest.mark.parametrize("secret", ["None", "1234", "['secret']", "b'other'", "''"])
def test_a_password_that_is_no_text_never_matches(site: Site, secret: str) -> None:
    site.page(f"__auth__ = {{'me': {secret}}}\ndef index(): return 1")
    assert site.get("/m", ("me", "1234")).status == HTTP_UNAUTHORIZED


def test_an_unknown_user_with_an_empty_password_does_not_match(site: Site) -> None:
    assert site.page(PROTECTED).get("/m", ("you", "")).status == HTTP_UNAUTHORIZED


@given(st.text() | st.binary(), st.text(st.characters(exclude_categories=["Cs"])))
def test_only_the_same_password_is_the_same(secret: str | bytes, password: str) -> None:
    octets = secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else secret
    try:
        assert same_password(secret, password) == (octets == password.encode())
    except UnicodeEncodeError:
        assert isinstance(secret, str)


def test_passwords_are_compared_in_constant_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    monkeypatch.setattr("hmac.compare_digest", lambda *octets: compared.append(octets))
    site.page("__auth__ = {'eggs': 'spam'}\ndef index(): return 'secret'")
    assert site.get("/m", ("eggs", "spam")).status == HTTP_UNAUTHORIZED
    assert site.get("/m", ("stranger", "spam")).status == HTTP_UNAUTHORIZED
    assert compared == [(b"spam", b"spam"), (b"", b"spam")]


@pytest.mark.parametrize("auth", ["['me']", "('me',)", "{'me'}", "object()", "type('Auth', (), {})", "range(3)"])
def test_auth_of_an_undocumented_shape_lets_nobody_in(site: Site, auth: str) -> None:
    site.page(f"__auth__ = {auth}\ndef index(): return 'secret'")
    with pytest.raises(TypeError, match="MP0225"):
        site.get("/m", ME)


@pytest.mark.parametrize("name", ["__auth__", "__access__"])
def test_an_exception_in_a_guard_propagates(site: Site, name: str) -> None:
    site.page(f"def {name}(*args): raise KeyError('broken')\ndef index(): return 'secret'")
    with pytest.raises(KeyError):
        site.get("/m", ME)


def test_a_guard_may_end_the_request_itself(site: Site) -> None:
    site.page("from mod_python.errors import SERVER_RETURN\ndef __auth__(*args): raise SERVER_RETURN(503)\nindex = 1")
    assert site.get("/m", ME).status == 503


@pytest.mark.parametrize("name", ["__auth__", "__access__"])
@pytest.mark.parametrize(("verdict", "granted"), [("True", True), ("False", False)])
def test_a_guard_may_be_a_coroutine_function(site: Site, name: str, verdict: str, granted: bool) -> None:
    site.page(f"async def {name}(*args): return {verdict}\ndef index(): return 'ok'")
    assert (site.get("/m", ME).status == HTTP_OK) is granted


@pytest.mark.parametrize("name", ["__auth__", "__access__"])
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_guard_that_yields_lets_nobody_in(site: Site, name: str, kind: str) -> None:
    site.page(f"{kind} {name}(*args): yield False\ndef index(): return 'secret'")
    with pytest.raises(TypeError, match="MP0224"):
        site.get("/m", ME)


def test_every_auth_on_the_way_has_to_be_passed(site: Site) -> None:
    site.page("__auth__ = {'me': 'secret', 'you': 'x'}\ndef index():\n    __auth__ = lambda r, u, p: u == 'you'")
    assert [site.get("/m", ("you", "x")).status, site.get("/m", ME).status] == [HTTP_OK, HTTP_UNAUTHORIZED]


# -- __access__ ---------------------------------------------------------------------------------------------------

LISTED = "__access__ = ['me']\ndef index(): return 'ok'"


def test_access_does_not_believe_a_name_that_nobody_has_verified(site: Site) -> None:
    assert site.page(LISTED).get("/m", ME).status == HTTP_FORBIDDEN


def test_access_does_not_believe_a_name_that_a_constant_auth_let_pass(site: Site) -> None:
    assert site.page(f"__auth__ = 1\n{LISTED}").get("/m", ME).status == HTTP_FORBIDDEN


def test_access_believes_an_earlier_phase(site: Site) -> None:
    assert site.page(f"__auth__ = 1\n{LISTED}").get("/m", ("x", "y"), user="me").status == HTTP_OK


def test_access_learns_the_user_that_auth_accepted_further_up(site: Site) -> None:
    site.page("__auth__ = {'me': 'secret', 'you': 'x'}\ndef index():\n    __access__ = ('me',)")
    assert [site.get("/m", ME).status, site.get("/m", ("you", "x")).status] == [HTTP_OK, HTTP_FORBIDDEN]


@pytest.mark.parametrize("access", ["['me']", "('me',)", "{'me'}", "frozenset(['me'])", "{'me': 1}"])
@pytest.mark.parametrize(("user", "status"), [("me", HTTP_OK), ("you", HTTP_FORBIDDEN), ("", HTTP_FORBIDDEN)])
def test_any_collection_of_users_is_a_list(site: Site, access: str, user: str, status: int) -> None:
    assert site.page(f"__access__ = {access}\ndef index(): return 1").get("/m", user=user).status == status


def test_a_list_with_none_does_not_let_strangers_in(site: Site) -> None:
    assert site.page("__access__ = [None]\ndef index(): return 1").get("/m").status == HTTP_FORBIDDEN


@pytest.mark.parametrize("access", ["object()", "type('Access', (), {})"])
def test_access_of_an_undocumented_shape_lets_nobody_in(site: Site, access: str) -> None:
    site.page(f"__access__ = {access}\ndef index(): return 'secret'")
    with pytest.raises(TypeError, match="MP0225"):
        site.get("/m")


def test_an_access_function_is_told_when_there_is_no_user(site: Site) -> None:
    site.page("def __access__(req, user): return user is None\ndef index(): return 'anonymous'")
    assert site.get("/m", ME).text == "anonymous"


def test_access_is_asked_after_auth(site: Site) -> None:
    assert site.page("__auth__ = 0\n__access__ = 0\nindex = 1").get("/m").status == HTTP_UNAUTHORIZED


# -- Attributes that protect --------------------------------------------------------------------------------------


def test_an_instance_can_be_protected(site: Site) -> None:
    site.page("class Thing:\n    __access__ = 0\n    name = 'thing'\nthing = Thing()")
    assert [site.get(url).status for url in ("/m/thing", "/m/thing/name")] == [HTTP_FORBIDDEN] * 2


def test_a_class_can_be_protected(site: Site) -> None:
    assert site.page("class Thing: __access__ = 0").get("/m/Thing").status == HTTP_FORBIDDEN


def test_a_guard_that_fails_to_give_its_value_is_not_a_missing_guard(site: Site) -> None:
    site.page("class Thing:\n    @property\n    def __auth__(self): return self.misspelled\nthing = Thing()")
    with pytest.raises(AttributeError):
        site.get("/m/thing", ME)


def test_a_guard_may_be_computed(site: Site) -> None:
    site.page("""
        class Thing:
            def __getattr__(self, name):
                if name == '__access__': return 0
                raise AttributeError(name)
        thing = Thing()
    """)
    assert site.get("/m/thing").status == HTTP_FORBIDDEN


def test_a_function_can_be_protected_by_its_attributes(site: Site) -> None:
    site.page("def index(): return 'ok'\nindex.__auth__ = {'me': 'secret'}\nindex.__auth_realm__ = 'Mine'")
    assert site.get("/m", ME).status == HTTP_OK
    assert site.get("/m").challenge == 'Basic realm="Mine"'


def test_attributes_and_body_protect_together(site: Site) -> None:
    site.page("def index():\n    __access__ = 0\nindex.__auth__ = {'me': 'secret'}")
    assert [site.get("/m").status, site.get("/m", ME).status] == [HTTP_UNAUTHORIZED, HTTP_FORBIDDEN]


LOST = [
    ("decorated", "@functools.wraps(inner)\ndef index(req): return inner(req)"),
    ("decorated twice", "index = functools.wraps(inner)(functools.wraps(inner)(lambda req: 1))"),
    ("cached", "index = functools.lru_cache(inner)"),
    ("partial", "index = functools.partial(inner)"),
    ("method", "class C:\n    index = inner\nindex = C().index"),
    ("static method", "class C:\n    index = staticmethod(inner)\nindex = C().index"),
    ("callable instance", "class C:\n    __call__ = inner\nindex = C()"),
    ("decorating class", "class C:\n    def __init__(self, f): functools.update_wrapper(self, f)\n"
     "    def __call__(self, req): return 'secret'\nindex = C(inner)"),
]  # fmt: skip


@pytest.mark.parametrize("wrapping", [source for _, source in LOST], ids=[name for name, _ in LOST])
def test_protection_is_not_lost_when_the_function_is(site: Site, wrapping: str) -> None:
    site.page(f"import functools\ndef inner(*args):\n    __access__ = 0\n    return 'secret'\n{wrapping}")
    assert site.get("/m").status == HTTP_FORBIDDEN


def test_functions_that_wrap_each_other_have_an_end() -> None:
    @functools.wraps(basic)
    def wrapper() -> None: ...

    cycle = functools.partial(wrapper)
    wrapper.__wrapped__ = cycle  # type: ignore[attr-defined]
    assert list(layers(wrapper)) == [wrapper, cycle]


def test_a_guard_copied_by_a_decorator_is_asked_once(site: Site) -> None:
    site.page("""
        import functools
        asked = []
        def inner(): return len(asked)
        inner.__access__ = lambda req, user: not asked.append(1)
        @functools.wraps(inner)
        def index(): return inner()
    """)
    assert site.get("/m").text == "1"


# -- process_auth itself ------------------------------------------------------------------------------------------


class Guarded:
    """An object with a dictionary of passwords."""

    __auth__ = {"me": "secret"}
    __auth_realm__ = "Here"


def test_process_auth_returns_realm_user_and_password() -> None:
    req = PublisherRequest("/", headers_in=FakeTable({"Authorization": basic(*ME)}))
    assert process_auth(req, Guarded()) == ("Here", "me", "secret")


def test_process_auth_of_an_unprotected_object_returns_what_it_was_given() -> None:
    assert process_auth(PublisherRequest("/"), "text", "There", "me", "secret") == ("There", "me", "secret")


def test_process_auth_checks_credentials_that_it_was_given() -> None:
    assert process_auth(PublisherRequest("/"), Guarded(), user="me", passwd="secret")[1] == "me"
    with pytest.raises(SERVER_RETURN):
        process_auth(PublisherRequest("/"), Guarded(), user="me")
