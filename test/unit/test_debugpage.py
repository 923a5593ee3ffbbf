"""The debug page: complete, escaped, bounded, and without secrets."""

import base64
import json
import sys
from html.parser import HTMLParser

import pytest

from fakes import FakeRequest, FakeTable
from mod_python import debugpage, htmlpage
from mod_python.debugpage.facts import MOST_EXCEPTIONS
from mod_python.debugpage.masking import MASK, Masker, is_secret

HTML, JSON, TEXT = "text/html", "application/json", "text/plain"
LOCALS = {"mod_python.debug.locals": "On"}
PASSWORD = "wide open"
CREDENTIALS = base64.b64encode(f"eve:{PASSWORD}".encode()).decode()

groups = pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 has neither groups nor notes")


class DebugRequest(FakeRequest):
    protocol, hostname, useragent_ip, interpreter = "HTTP/1.1", "localhost", "127.0.0.1", "main_interpreter"


def page(function, media_type=TEXT, **attributes):
    """The page for what `function` raises."""
    request = DebugRequest(**attributes)
    try:
        function()
    except BaseException as error:
        return debugpage.render(request, "PythonHandler shop::sell", error, error.__traceback__.tb_next, media_type)
    raise AssertionError("nothing was raised")


def fail(message="no such thing"):
    def function():
        raise ValueError(message)

    return function


class Elements(HTMLParser):
    """The tags of a page, which must balance."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen = [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


class TestForms:
    def test_text_is_a_traceback_and_the_request(self):
        lines = page(fail(), unparsed_uri="/shop?x=1", headers_in=FakeTable({"Host": "here"})).splitlines()
        assert lines[0] == "PythonHandler shop::sell"
        assert lines[1] == "Traceback (most recent call last):"
        assert "    raise ValueError(message)" in lines
        assert "ValueError: no such thing" in lines
        assert "Request: URI: /shop?x=1" in lines
        assert "Headers: Host: here" in lines

    def test_json_has_the_same(self):
        found = json.loads(page(fail(), JSON, options={"color": "green"}))
        error = found["error"]
        assert (error["kind"], error["message"]) == ("ValueError", "no such thing")
        frame = error["frames"][-1]
        assert dict(map(tuple, frame["source"]))[frame["line"]].strip() == "raise ValueError(message)"
        assert frame["locals"] == {}
        assert found["where"] == "PythonHandler shop::sell"
        assert found["request"]["Options"] == {"color": "green"}

    def test_html_is_whole_and_fetches_nothing(self):
        text = page(fail("<script>alert(1)</script>"), HTML, headers_in=FakeTable({"<b>": "<i>"}))
        tags = Elements(text).seen
        assert {tag for tag, _ in tags}.isdisjoint({"script", "b", "link", "img", "a", "iframe"})
        assert not any({"src", "href", "style", "onclick"} & set(attributes) for _, attributes in tags)
        assert "<h1 class=error>ValueError: &lt;script&gt;" in text
        assert "<mark><i>" in text
        assert "<dt>&lt;b&gt;</dt><dd>&lt;i&gt;</dd>" in text

    def test_the_policy_allows_the_page_its_own_style(self):
        assert "style-src 'sha256-" in htmlpage.HEADERS["Content-Security-Policy"]

    @pytest.mark.parametrize(
        ("accept", "begun", "content_type", "chosen"),
        [
            ("text/html,*/*;q=0.8", False, None, HTML),
            ("*/*", False, None, TEXT),
            ("image/png", False, None, TEXT),
            ("application/json", False, None, JSON),
            ("application/json", True, "text/html; charset=utf-8", HTML),  # it follows what has been sent
            ("text/html", True, "text/csv", TEXT),
            ("application/json", True, "Text/HTML", HTML),
            ("text/plain", True, "image/svg+xml", HTML),
            ("text/plain", True, None, HTML),  # the browser will guess
        ],
    )
    def test_the_client_chooses(self, accept, begun, content_type, chosen):
        request = DebugRequest(headers_in=FakeTable({"Accept": accept}), content_type=content_type)
        assert debugpage.choose(request, begun) == chosen


def chained():
    try:
        try:
            raise KeyError("deep")
        except KeyError as error:
            raise OSError("middle") from error
    except OSError:
        raise ValueError("top")  # noqa: B904


class TestExceptions:
    def test_a_chain_is_told_from_its_beginning(self):
        text = page(chained)
        ends = [text.index(end) for end in ("KeyError: 'deep'", "OSError: middle", "ValueError: top")]
        assert ends == sorted(ends)
        assert "direct cause of" in text
        assert "During handling of" in text

    def test_html_begins_with_its_end(self):
        text = page(chained, HTML)
        assert "<h1 class=error>ValueError: top</h1>" in text
        assert text.index("It occurred while this one was handled") < text.index("Its direct cause")

    @groups
    def test_groups_and_notes(self):
        def function():
            error = ValueError("one")
            error.add_note("remember <this>")
            raise ExceptionGroup("several", [error, KeyError("two")])  # noqa: F821

        assert "  | remember <this>" in page(function)
        found = json.loads(page(function, JSON))["error"]
        assert [member["kind"] for member in found["members"]] == ["ValueError", "KeyError"]
        assert found["members"][0]["notes"] == ["remember <this>"]
        assert "1 of 2 exceptions in the group" in page(function, HTML)

    def test_a_syntax_error_points_at_its_place(self):
        text = page(lambda: compile("a = (1,\nb = = 2\n", "page.psp", "exec"))
        assert 'File "page.psp", line' in text
        assert "^" in text

    @pytest.mark.parametrize("media_type", [HTML, JSON, TEXT])
    def test_a_deep_recursion_is_bounded(self, media_type):
        def recurse(n=0):
            return even(n)

        def even(n):
            return recurse(n + 1)

        text = page(recurse, media_type)
        assert "RecursionError" in text
        assert len(text) < 200_000

    def test_a_long_chain_is_bounded(self):
        def function():
            error = None
            for number in range(300):
                try:
                    raise ValueError(number) from error
                except ValueError as failure:
                    error = failure
            raise error

        assert page(function).count("ValueError: ") == MOST_EXCEPTIONS

    def test_exceptions_in_a_ring(self):
        def function():
            one, two = ValueError("one"), ValueError("two")
            one.__cause__, two.__cause__ = two, one
            raise one

        assert page(function).count("ValueError: ") == 2

    def test_an_exception_that_cannot_say_what_it_is(self):
        class MuteError(Exception):
            def __str__(self):
                raise SystemExit

        def function():
            raise MuteError

        assert json.loads(page(function, JSON))["error"]["message"] == "<str() raises SystemExit>"
        assert "MuteError" in page(function)

    @pytest.mark.parametrize("media_type", [HTML, JSON, TEXT])
    def test_a_huge_message_is_cut(self, media_type):
        assert len(page(fail("x" * 10_000_000), media_type)) < 50_000

    def test_control_characters_reach_no_terminal(self):
        assert "\\x1b[31mred\\x00" in page(fail("\x1b[31mred\x00"))


class TestLocals:
    def test_they_are_shown_only_on_request(self):
        def function():
            color = "green"
            raise ValueError(len(color))

        assert "'green'" not in page(function).replace('color = "green"', "")
        assert "color = 'green'" in page(function, options=LOCALS)
        assert "<dt>color</dt><dd>&#x27;green&#x27;</dd>" in page(function, HTML, options=LOCALS)

    def test_a_wrong_switch_is_an_error(self):
        with pytest.raises(ValueError, match="MP0300"):
            page(fail(), options={"mod_python.debug.locals": "perhaps"})

    @pytest.mark.parametrize("error", [ValueError, SystemExit, RecursionError])
    def test_a_repr_that_raises(self, error):
        class Bad:
            def __repr__(self):
                raise error

        def function():
            bad = Bad()
            raise KeyError(id(bad))

        assert f"object whose repr() raises {error.__name__}>" in page(function, options=LOCALS)

    def test_an_object_that_does_not_say_what_it_is(self):
        class Lazy:
            @property
            def __class__(self):
                raise LookupError

        def function():
            lazy = password = Lazy()
            raise KeyError(id(lazy), id(password))

        assert "lazy = <" in page(function, options=LOCALS)

    def test_what_exec_keeps_its_variables_in(self):
        def function():
            exec("raise ValueError", {}, {1: 2, "color": "green"})

        assert "color = 'green'" in page(function, options=LOCALS)

    def test_huge_values_are_cut(self):
        def function():
            text, raw, items, loop = "x" * 10**7, b"y" * 10**7, list(range(10**6)), []
            loop.append(loop)
            raise ValueError(len(text) + len(raw) + len(items))

        assert len(page(function, options=LOCALS)) < 20_000


class Account:
    def __repr__(self):
        return f"Account(name='eve', password='{PASSWORD}', api_key=\"{PASSWORD}\")"


class TestSecrets:
    @pytest.mark.parametrize(
        "name", "password passwd PWD pw secret SECRET_KEY api_key X-Auth-Token Authorization Cookie sessionid".split()
    )
    def test_telling_names(self, name):
        assert is_secret(name)

    @pytest.mark.parametrize("name", "name color Host User-Agent author mod_python.session.cookie_name".split())
    def test_names_that_tell_nothing(self, name):
        assert not is_secret(name)

    @pytest.mark.parametrize(
        "text",
        [
            "{'password': 'wide open'}",
            "dict(password='wide open')",
            'token: str = "wide open"',
            "[('Cookie', 'wide open')]",
            'os.environ["SECRET"] = "wide open"',
            "b'pass'='wide open'",
            "password = rb'wide open'",
            '''token = """wide open"""''',
            '''token = f"""wide open\n''',
            "PIN_TOKEN = 1234",
            "/login?x=1&access_token=wide",
            "redis://eve:wide@127.0.0.1/0",
        ],
    )
    def test_values_beside_telling_names(self, text):
        masked = Masker().text(text)
        assert MASK in masked
        assert not {"wide", "open", "1234"} & set(masked.replace("'", " ").replace('"', " ").split())
        assert "wide" not in masked

    def test_what_a_caller_has_is_hidden_where_another_exception_quotes_it(self):
        def connect(address):
            try:
                raise OSError(f"no route to {address}")
            except OSError as error:
                raise ValueError from error

        def function():
            token = "".join(["tick", "tock"])
            connect(token)

        assert "ticktock" not in page(function)

    def test_a_long_text_does_not_take_long(self):
        assert Masker().text("a" * 1_000_000, 10) == "a" * 10 + "…"
        assert Masker().text("token" * 200_000, 10) == "tokentoken…"
        assert Masker().text("key:" + " " * 100_000, 10) == "key:      …"

    @pytest.mark.parametrize("media_type", [HTML, JSON, TEXT])
    def test_no_secret_reaches_the_page(self, media_type):
        def function():
            header = f"Basic {CREDENTIALS}"  # what it is, the name does not tell
            visit = {"user": "eve", "cookies": "id=0123456789abcdef", "x": ["0123456789abcdef"]}
            account, password = Account(), "other" + "wise"
            raise ValueError(f"{header} {visit} {account} {password}")

        headers = {
            "Authorization": f"Basic {CREDENTIALS}",
            "Cookie": "pysid=0123456789abcdef; a=b",
            "X-Api-Key": "k9k9k9",
        }
        text = page(
            function,
            media_type,
            headers_in=FakeTable(headers),
            options={**LOCALS, "db_password": "hunter22"},
            unparsed_uri="/x?token=hunter22",
        )
        assert "eve" in text
        for secret in (CREDENTIALS, PASSWORD, "0123456789abcdef", "k9k9k9", "hunter22", "otherwise"):
            assert secret not in text
