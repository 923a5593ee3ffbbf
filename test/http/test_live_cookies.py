"""Cookies in a live httpd: what a browser gets and gives back, and what a forger does with it."""

import hmac
import json

import pytest

CONFIG = """
<Location />
    SetHandler mod_python
    PythonHandler jar
    PythonPath "sys.path + ['${DOCROOT}']"
</Location>
"""


@pytest.fixture(scope="module")
def server(serve_module):
    return serve_module(CONFIG, app="cookies")


@pytest.fixture
def browser(server):
    with server.session() as session:
        yield lambda path: session.get(f"{server.url}/{path}")


def lines(response):
    """The Set-Cookie lines, without their order."""
    return set(response.raw.headers.getlist("Set-Cookie"))


def signed(value, pair="cart=", digest="sha256"):
    """A cookie value with the signature of the application's secret in front."""
    return hmac.new(b"a secret", f"{pair}{value}".encode(), digest).hexdigest() + value


class TestPlain:
    def test_what_was_set_comes_back(self, browser):
        browser("set_plain")
        assert browser("get_plain").json() == {"plain": "some value", "other": "caf\xe9", "short": "1"}

    def test_attributes_are_sent_as_browsers_read_them(self, browser):
        other, plain, short = sorted(lines(browser("set_plain")))
        assert plain == "plain=some value"
        assert other.split("; ")[1] == "path=/"
        assert other.split("; ")[2].startswith("expires=")
        assert other.endswith(" GMT; httponly")
        assert short == "short=1; Max-Age=5; samesite=Strict"

    def test_a_response_with_a_cookie_is_not_cached_for_others(self, browser):
        assert browser("set_plain").headers["Cache-Control"] == 'no-cache="set-cookie"'

    def test_a_cookie_that_expires_is_forgotten(self, browser):
        browser("set_plain")
        browser("drop")
        assert "plain" not in browser("get_plain").json()

    @pytest.mark.parametrize(
        ("sent", "expected"),
        [
            (b"a=1; b=2", {"a": "1", "b": "2"}),
            (b"a=1;b=2;;", {"a": "1", "b": "2"}),
            (b'a="x; y"; b=2', {"a": '"x; y"', "b": "2"}),
            (b"a=1\r\nCookie: b=2", {"a": "1", "b": "2"}),
            (b"a=\xff\xfe", {"a": "\udcff\udcfe"}),
            (b"nonsense", {"nonsense": ""}),
            (b"=; ;=;", {}),
            (b"$Version=1; a=b=c", {"a": "b=c"}),
        ],
    )
    def test_whatever_is_sent_is_read(self, server, sent, expected):
        answer = server.raw(b"GET /get_plain HTTP/1.0\r\nCookie: " + sent + b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2]) == expected

    def test_a_cookie_cannot_carry_another_header(self, server):
        server.expect_log("MP0100: .*CookieError")
        server.allow_log("MP0100")
        response = server.get("/inject")
        assert (response.status_code, "X-Evil" in response.headers, response.cookies.get_dict()) == (500, False, {})

    def test_an_error_response_has_the_cookies_that_are_for_every_response(self, server):
        response = server.get("/refused")
        assert (response.status_code, response.cookies.get_dict()) == (403, {"kept": "1"})


class TestSigned:
    def test_what_was_signed_comes_back(self, browser):
        browser("set_signed")
        assert browser("get_signed").json() == {"cart": "42 apples", "order": {"apples": 42, "names": ["ham", "\xe9"]}}

    def test_the_signature_is_sha_256_in_front_of_the_value(self, browser):
        assert f"cart={signed('42 apples')}; path=/" in lines(browser("set_signed"))

    @pytest.mark.parametrize(
        "forge", [lambda text: text[:-1] + "9", lambda text: "0" + text[1:], lambda text: "", lambda text: text * 2]
    )
    def test_what_was_changed_does_not(self, server, browser, forge):
        cookies = {name: forge(text) for name, text in browser("set_signed").cookies.get_dict().items()}
        assert server.get("/get_signed", cookies=cookies).json() == {"cart": None, "order": None}

    def test_a_value_signed_for_one_cookie_is_worth_nothing_in_another(self, server):
        assert server.get("/get_signed", cookies={"order": signed("1")}).json()["order"] is None

    def test_forged_cookies_come_as_plain_ones_unless_ignored(self, server):
        cookies = {"cart": signed("1"), "forged": "1"}
        assert server.get("/types", cookies=cookies).json() == {
            "cart": ["SignedCookie", "1"],
            "forged": ["Cookie", "1"],
        }

    def test_old_signatures_are_read_and_renewed_as_they_are(self, server):
        old = {"cart": signed("7 pears", pair="cart", digest="md5")}
        assert server.get("/get_signed", cookies=old).json()["cart"] == "7 pears"
        assert server.get("/renew", cookies=old).cookies.get_dict() == old
