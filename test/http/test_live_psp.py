"""Python Server Pages in a live httpd."""

import html
import os
import re

import pytest

PSP = "AddHandler mod_python .psp\nPythonHandler mod_python.psp"
DEBUG = "AddHandler mod_python .psp .psp_\nPythonHandler mod_python.psp\nPythonDebug On"
SESSIONS = "PythonOption mod_python.session.session_type FileSession"


def site(*lines):
    return "\n".join(['<Directory "${DOCROOT}">', *lines, "</Directory>"])


@pytest.fixture(scope="module")
def server(serve_module):
    return serve_module(site(PSP, SESSIONS), app="psp")


@pytest.fixture(scope="module")
def debug(serve_module):
    return serve_module(site(DEBUG), app="psp")


def listed(response):
    """The rows of a listing as number, Python, source."""
    rows = re.findall("<tr><td align=.right.><code>(.*?)</code></td><td>(.*?)</td><td>(.*?)</td></tr>", response.text)
    return [tuple(html.unescape(re.sub("<.*?>", "", cell)).replace("\xa0", " ") for cell in row) for row in rows]


class TestPages:
    def test_a_page(self, server):
        response = server.get("/page.psp")
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert response.headers["Content-Length"] == str(len(response.content))
        assert response.text == (
            "<html><body>\n<ul>\n<li>ham</li>\n<li>spam & eggs</li>\n<li>caf\xe9</li>\n</ul>\n\n"
            "<p>C:\\new\\text</p>\n</body></html>\n"
        )

    def test_head_has_the_length_and_no_body(self, server):
        response = server.head("/page.psp")
        assert (response.headers["Content-Length"], response.text) == (str(len(server.get("/page.psp").content)), "")

    def test_includes_within_includes(self, server):
        assert server.get("/include.psp").text.split() == ["before", "outer", "inner", "42", "end", "after"]

    def test_a_page_sets_status_headers_and_type(self, server):
        response = server.get("/status.psp")
        assert (response.status_code, response.text) == (404, "a page of its own\n")
        assert (response.headers["X-Page"], response.headers["Content-Type"]) == ("yes", "text/plain")

    def test_a_page_that_does_not_exist_is_404(self, server):
        assert server.get("/nosuch.psp").status_code == 404

    def test_other_files_are_served_as_they_are(self, server):
        assert server.get("/parts/inner.inc").text == "inner <%= 6 * 7 %>\n"

    def test_a_published_function_returns_a_page(self, serve):
        server = serve(site("SetHandler mod_python", "PythonHandler mod_python.publisher"), app="psp")
        response = server.get("/published?name=you")
        assert (response.text, response.headers["Content-Type"]) == ("<p>Hello, you!</p>\n", "text/html; charset=utf-8")
        assert server.get("/published/text").text == "inner 42\n"


class TestForms:
    def test_get(self, server):
        page = server.get("/form.psp?name=%C3%A9&color=red&color=blue&a=1").text
        assert page == "<p>('\xe9', ['red', 'blue'], None)</p>\n2\n"

    def test_post(self, server):
        page = server.post("/form.psp", data={"name": "\xe9", "a": "1", "b": "2"}).text
        assert page == "<p>('\xe9', [], None)</p>\n3\n"

    def test_an_upload(self, server):
        page = server.post("/form.psp", files={"file": ("a.bin", b"\0\xff")}).text
        assert page == "<p>('nobody', [], b'\\x00\\xff')</p>\n\n"


class TestSession:
    def test_a_page_that_names_it_has_a_session(self, server):
        with server.session() as browser:
            assert [browser.get(f"{server.url}/session.psp").text.strip() for _ in range(3)] == ["1", "2", "3"]

    def test_another_browser_has_another_one(self, server):
        assert [server.get("/session.psp").text.strip() for _ in range(2)] == ["1", "1"]

    def test_a_page_without_one_sends_no_cookie(self, server):
        assert "Set-Cookie" not in server.get("/page.psp").headers


class TestErrors:
    def test_a_failing_page_is_500_and_the_log_names_its_line(self, server):
        server.expect_log(r'MP0100: .*failing\.psp", line 4')
        server.expect_log("MP0100: .*ZeroDivisionError")
        server.allow_log("MP0100")
        response = server.get("/failing.psp")
        assert (response.status_code, "ZeroDivisionError" in response.text) == (500, False)

    def test_an_error_in_an_included_file_names_that_file(self, server):
        server.expect_log(r'MP0100: .*parts/failing\.inc", line 3')
        server.allow_log("MP0100")
        assert server.get("/failing_part.psp").status_code == 500

    @pytest.mark.parametrize(
        ("page", "reason"),
        [
            ("unbalanced", r"unbalanced\.psp., line 2"),
            ("unended", r"unended\.psp., line 2"),
            ("latin", r"latin\.psp"),
            ("circle", "circle.psp includes itself"),
        ],
    )
    def test_a_page_that_is_no_page_is_500_and_the_log_says_why(self, server, page, reason):
        server.expect_log(f"MP0100: .*{reason}")
        server.allow_log("MP0100")
        assert server.get(f"/{page}.psp").status_code == 500

    def test_an_error_page_answers_with_500_and_the_error_is_logged(self, server):
        server.expect_log("MP0240: PSP page failed, .*sorry.psp answers: ValueError: on <purpose>")
        server.allow_log("MP0240")
        response = server.get("/guarded.psp")
        assert (response.status_code, response.text.split()[-2:]) == (500, ["<p>Sorry:", "ValueError</p>"])

    def test_a_status_that_is_raised_is_no_error(self, server):
        assert server.get("/gone.psp").status_code == 410

    def test_with_debug_the_client_sees_the_traceback(self, debug):
        debug.allow_log("MP0100")
        response = debug.get("/failing.psp")
        assert response.status_code == 500
        assert "failing.psp&quot;, line 4" in response.text

    @pytest.mark.parametrize(("query", "status"), [("", 302), ("?permanent=1", 301)])
    def test_a_redirect(self, server, query, status):
        response = server.get("/redirect.psp" + query)
        assert (response.status_code, response.headers["Location"]) == (status, "page.psp?from=redirect")
        assert "never seen" not in response.text


class TestListing:
    def test_an_underscore_shows_page_and_python_side_by_side(self, debug):
        response = debug.get("/form.psp_")
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        rows = listed(response)
        assert ("2", 'name = form.getfirst("name", "nobody")', 'name = form.getfirst("name", "nobody")') in rows
        assert [source for _, _, source in rows][-1] == '%><%= psp.apply_data(total) if "a" in form else "" %>'
        assert "<p>" not in response.text

    def test_it_is_highlighted(self, debug):
        pytest.importorskip("pygments")
        assert "</span>" in debug.get("/form.psp_").text

    def test_it_shows_a_page_that_cannot_be_compiled(self, debug):
        assert ("2", "if True", "<% if True %>") in listed(debug.get("/unbalanced.psp_"))

    def test_without_debug_there_is_none(self, serve):
        server = serve(site(DEBUG.replace("PythonDebug On", "")), app="psp")
        assert server.get("/form.psp_").status_code == 404

    def test_of_a_missing_page_there_is_none(self, debug):
        assert debug.get("/nosuch.psp_").status_code == 404


class TestReload:
    def test_an_edited_page_shows_at_once(self, server):
        for text in ("one", "two", "six"):  # of one length, within one second
            server.write("edited.psp", f"<%= '{text}' %>")
            assert server.get("/edited.psp").text == text

    def test_an_edited_include_shows_at_once(self, server):
        server.write("outer.psp", '<%@ include file="parts/a.inc" %>')
        server.write("parts/a.inc", '<%@ include file="parts/b.inc" %>')
        for text in ("one", "two", "six"):
            server.write("parts/b.inc", text)
            assert server.get("/outer.psp").text == text

    def test_an_include_with_an_older_time_shows_too(self, server):
        server.write("old.psp", '<%@ include file="parts/old.inc" %>')
        for age, text in enumerate(("one", "two", "six")):
            os.utime(server.write("parts/old.inc", text), (10**9 - age, 10**9 - age))
            assert server.get("/old.psp").text == text

    def test_a_broken_edit_is_500_each_time_until_it_is_mended(self, server):
        server.allow_log("MP0100")
        statuses = []
        for text in ("0", "0 +", None, "0"):
            if text:
                server.write("broken.psp", f"<%= {text} %>")
            statuses.append(server.get("/broken.psp").status_code)
        assert statuses == [200, 500, 500, 200]

    def test_without_autoreload_the_first_version_stays(self, serve):
        server = serve(site(PSP, "PythonAutoReload Off"))
        for text in ("one", "two"):
            server.write("edited.psp", text)
            assert server.get("/edited.psp").text == "one"
