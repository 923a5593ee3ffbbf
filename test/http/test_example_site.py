"""The demonstration site: every page answers as its card on the index page promises."""

import hashlib
import html
import importlib
import re
import subprocess
import sys
from pathlib import Path
from wsgiref.util import setup_testing_defaults

import pytest

from testenv import httpd

SITE = Path(__file__).parents[2] / "examples" / "site"
EGGS, JOE = ("eggs", "spam"), ("joe", "eoj")
PROTECTED = ("/members/", "/vault/", "/staff/")


def imported(name):
    """A module of the site that does not need httpd."""
    sys.path.insert(0, str(SITE / "lib"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(SITE / "lib"))


DEMOS = [demo for group in imported("demos").GROUPS.values() for demo in group]
by_name = pytest.mark.parametrize("demo", DEMOS, ids=lambda demo: demo.name)


@pytest.fixture(scope="module")
def site(serve_module):
    config = 'Define SITE "${DOCROOT}"\nDefine STATE "${ROOT}/tmp"\nInclude "${SITE}/site.conf"'
    return serve_module(config, app=str(SITE))


def table(response):
    """The rows of the page's table, name to text."""
    rows = re.findall("<tr><t[hd]>(.*?)</t[hd]><td>(.*?)</td></tr>", response.text)
    return {html.unescape(name): html.unescape(text) for name, text in rows}


class TestIndex:
    @by_name
    def test_every_demonstration_has_a_card(self, site, demo):
        page = site.get("/").text
        card = next(part for part in page.split("<li>") if f'href="{html.escape(demo.url)}"' in part)
        assert html.escape(demo.summary) in card
        assert f'href="/source/{demo.name}"' in card
        assert demo.login in card

    @by_name
    def test_its_source_is_shown_escaped(self, site, demo):
        page = site.get(f"/source/{demo.name}").text
        for path, text in demo.sources():
            assert f"<h2>{html.escape(path)}</h2>" in page
            assert f"<pre><code>{html.escape(text)}</code></pre>" in page

    def test_the_site_s_own_source_is_shown(self, site):
        assert "lib/source.py" in site.get("/source/index").text

    @pytest.mark.parametrize("name", ["", "nothing", "../site.conf", "%2e%2e/site.conf", "psp/", "%00"])
    def test_no_other_source_is_shown(self, site, name):
        assert site.get(f"/source/{name}").status_code == 404

    def test_nothing_is_loaded_from_elsewhere(self, site):
        links = re.findall(r'(?:src|href)="(.*?)"', site.get("/").text)
        assert len(links) > 2 * len(DEMOS)
        assert all(link.startswith("/") for link in links)

    @pytest.mark.parametrize(("path", "kind"), [("/style.css", "text/css"), ("/icon.svg", "image/svg+xml")])
    def test_style_and_icon_are_there(self, site, path, kind):
        assert site.get(path).headers["Content-Type"].partition(";")[0] == kind

    @pytest.mark.parametrize("path", ["/", "/handler/", "/nothing"])
    def test_the_browser_is_told_to_trust_only_this_site(self, site, path):
        assert "default-src 'self'" in site.get(path).headers["Content-Security-Policy"]

    def test_a_wrong_address_gets_a_page(self, site):
        response = site.get("/nothing")
        assert (response.status_code, "Nothing here" in response.text) == (404, True)

    @pytest.mark.parametrize("path", ["/lib/demos.py", "/site.conf", "/../lib/demos.py", "/conf.d/psp.conf"])
    def test_what_is_not_public_is_not_served(self, site, path):
        site.allow_log("AH10244")
        assert site.raw(f"GET {path} HTTP/1.0\r\n\r\n".encode()).split()[1] in {b"400", b"404"}


class TestPages:
    def test_the_handler_says_what_was_sent(self, site):
        response = site.get("/handler/anything?<b>", headers={"X-Any": "thing"})
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert "You asked for /handler/anything?%3Cb%3E with GET, from 127.0.0.1" in response.text
        assert "  X-Any: thing\n" in response.text

    def test_the_psp_page_counts_the_visits_of_a_browser(self, site):
        with site.session() as browser:
            visits = [re.search('id="visits">(.*?)<', browser.get(f"{site.url}/psp/").text)[1] for _ in range(3)]
        assert visits == ["1", "2", "3"]

    @pytest.mark.parametrize(("query", "base"), [("", 7), ("?base=3", 3), ("?base=99", 7), ("?base=<script>", 7)])
    def test_the_psp_page_shows_a_times_table(self, site, query, base):
        rows = table(site.get(f"/psp/{query}"))
        assert rows == {f"{factor} × {base}": str(factor * base) for factor in range(1, 11)}

    def test_an_underscore_shows_the_python_that_a_page_has_become(self, site):
        page = site.get("/psp/index.psp_").text
        assert "Generated Python" in page
        assert "factor" in page
        assert site.get("/index.psp_").status_code == 404


class TestPublisher:
    LONG = pytest.param("times=" + "9" * 5000, id="long")
    UPLOAD = bytes(range(256)) * 500

    def test_the_form_names_the_arguments(self, site):
        page = site.get("/publisher/").text
        assert set(re.findall(r'name="(\w+)"', page)) == {"viewport", "name", "times", "language", "file"}

    def test_fields_of_the_query_become_arguments(self, site):
        page = site.get("/publisher/greet", params={"name": "<b>", "times": 3}).text
        assert page.count("Hello, &lt;b&gt;!") == 4  # the title and three times
        assert "<b>" not in page

    def test_arguments_have_defaults(self, site):
        assert site.get("/publisher/greet").text.count("Hello, World!") == 2

    def test_repeated_fields_and_uploads_arrive(self, site):
        fields = {"name": "Zoë", "times": "1", "language": ["C", "<i>"]}
        files = {"file": ("a<b.bin", self.UPLOAD, "application/x-thing")}
        response = site.post("/publisher/greet", data=fields, files=files)
        assert "Hello, Zoë!" in response.text
        assert "<li>C</li>" in response.text
        assert "<li>&lt;i&gt;</li>" in response.text
        assert "You sent a&lt;b.bin" in response.text
        rows = table(response)
        assert (rows["Type"], rows["Bytes"]) == ("application/x-thing", "128000")
        assert hashlib.sha256(self.UPLOAD).hexdigest() in rows["SHA-256"]

    @pytest.mark.parametrize("query", ["times=many", "times=1&times=2", "times=", LONG])
    def test_no_number_is_a_bad_request(self, site, query):
        assert site.get(f"/publisher/greet?{query}").status_code == 400

    def test_a_name_given_twice_does_no_harm(self, site):
        assert site.get("/publisher/greet?name=a&name=b").status_code == 200

    def test_helpers_and_templates_are_no_pages(self, site):
        site.allow_log("MP02(27|28|29)")
        statuses = {name: site.get(f"/publisher/{name}").status_code for name in ("describe", "sha256", "form.html")}
        assert statuses == {"describe": 403, "sha256": 404, "form.html": 404}


class TestUpload:
    def test_without_javascript_the_browser_sends_the_form_itself(self, site):
        content = bytes(range(256)) * 1000
        response = site.post("/upload/receive", files={"file": ("a<b.bin", content)})
        rows = table(response)
        assert (rows["Name"], rows["Bytes"]) == ("a<b.bin", "256,000")
        assert hashlib.sha256(content).hexdigest() in rows["SHA-256"]
        assert "a&lt;b.bin" in response.text

    @pytest.mark.parametrize("fields", [{"file": ("", b"")}, {"other": ("a", b"a")}, {"file": (None, "text")}])
    def test_no_file_is_a_bad_request(self, site, fields):
        assert site.post("/upload/receive", files=fields).status_code == 400

    def test_too_large_a_file_is_refused(self, site):
        headers = {"Content-Length": "104857601", "Content-Type": "multipart/form-data; boundary=x"}
        request = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        site.allow_log("AH01587|AH01588")
        assert b" 413 " in site.raw(f"POST /upload/receive HTTP/1.0\r\n{request}\r\n".encode())[:15]

    def test_a_link_sends_nothing(self, site):
        assert site.get("/upload/receive").status_code == 405

    def test_the_script_is_sent_as_it_is(self, site):
        assert site.get("/upload/upload.js").headers["Content-Type"].startswith("text/javascript")
        assert "<h1>Upload with progress</h1>" in site.get("/upload/index.py").text


class TestLogin:
    @pytest.fixture
    def browser(self, site):
        with site.session() as browser:
            yield browser

    def test_the_session_remembers_who_has_come_in_until_leaving(self, site, browser):
        before = browser.get(f"{site.url}/login/").cookies["login"]
        page = browser.post(f"{site.url}/login/enter", data={"user": "joe", "password": "eoj"})
        assert page.url == f"{site.url}/login/"
        assert browser.cookies["login"] != before
        assert "<h1>Welcome, joe!</h1>" in browser.get(f"{site.url}/login/").text
        assert "<h1>Login and sessions</h1>" in browser.post(f"{site.url}/login/leave").text

    @pytest.mark.parametrize(
        "data", ["", "user=eggs", "user=eggs&password=eoj", "user=eggs&user=joe&password=spam", "user=%ff&password=%00"]
    )
    def test_nobody_else_comes_in(self, site, browser, data):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        response = browser.post(f"{site.url}/login/enter", data=data, headers=headers)
        assert (response.status_code, "Nobody has that name" in response.text) == (403, True)
        assert "<h1>Login and sessions</h1>" in browser.get(f"{site.url}/login/").text

    @pytest.mark.parametrize("name", ["enter", "leave"])
    def test_a_link_neither_logs_in_nor_out(self, site, name):
        assert site.get(f"/login/{name}?user=eggs&password=spam").status_code == 405


class TestApplications:
    def test_the_wsgi_application_shows_its_environment(self, site):
        response = site.get("/wsgi/a/path", params={"x": "<&>"}, headers={"X-Any": "<script>"})
        rows = table(response)
        assert (rows["SCRIPT_NAME"], rows["PATH_INFO"]) == ("'/wsgi'", "'/a/path'")
        assert (rows["HTTP_X_ANY"], rows["QUERY_STRING"]) == ("'<script>'", "'x=%3C%26%3E'")
        assert "<script>" not in response.text

    def test_flask_answers(self, site):
        assert "<h1>Hello, World!</h1>" in site.get("/flask/").text
        page = site.get("/flask/hello/%3Cb%3E").text
        assert "<h1>Hello, &lt;b&gt;!</h1>" in page
        assert "<code>/flask</code>" in page

    def test_without_flask_a_page_says_how_to_get_it(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "flask", None)
        monkeypatch.delitem(sys.modules, "flask_app", raising=False)
        environ = {}
        setup_testing_defaults(environ)
        body = b"".join(imported("flask_site").application(environ, lambda status, headers: None))
        assert b"pip install flask" in body

    def test_the_cgi_script_runs(self, site):
        response = site.get("/cgi/environment.cgi?a=b")
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert re.search(r"QUERY_STRING += a=b\n", response.text)


class TestDoors:
    @pytest.fixture(autouse=True)
    def _httpd_tells_of_refusals(self, site):
        site.allow_log("AH01617|AH01618|AH01631")

    @pytest.mark.parametrize("path", PROTECTED)
    @pytest.mark.parametrize("auth", [None, ("eggs", "wrong"), ("nobody", "spam"), ("eggs", ""), ("éggs", "spâm")])
    def test_a_stranger_is_asked_to_log_in_and_told_how(self, site, path, auth):
        encoded = auth and tuple(part.encode() for part in auth)
        response = site.get(path, auth=encoded)
        assert response.status_code == 401
        assert re.fullmatch('Basic realm="[^"]*eggs[^"]*"', response.headers["WWW-Authenticate"])
        assert "<kbd>eggs</kbd>" in response.text

    @pytest.mark.parametrize(
        ("path", "greeting"), [("/members/", "<strong>eggs"), ("/vault/", "You are in"), ("/staff/", "<strong>eggs")]
    )
    def test_the_login_of_the_card_opens_the_door(self, site, path, greeting):
        assert greeting in site.get(path, auth=EGGS).text

    @pytest.mark.parametrize(("path", "status"), [("/members/", 200), ("/vault/", 403), ("/staff/", 401)])
    def test_joe_enters_only_where_any_member_may(self, site, path, status):
        assert site.get(path, auth=JOE).status_code == status


class TestServer:
    def test_the_phases_are_listed_in_their_order(self, site):
        phases = [name for name in table(site.get("/phases/")) if name != "PythonTypeHandler"]
        assert phases == [
            "PythonInitHandler",
            "PythonHeaderParserHandler",
            "PythonAccessHandler",
            "PythonFixupHandler",
            "PythonHandler",
        ]

    def test_the_log_handler_writes_to_the_log(self, site):
        site.get("/phases/")
        assert site.log.wait(r"python:info.*/phases/ took \d phases")

    def test_the_filter_adds_a_footer_and_takes_back_what_is_no_longer_true(self, site):
        response = site.get("/filter/")
        size = (SITE / "public/filter/index.html").stat().st_size
        assert re.search(
            f"</main>\n<footer><p>Added by a filter at .*, after {size} bytes.</p></footer>\n$", response.text
        )
        assert not {"ETag", "Last-Modified"} & set(response.headers)

    def test_server_side_includes_run_python(self, site):
        response = site.get("/ssi/", headers={"User-Agent": "<b>"})
        assert table(response)["2 ** 64"] == str(2**64)
        assert "<td>&lt;b&gt;</td>" in response.text
        assert "<!--#" not in response.text

    def test_the_htaccess_file_configures_its_directory(self, site):
        assert site.get("/htaccess/").text.startswith("Configured by .htaccess, in ")
        assert site.get("/htaccess/.htaccess").text == site.get("/htaccess/").text

    def test_the_debug_page_shows_the_mistake(self, site):
        site.expect_log("MP0100: .*ZeroDivisionError")
        site.allow_log("MP0100")
        response = site.get("/debug/")
        assert response.status_code == 500
        assert "ZeroDivisionError: division by zero" in response.text
        assert "in average" in response.text

    def test_the_test_page_shows_the_versions(self, site):
        assert re.match(r"3\.\d+", table(site.get("/test"))["Python version"])


@pytest.mark.local_only
@pytest.mark.needs("apxs")
def test_httpd_accepts_the_configuration_that_scripts_serve_includes(tmp_path):
    program = httpd.local()
    names = {
        "SITE": SITE,
        "RUN": tmp_path,
        "STATE": tmp_path,
        "MODULES": program.modules,
        "MOD_PYTHON_SO": program.python_module,
    }
    lines = [f'Define {name} "{value}"' for name, value in names.items()]
    lines += [f'ServerRoot "{tmp_path}"', "ServerName localhost", "ErrorLog error_log"]
    lines += [program.load_module("mpm_event"), 'Include "${SITE}/httpd.conf"']
    configuration = tmp_path / "httpd.conf"
    configuration.write_text("\n".join(lines))
    command = [program.program, "-t", "-f", str(configuration)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "Syntax OK\n")
