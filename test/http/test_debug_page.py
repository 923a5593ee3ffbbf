"""PythonDebug On: the client sees what went wrong, in the form it asks for, and no secrets."""

import base64

import pytest

SITE = """
PythonDebug On
PythonPath "['${DOCROOT}'] + sys.path"
<Directory "${DOCROOT}">
    SetHandler mod_python
    PythonHandler oops
    PythonOption db_password hunter22
</Directory>
<Location "/locals">
    PythonOption mod_python.debug.locals On
</Location>
<Location "/off">
    PythonDebug Off
    PythonOption mod_python.debug.locals On
</Location>
<Location "/group">
    PythonHandler oops::group
</Location>
<Location "/chain">
    PythonHandler oops::chain
</Location>
<Location "/deep">
    PythonHandler oops::deep
    PythonOption mod_python.debug.locals On
</Location>
<Location "/late">
    PythonHandler oops::late
</Location>
<Location "/late_text">
    PythonHandler oops::late_text
</Location>
<Location "/undecided">
    PythonHandler oops::undecided
</Location>
<FilesMatch "[.]psp$">
    PythonHandler mod_python.psp
</FilesMatch>
"""

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="class")
def server(serve_class):
    return serve_class(SITE, app="debug")


@pytest.fixture
def get(server):
    server.allow_log("MP0100")
    return lambda path, headers=None: server.get(path, headers=headers)


class TestForms:
    def test_a_browser_gets_html(self, get):
        response = get("/", BROWSER)
        assert response.status_code == 500
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "<h1 class=error>ValueError: &lt;script&gt; green &lt;b&gt;" in response.text
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert "no-store" in response.headers["Cache-Control"]

    def test_curl_gets_plain_text(self, get):
        response = get("/", {"User-Agent": "curl/8"})
        assert (response.status_code, response.headers["Content-Type"]) == (500, "text/plain; charset=utf-8")
        assert response.text.startswith("PythonHandler oops\nTraceback (most recent call last):\n")
        assert "ValueError: <script>" in response.text

    def test_json_on_request(self, get):
        error = get("/", JSON).json()["error"]
        assert error["kind"] == "ValueError"
        assert error["frames"][0]["function"] == "handler"
        assert error["frames"][0]["locals"] == {}

    def test_none_of_them_without_pythondebug(self, get):
        for headers in (BROWSER, JSON, None):
            response = get("/off/", headers)
            assert response.status_code == 500
            assert "ValueError" not in response.text

    def test_html_follows_html_and_text_follows_text(self, get):
        assert get("/late", JSON).text.startswith("<p>half of it</p>\n<!DOCTYPE html>")
        assert get("/late_text", BROWSER).text.startswith("half,of,it\n\nPythonHandler oops::late_text\nTraceback")


class TestContents:
    def test_local_variables_are_shown_on_request(self, get):
        found = get("/locals/", JSON).json()["error"]["frames"][0]["locals"]
        assert found["color"] == "'green <b>'"
        assert found["mute"] == "<oops.Mute object whose repr() raises RuntimeError>"

    @pytest.mark.parametrize("accept", [BROWSER, JSON, {}])
    def test_no_secrets(self, get, accept):
        credentials = base64.b64encode(b"eve:wide open").decode()
        secrets = {"Authorization": f"Basic {credentials}", "Cookie": "pysid=0123456789abcdef"}
        text = get("/locals/?token=hunter22", {**accept, **secrets}).text
        assert "pysid" not in text
        for secret in ("hunter22", "wide open", credentials, "0123456789abcdef"):
            assert secret not in text

    def test_a_chain(self, get):
        error = get("/chain", JSON).json()["error"]
        assert error["kind"] == "TypeError"
        kinds = [error["before"]["before"]["kind"], error["before"]["before"]["before"]["kind"]]
        assert kinds == ["LookupError", "KeyError"]

    def test_a_group(self, get):
        assert "ValueError: one" in get("/group").text

    def test_endless_recursion(self, get):
        text = get("/deep").text
        assert "RecursionError: maximum recursion depth exceeded" in text
        assert "calls left out" in text

    def test_a_wrong_switch_is_told_in_the_log(self, server, get):
        server.expect_log("MP0100: the debug page: .*MP0300: PythonOption mod_python.debug.locals must be On or Off")
        assert get("/undecided").text == "ValueError; the error log says more\n"

    def test_bytes_that_are_no_text(self, get):
        assert get("/?x", {"Accept": "text/html", "X-Raw": b"\xff<i>"}).status_code == 500


class TestPages:
    def test_an_error_points_at_the_line_of_the_page(self, get):
        response = get("/page.psp", JSON)
        assert response.status_code == 500
        assert response.text.startswith("<html>")  # it has begun, so HTML goes on
        assert "page.psp:5" in response.text
        assert "<mark><i>5  </i>&lt;p&gt;&lt;%= 1 / 0 %&gt;&lt;/p&gt;</mark>" in response.text

    def test_a_syntax_error_too(self, get):
        error = get("/broken.psp", JSON).json()["error"]
        assert error["kind"] == "SyntaxError"
        assert 'broken.psp", line 3\n' in error["standard"]
