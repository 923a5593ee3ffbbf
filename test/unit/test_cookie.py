"""Cookies: written, read, signed and marshalled."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import locale
import marshal
import pickle
from typing import Any, NoReturn

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fakes import FakeRequest, FakeTable
from mod_python import cookiesign
from mod_python.Cookie import (
    Cookie,
    CookieError,
    MarshalCookie,
    SignedCookie,
    add_cookie,
    get_cookie,
    get_cookies,
)

EPOCH = "Thu, 01-Jan-1970 00:00:00 GMT"

#: The check vector of the manual's signature: name `n`, value `v`, key `secret`.
OLD = "n=bbb0732cc066789b1874063e42bb8ca5v"

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


def values(string: str, **kw: Any) -> dict[str, Any]:
    return {name: cookie.value for name, cookie in Cookie.parse(string, **kw).items()}


def asking(*lines: str) -> FakeRequest:
    return FakeRequest(headers_in=FakeTable([("Cookie", line) for line in lines]))


# -- Writing ---------------------------------------------------------------------------------------------------


def test_cookie_is_a_pair() -> None:
    assert str(Cookie("a", "b")) == "a=b"
    assert str(Cookie("a", 5)) == "a=5"
    assert str(Cookie("a", b"b")) == "a=b"


def test_attributes_follow_in_a_fixed_order() -> None:
    attributes: dict[str, Any] = {
        **{"httponly": 1, "port": "80", "discard": 1, "commentURL": "u", "samesite": "Lax", "max_age": 5},
        **{"expires": 0, "comment": "c", "secure": True, "domain": "d", "path": "/", "version": 1},
    }
    assert str(Cookie("n", "v", **attributes)) == (
        f"n=v; version=1; path=/; domain=d; secure; comment=c; expires={EPOCH}; "
        "Max-Age=5; samesite=Lax; commentURL=u; discard; port=80; httponly"
    )


def test_keywords_are_in_any_case() -> None:
    assert Cookie("a", "b", Path="/", EXPIRES=0).path == "/"


@pytest.mark.parametrize("kind", [Cookie, SignedCookie, MarshalCookie, type("Own", (Cookie,), {})])
def test_other_attributes_are_refused(kind: Any) -> None:
    with pytest.raises(AttributeError):
        kind("a", "b", colour="red")
    cookie = kind("a", "b")
    with pytest.raises(AttributeError):
        cookie.colour = "red"


def test_attributes_that_are_not_set_do_not_exist() -> None:
    cookie = Cookie("a", "b")
    assert not hasattr(cookie, "path")
    assert not hasattr(cookie, "expires")
    assert cookie.__data__ == {}


def test_subclass_can_add_an_attribute() -> None:
    class Own(Cookie):
        __slots__ = ("colour",)

    cookie: Any = Own("a", "b")
    cookie.colour = "red"
    assert str(cookie) == "a=b"


def test_repr_names_the_class() -> None:
    assert repr(SignedCookie("a", "b", path="/")) == "<SignedCookie: a=b; path=/>"
    assert repr(Cookie('"', "b;c")) == '<Cookie: "=b;c>'


def test_cookie_can_be_pickled() -> None:
    assert str(pickle.loads(pickle.dumps(Cookie("a", "b", path="/")))) == "a=b; path=/"


def test_none_is_not_sent() -> None:
    assert str(Cookie("a", "b", path=None, expires=None, samesite=None)) == "a=b"


def test_expires_can_be_removed() -> None:
    cookie = Cookie("a", "b", expires=0)
    del cookie.expires
    assert not hasattr(cookie, "expires")


@pytest.mark.parametrize("name", ["", " ", "a b", "a;b", "a,b", "a=b", 'a"b', "a\tb", "a\r\nb", "a\0", "\x7f"])
def test_bad_name_is_an_error(name: str) -> None:
    with pytest.raises(CookieError, match="not a name for a cookie"):
        str(Cookie(name, "v"))


@pytest.mark.parametrize("bad", ["v; secure", "v\r\nX: y", "v\0", "v\x7f", "\t"])
def test_bad_value_is_an_error(bad: str) -> None:
    for cookie in (
        Cookie("a", bad),
        Cookie("a", "v", path=bad),
        Cookie("a", "v", comment=bad),
        Cookie("a", f'"{bad}"'),
    ):
        with pytest.raises(ValueError, match="control characters or semicolons"):
            str(cookie)


@pytest.mark.parametrize("value", ["x, pysid=1", '"x",pysid=1', '"x", pysid=1', 'x", pysid=1; y="'])
def test_value_that_reads_as_two_cookies_is_an_error(value: str) -> None:
    with pytest.raises(CookieError, match="several cookies|semicolons"):
        str(Cookie("a", value))


@pytest.mark.parametrize("value", ["a=b", "x,y=z", "x, y", '{"k": "v", "l": 1}', '"x, y=z"', "é", "a b", "=", "\udce9"])
def test_harmless_value_is_sent_and_read_back(value: str) -> None:
    assert get_cookie(asking(str(Cookie("a", value)) + "; b=1"), "a").value == value


# -- Dates -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "date"),
    [(0, EPOCH), (0.9, EPOCH), (1700000000, "Tue, 14-Nov-2023 22:13:20 GMT"), (-1, "Wed, 31-Dec-1969 23:59:59 GMT")],
)
def test_expires_at_seconds(when: float, date: str) -> None:
    assert Cookie("a", "b", expires=when).expires == date


def test_d25_standard_date_and_short_year_are_accepted() -> None:
    for date in (EPOCH, EPOCH.replace("-", " "), "Sunday, 06-Nov-94 08:49:37 GMT", "Sat, 29-Feb-2020 00:00:00 GMT"):
        assert Cookie("a", "b", expires=date).expires == date


@pytest.mark.parametrize(
    "date",
    [
        *("", "tomorrow", "1970-01-01", EPOCH.lower(), EPOCH + "\n", EPOCH.replace("GMT", "UTC")),
        *(EPOCH.replace("01-", "32-"), EPOCH.replace("00:00:00", "24:00:00"), EPOCH.replace("01-Jan", "01 Jan")),
        *("Sat, 30-Feb-2020 00:00:00 GMT", "Thu, 01-Jän-1970 00:00:00 GMT", "Thu, 0١-Jan-1970 00:00:00 GMT"),
    ],
)
def test_other_dates_are_a_value_error(date: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - datetime's words differ between versions
        Cookie("a", "b", expires=date)


@pytest.mark.parametrize("when", [1e30, float("inf"), float("nan"), -1e30])
def test_time_without_a_date_is_a_value_error(when: float) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - datetime's words differ between versions
        Cookie("a", "b", expires=when)


def test_expires_of_another_type_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="not list"):
        Cookie("a", "b", expires=[])


def test_d25_dates_do_not_depend_on_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> NoReturn:
        raise AssertionError("the locale's names of days and months were used")

    for name in ("strftime", "strptime"):
        monkeypatch.setattr(f"time.{name}", refuse)
    monkeypatch.setattr(locale, "nl_langinfo", refuse)
    assert Cookie("a", "b", expires=0).expires == Cookie("a", "b", expires=EPOCH).expires == EPOCH


@settings(deadline=None)
@given(st.text())
def test_any_date_is_kept_or_a_value_error(date: str) -> None:
    for text in (date, f"Thu, {date} GMT"):
        with contextlib.suppress(ValueError):
            assert Cookie("a", "b", expires=text).expires == text


# -- Reading ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("string", "found"),
    [
        ("a=1; b=2;c=3", {"a": "1", "b": "2", "c": "3"}),
        (" , a=1", {"a": "1"}),
        ("a=1,b=2", {"a": "1,b=2"}),
        ('a="x;y\\"z"; b=2', {"a": '"x;y\\"z"', "b": "2"}),
        ('a="x', {"a": '"x'}),
        ('a="x"y; b=1', {"a": '"x"y', "b": "1"}),
        ("a", {"a": ""}),
        ("a=; b", {"a": "", "b": ""}),
        ("foo bar=baz", {"foo": "bar=baz"}),
        ('$Version=1; a=1; $Path="/"', {"a": "1"}),
        ("a=1; a=2", {"a": "2"}),
        ("A=1; a=2", {"A": "1", "a": "2"}),
        ("a=b==", {"a": "b=="}),
        (f"a=1; expires={EPOCH}", {"a": "1", "expires": EPOCH}),
        ("", {}),
        (";;=;", {}),
    ],
)
def test_parsing(string: str, found: dict[str, str]) -> None:
    assert values(string) == found


def test_parsing_makes_instances_of_the_class() -> None:
    class Own(Cookie):
        pass

    assert type(Own.parse("a=1")["a"]) is Own


def test_names_restrict_the_result() -> None:
    assert values("a=1; b=2; c=3", names=["a", "c"]) == {"a": "1", "c": "3"}


def test_bytes_are_a_type_error() -> None:
    with pytest.raises(TypeError, match="not bytes"):
        Cookie.parse(b"a=1")  # type: ignore[arg-type]


def test_d24_quotes_are_removed_on_request_and_blanks_always() -> None:
    assert values('a="x \\"y\\\\"  ; b = 2 ; c="', unquote=True) == {"a": 'x "y\\', "b": "2", "c": '"'}
    assert values('a="x"  ; b=2 ') == {"a": '"x"', "b": "2"}


@settings(deadline=None)
@given(st.text())
def test_any_text_can_be_parsed_and_shown(text: str) -> None:
    for cookie in Cookie.parse(text).values():
        assert repr(cookie)
    for kind in (SignedCookie, MarshalCookie):
        octets = text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
        assert not [name for name, cookie in kind.parse(octets, "secret").items() if type(cookie) is kind]


@settings(deadline=None)
@given(TEXT, TEXT)
def test_what_is_sent_is_read_back(name: str, value: str) -> None:
    assume(not name.startswith("$"))
    try:
        sent = str(Cookie(name, value))
    except CookieError:
        return
    assert {name: cookie.value for name, cookie in get_cookies(asking(sent)).items()} == {name: value.strip(" \t")}


# -- Signed ----------------------------------------------------------------------------------------------------


def signed(value: str = "v", name: str = "n", secret: str | bytes = "secret") -> str:
    return str(SignedCookie(name, value, secret=secret))


def test_signature_is_hmac_sha_256_over_the_pair() -> None:
    digest = hmac.new(b"secret", "n=vé".encode(), hashlib.sha256).hexdigest()
    assert signed("vé") == f"n={digest}vé"
    assert SignedCookie("n", "x", secret=b"secret").hexdigest("vé") == digest


def test_d21_signed_cookie_comes_back() -> None:
    for secret in ("secret", b"secret", "gehéim"):
        cookie = SignedCookie.parse(signed(secret=secret), secret)["n"]
        assert (type(cookie), cookie.value, cookie.__data__["secret"]) == (SignedCookie, "v", secret)


@pytest.mark.parametrize("secret", [None, "", b""])
def test_signing_needs_a_secret(secret: Any) -> None:
    with pytest.raises(CookieError, match="without a secret"):
        str(SignedCookie("n", "v", secret=secret))


def test_attributes_are_not_signed() -> None:
    assert str(SignedCookie("n", "v", secret="s", path="/")) == signed(secret="s") + "; path=/"


def test_old_signature_is_read_and_written_back() -> None:
    cookie = SignedCookie.parse(OLD, "secret")["n"]
    assert cookie.value == "v"
    assert str(cookie) == OLD
    cookie.value = "w"
    assert SignedCookie.parse(str(cookie), "secret")["n"].value == "w"
    assert len(str(cookie)) == len(OLD)


def test_old_signature_is_read_where_md5_is_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def new(name: str, data: bytes = b"", *, usedforsecurity: bool = True) -> Any:
        if name == "md5" and usedforsecurity:
            raise ValueError("disabled for FIPS")
        return make(name, data, usedforsecurity=usedforsecurity)

    make = hashlib.new
    monkeypatch.setattr(hashlib, "new", new)
    monkeypatch.setattr(hashlib, "md5", lambda *_, **kw: new("md5", **kw))
    assert SignedCookie.parse(OLD, "secret")["n"].value == "v"


def test_old_signature_does_not_verify_where_there_is_no_md5(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*arguments: object) -> NoReturn:
        raise ValueError("unsupported hash type md5")

    monkeypatch.setattr(cookiesign, "_md5", missing)
    assert SignedCookie.parse(OLD, "secret", Cookie.IGNORE) == {}
    assert SignedCookie.parse(signed(), "secret")["n"].value == "v"


def test_signatures_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert SignedCookie.parse(OLD, "secret")["n"].value == "v"
    assert compared == [(33, 64), (32, 32)]


def test_signature_of_one_cookie_fits_no_other() -> None:
    moved = signed("bc", "a").replace("a=", "ab=", 1).removesuffix("bc") + "c"
    assert SignedCookie.parse(moved, "secret", Cookie.IGNORE) == {}


def test_downgrade_is_the_default() -> None:
    forged = signed() + "x"
    cookie = SignedCookie.parse(forged, "secret")["n"]
    assert (type(cookie), cookie.value) == (Cookie, forged.removeprefix("n="))


def test_mismatch_can_be_ignored_or_raised() -> None:
    string = f"{signed()}; m=forged"
    assert list(SignedCookie.parse(string, "secret", Cookie.IGNORE)) == ["n"]
    assert list(SignedCookie.parse(string, "other", mismatch=Cookie.IGNORE)) == []
    with pytest.raises(CookieError, match="cookie 'm': the signature does not match"):
        SignedCookie.parse(string, "secret", Cookie.EXCEPTION)


def test_names_restrict_what_is_verified() -> None:
    assert list(SignedCookie.parse(f"{signed()}; m=forged", "secret", Cookie.EXCEPTION, names=["n"])) == ["n"]


def test_unsign_replaces_the_value() -> None:
    cookie = SignedCookie("n", signed().removeprefix("n="))
    cookie.unsign("secret")
    assert cookie.value == "v"
    with pytest.raises(CookieError, match="does not match"):
        cookie.unsign("secret")


def test_trailing_blanks_do_not_break_the_signature() -> None:
    assert SignedCookie.parse(signed("v  "), "secret")["n"].value == "v"


def test_signed_value_is_checked_too() -> None:
    with pytest.raises(CookieError, match="semicolons"):
        signed("a;b")
    with pytest.raises(CookieError, match="not a name"):
        SignedCookie("a=b", "v", secret="s").hexdigest("v")


@settings(deadline=None)
@given(TEXT, TEXT, st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_is_signed_verifies(name: str, value: str, secret: str) -> None:
    assume(not name.startswith("$"))
    try:
        sent = str(SignedCookie(name, value, secret=secret))
    except CookieError:
        return
    assert SignedCookie.parse(sent, secret, Cookie.EXCEPTION)[name].value == value.rstrip(" \t")


# -- Marshalled ------------------------------------------------------------------------------------------------


def marshalled(value: Any) -> str:
    return signed(base64.b64encode(marshal.dumps(value)).decode())


def test_d21_marshalled_cookie_comes_back() -> None:
    for value in ({"a": 1}, [1.5, None, True, b"b", "é", (2j, {3}, frozenset({4}))], "x" * 3000, 0):
        sent = str(MarshalCookie("n", value, secret="secret"))
        cookie = MarshalCookie.parse(sent, "secret")["n"]
        assert (type(cookie), cookie.value) == (MarshalCookie, value)


def test_marshalled_value_is_base64_behind_its_signature() -> None:
    assert str(MarshalCookie("n", {"a": 1}, secret="secret")) == marshalled({"a": 1})


def test_old_marshalled_cookie_is_read() -> None:
    text = base64.b64encode(marshal.dumps([1])).decode()
    old = "n=" + cookiesign.sign_md5(b"secret", b"n", text.encode()) + text
    assert MarshalCookie.parse(old, "secret")["n"].value == [1]


@pytest.mark.parametrize("text", ["", "v", "!!!!", "bm9wZQ==", "é", base64.b64encode(b"[\xff\xff\xff\x7f").decode()])
def test_signed_but_not_marshalled_is_downgraded(text: str) -> None:
    sent = signed(text)
    cookie = MarshalCookie.parse(sent, "secret")["n"]
    assert (type(cookie), cookie.value) == (Cookie, sent.removeprefix("n="))
    with pytest.raises(CookieError, match="not marshalled"):
        MarshalCookie.parse(sent, "secret", Cookie.EXCEPTION)


def test_unsigned_is_not_unmarshalled(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(octets: bytes) -> NoReturn:
        raise AssertionError("unmarshalled what was not verified")

    monkeypatch.setattr(marshal, "loads", refuse)
    assert type(MarshalCookie.parse(marshalled(1), "other")["n"]) is Cookie


@pytest.mark.parametrize("value", [compile("1", "c", "eval"), ..., [{"a": (StopIteration,)}], {object(): 1}])
def test_only_plain_data_is_marshalled(value: object) -> None:
    with pytest.raises(CookieError, match="is no plain data|unmarshallable"):
        str(MarshalCookie("n", value, secret="secret"))


def test_only_plain_data_is_unmarshalled() -> None:
    with pytest.raises(CookieError, match="type b'c' is no plain data"):
        MarshalCookie.parse(marshalled([compile("1", "c", "eval")]), "secret", Cookie.EXCEPTION)


def test_deep_data_is_no_problem() -> None:
    value: Any = ()
    for _ in range(1500):
        value = (value,)
    cookie = MarshalCookie.parse(marshalled(value), "secret")["n"]
    assert type(cookie) in (Cookie, MarshalCookie)


def test_data_that_contains_itself_is_no_problem() -> None:
    value: list[Any] = []
    value.append(value)
    again = MarshalCookie.parse(str(MarshalCookie("n", value, secret="secret")), "secret")["n"].value
    assert again[0] is again


def test_data_that_is_too_deep_is_an_error() -> None:
    value: Any = []
    for _ in range(5000):
        value = [value]
    with pytest.raises(CookieError, match="cannot be marshalled"):
        str(MarshalCookie("n", value, secret="secret"))


def test_size_is_limited_both_ways() -> None:
    with pytest.raises(CookieError, match="more than 4096 bytes"):
        str(MarshalCookie("n", "x" * 4096, secret="secret"))
    with pytest.raises(CookieError, match="more than 4096 bytes"):
        MarshalCookie.parse(marshalled("x" * 4096), "secret", Cookie.EXCEPTION)


@settings(deadline=None)
@given(st.binary())
def test_any_signed_octets_are_a_value_or_a_cookie_error(octets: bytes) -> None:
    sent = signed(base64.b64encode(octets).decode())
    cookie = MarshalCookie.parse(sent, "secret")["n"]
    assert type(cookie) in (Cookie, MarshalCookie)


# -- Requests --------------------------------------------------------------------------------------------------


def test_cookie_is_added_to_the_response() -> None:
    req = FakeRequest()
    add_cookie(req, Cookie("a", "1", path="/"))
    add_cookie(req, "b", "2", secure=True)
    add_cookie(req, "c")
    assert req.headers_out.items() == [
        ("Cache-Control", 'no-cache="set-cookie"'),
        ("Set-Cookie", "a=1; path=/"),
        ("Set-Cookie", "b=2; secure"),
        ("Set-Cookie", "c="),
    ]


def test_d23_cookie_can_go_with_every_response() -> None:
    req = FakeRequest()
    add_cookie(req, "a", "1", always=True)
    add_cookie(req, "b", "2")
    assert req.err_headers_out.items() == [("Cache-Control", 'no-cache="set-cookie"'), ("Set-Cookie", "a=1")]
    assert req.headers_out.items() == [("Set-Cookie", "b=2")]


def test_bad_cookie_leaves_the_response_alone() -> None:
    req = FakeRequest()
    with pytest.raises(CookieError):
        add_cookie(req, "a", "1; domain=example.org")
    assert len(req.headers_out) == 0


def test_no_cookies() -> None:
    assert get_cookies(asking()) == {}
    assert get_cookie(asking(), "a") is None


def test_cookies_of_the_request() -> None:
    req = asking("a=1; b=2")
    assert {name: cookie.value for name, cookie in get_cookies(req).items()} == {"a": "1", "b": "2"}
    assert get_cookie(req, "b").value == "2"
    assert get_cookie(req, "c") is None


def test_signed_cookie_of_the_request() -> None:
    req = asking(f"{signed()}; m=forged")
    arguments = {"secret": "secret", "mismatch": Cookie.IGNORE}
    assert get_cookie(req, "n", SignedCookie, **arguments).value == "v"
    assert get_cookie(req, "m", SignedCookie, **arguments) is None
    assert list(get_cookies(req, SignedCookie, **arguments)) == ["n"]


def test_arguments_reach_the_parser() -> None:
    assert get_cookie(asking('a="x"'), "a", unquote=True).value == "x"


@pytest.mark.parametrize("lines", [("a=1", 'b="x, y=z"', "c=3"), ('a=1, b="x, y=z", c=3',)])
def test_d22_several_lines_are_read_as_one(lines: tuple[str, ...]) -> None:
    found = {name: cookie.value for name, cookie in get_cookies(asking(*lines)).items()}
    assert found == {"a": "1", "b": '"x, y=z"', "c": "3"}


# -- Defects of the original -----------------------------------------------------------------------------------


def test_d18_max_age_has_its_hyphen() -> None:
    assert str(Cookie("a", "b", max_age=0)) == "a=b; Max-Age=0"


def test_d19_false_flags_are_not_sent() -> None:
    assert str(Cookie("a", "b", secure=False, httponly=0, discard="")) == "a=b"


def test_d20_comment_url_is_a_keyword() -> None:
    assert str(Cookie("a", "b", commentURL="u")) == str(Cookie("a", "b", commenturl="u")) == "a=b; commentURL=u"


def test_cookie_error_is_a_value_error() -> None:
    assert issubclass(CookieError, ValueError)
    assert (Cookie.DOWNGRADE, Cookie.IGNORE, Cookie.EXCEPTION) == (0, 1, 3)
