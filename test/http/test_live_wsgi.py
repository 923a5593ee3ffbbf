"""WSGI applications in a live httpd."""

import hashlib
import os
from pathlib import Path

import pytest

from testenv.wait import until

APPS = Path(__file__).parents[1] / "apps" / "wsgi"


def site(application, *lines, section='Location "/"'):
    """A configuration that serves one application, importable from the document root."""
    name = section.partition(" ")[0]
    return "\n".join(
        [
            f"<{section}>",
            "SetHandler mod_python",
            "PythonHandler mod_python.wsgi",
            f"PythonOption mod_python.wsgi.application {application}",
            "PythonPath \"sys.path + ['${DOCROOT}']\"",
            *lines,
            f"</{name}>",
        ]
    )


@pytest.fixture
def run(serve):
    """Starts a server with one application of test/apps/wsgi."""

    def run(application, *lines, **options):
        return serve(site(application, *lines, **options), app="wsgi")

    return run


class TestApplication:
    def test_the_manual_s_minimal_application_runs(self, run):
        response = run("mysite.wsgi").get("/")
        assert (response.status_code, response.text) == (200, "Hello World!")
        assert response.headers["Content-Type"] == "text/plain"
        assert response.headers["Content-Length"] == "12"

    def test_another_callable_follows_two_colons(self, run):
        assert run("mysite.wsgi::my_application").get("/").text == "another callable"

    def test_a_factory_is_called_once(self, run):
        server = run("show::make()")
        assert {server.get("/").text for _ in range(5)} == {"1"}

    def test_a_changed_application_is_run_at_once(self, run):
        server = run("edited")
        for text in ("first", "second, longer"):
            server.write("edited.py", f"def application(environ, start):\n start('200 OK', [])\n return [b'{text}']\n")
            assert server.get("/").text == text

    def test_without_the_option_the_answer_is_500_and_the_log_says_why(self, serve):
        server = serve('<Location "/">\nSetHandler mod_python\nPythonHandler mod_python.wsgi\n</Location>')
        server.write("page.txt", "a static file")
        server.expect_log("MP0200")
        server.allow_log("MP0100")
        assert server.get("/page.txt").status_code == 500

    @pytest.mark.parametrize(("application", "message"), [("show::nothing", "MP0202"), ("show::number", "MP0203")])
    def test_a_missing_callable_is_500_and_the_log_says_why(self, run, application, message):
        server = run(application)
        server.expect_log(message)
        server.allow_log("MP0100")
        assert server.get("/").status_code == 500

    def test_an_error_of_the_site_s_own_is_no_missing_callable(self, run):
        server = run("show::broken.application")
        server.expect_log("AttributeError: 'Broken' object has no attribute 'secret'")
        server.allow_log("MP0100")
        assert server.get("/").status_code == 500
        assert "MP0202" not in server.log.text


class TestEnvironment:
    def test_under_a_location_its_path_is_the_script_name(self, run):
        shown = run("show", section='Location "/wsgiapps"').get("/wsgiapps/h%20llo?a=b%20c").json()
        assert (shown["SCRIPT_NAME"], shown["PATH_INFO"]) == ("/wsgiapps", "/h llo")
        assert (shown["QUERY_STRING"], shown["REQUEST_URI"]) == ("a=b%20c", "/wsgiapps/h%20llo?a=b%20c")

    def test_the_option_beats_the_location(self, run):
        shown = run("show", "PythonOption mod_python.wsgi.base_uri /a/b", section='Location "/a"').get("/a/b/c").json()
        assert (shown["SCRIPT_NAME"], shown["PATH_INFO"]) == ("/a/b", "/c")

    def test_a_slash_at_the_end_of_a_location_belongs_to_the_path(self, run):
        shown = run("show", section='Location "/site/"').get("/site/page").json()
        assert (shown["SCRIPT_NAME"], shown["PATH_INFO"]) == ("/site", "/page")

    def test_a_whole_site_has_an_empty_script_name(self, run):
        shown = run("show").get("/page").json()
        assert (shown["SCRIPT_NAME"], shown["PATH_INFO"]) == ("", "/page")

    def test_outside_the_base_uri_httpd_answers(self, run):
        server = run("show", "PythonOption mod_python.wsgi.base_uri /app")
        server.expect_log("MP0213")
        assert server.get("/apple").status_code == 404
        assert server.get("/app").json()["PATH_INFO"] == ""

    def test_any_bytes_arrive_as_latin_1(self, run):
        server = run("show")
        answer = server.raw(b"GET /%FF%80 HTTP/1.1\r\nHost: x\r\nX-Raw: \xff\x80\r\nConnection: close\r\n\r\n")
        assert b'"PATH_INFO": "/\\u00ff\\u0080"' in answer
        assert b'"HTTP_X_RAW": "\\u00ff\\u0080"' in answer

    def test_the_keys_of_pep_3333_are_right_for_this_server(self, run):
        shown = run("show").get("/").json()
        assert shown["wsgi.url_scheme"] == "http"
        assert shown["wsgi.multithread"] == (os.environ.get("MPM", "event") != "prefork")
        assert (shown["wsgi.multiprocess"], shown["wsgi.run_once"]) == (True, False)

    @pytest.mark.parametrize(
        ("lines", "passed"), [((), False), (("PythonOption mod_python.wsgi.pass_authorization On",), True)]
    )
    def test_authorization_is_passed_by_option_only(self, run, lines, passed):
        shown = run("show", *lines).get("/", auth=("eggs", "spam")).json()
        assert ("HTTP_AUTHORIZATION" in shown) is passed

    def test_setenv_reaches_the_application_but_not_the_gateway_s_own_keys(self, run):
        lines = ("SetEnv wsgi.run_once spoilt", "SetEnv HTTPS on", "SetEnv MY_PLACE here")
        environ = run("show", *lines).get("/").json()
        assert (environ["wsgi.run_once"], environ["wsgi.url_scheme"]) == (False, "https")
        assert environ["MY_PLACE"] == "here"

    def test_a_proxy_header_does_not_arrive_nor_one_that_poses_as_another(self, run):
        environ = run("show").get("/", headers={"Proxy": "http://evil/", "X_Own": "evil"}).json()
        assert not {"HTTP_PROXY", "HTTP_X_OWN"} & environ.keys()


class TestRequestBody:
    BODY = b"first line\nsecond line\n" + bytes(range(256)) * 1000

    @pytest.mark.parametrize("way", ["read", "readline", "iterate", "readlines"])
    def test_a_body_is_echoed_under_wsgiref_validate(self, run, way):
        server = run("validated")
        assert server.post(f"/{way}", data=self.BODY).content == self.BODY
        assert server.post(f"/{way}", data=iter([self.BODY[:9], self.BODY[9:]])).content == self.BODY  # chunked
        assert server.post(f"/{way}").content == b""


class TestResponse:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        return serve_class(site("respond"), app="wsgi")

    @pytest.mark.parametrize(("path", "length"), [("announced", 5), ("unannounced", 5), ("large", 1000000)])
    def test_a_whole_body_has_its_length(self, server, path, length):
        for method in ("GET", "HEAD"):
            response = server.request(method, f"/{path}")
            assert response.headers["Content-Length"] == str(length)
            assert "Transfer-Encoding" not in response.headers
            assert len(response.content) == (length if method == "GET" else 0)

    def test_a_stream_is_chunked(self, server):
        response = server.get("/pieces")
        assert (response.text, response.headers["Transfer-Encoding"]) == ("one two three", "chunked")

    def test_head_of_a_stream_has_no_body_and_keeps_the_connection(self, server):
        with server.session() as session:
            assert session.head(f"{server.url}/pieces").status_code == 200
            assert session.get(f"{server.url}/announced").text == "hello"

    def test_what_is_written_comes_first(self, server):
        assert server.get("/written").text == "written returned"

    def test_any_reason_and_repeated_headers_arrive(self, server):
        answer = server.raw(b"GET /odd_status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 299 Odd but fine\r\n")
        assert b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n" in answer

    @pytest.mark.parametrize(("path", "status"), [("no_content", 204), ("not_modified", 304)])
    def test_responses_without_a_body(self, server, path, status):
        response = server.get(f"/{path}")
        assert (response.status_code, response.content) == (status, b"")
        assert "Transfer-Encoding" not in response.headers

    def test_a_redirect_keeps_the_application_s_body(self, server):
        response = server.get("/redirect")
        assert (response.status_code, response.headers["Location"], response.text) == (302, "/elsewhere", "elsewhere")

    def test_exc_info_replaces_the_headers(self, server):
        response = server.get("/replaced")
        assert (response.status_code, response.reason, response.text) == (503, "Later", "sorry")
        assert "X-Second" in response.headers
        assert "X-First" not in response.headers


class TestErrors:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        return serve_class(site("respond"), app="wsgi")

    @pytest.mark.parametrize(
        ("path", "message"),
        [
            ("fails_first", "before the body"),
            ("header_injection", "MP0208: X-Name"),
            ("silent", "MP0211"),
            ("early_hints", "MP0206: the status must be a number from 200 to 599"),
        ],  # fmt: skip
    )
    def test_an_error_before_the_body_is_500(self, server, path, message):
        server.expect_log(message)
        server.allow_log("MP0100")
        response = server.get(f"/{path}")
        assert response.status_code == 500
        assert "X-Evil" not in response.headers

    def test_an_error_in_the_body_shows_as_truncation(self, server):
        server.expect_log("in the body")
        server.allow_log("MP0100")
        answer = server.raw(b"GET /fails_later HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"begun " in answer
        assert not answer.endswith(b"0\r\n\r\n")

    def test_too_much_is_cut_at_the_announced_length(self, server):
        server.expect_log("MP0214")
        with server.session() as session:
            assert session.get(f"{server.url}/too_long").content == b"hello"
            assert session.get(f"{server.url}/announced").content == b"hello"

    def test_too_little_shows_as_truncation(self, server):
        server.expect_log("MP0215")
        answer = server.raw(b"GET /too_short HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"Content-Length: 50\r\n" in answer
        assert answer.endswith(b"\r\n\r\nhello")

    def test_a_client_that_leaves_ends_the_application_which_is_closed(self, server):
        server.expect_log("endless response closed")
        connection = server.connect()
        connection.send(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.receive()
        connection.abort()
        until(lambda: "endless response closed" in server.log.text, 10, "the end of the response")


class TestFiles:
    @pytest.mark.parametrize(("way", "start"), [("plain", 0), ("rest", 10), ("memory", 0), ("unpacked", 0)])
    def test_a_wrapped_file_arrives_unchanged(self, run, way, start):
        response = run("files").get(f"/{way}")
        assert response.content == (APPS / "files.py").read_bytes()[start:]
        assert ("Content-Length" in response.headers) is (way in ("plain", "rest"))

    def test_a_large_file_arrives_unchanged_and_on_head_not_at_all(self, run):
        server = run("big")
        data = server.write("big.bin", os.urandom(1 << 20) * 8).read_bytes()
        server.write(
            "big.py",
            "def application(environ, start):\n"
            " start('200 OK', [])\n"
            f" return environ['wsgi.file_wrapper'](open({str(server.docroot / 'big.bin')!r}, 'rb'))\n",
        )
        assert hashlib.sha256(server.get("/").content).digest() == hashlib.sha256(data).digest()
        assert server.head("/").headers["Content-Length"] == str(len(data))


class TestFlask:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        pytest.importorskip("flask")
        option = "PythonOption mod_python.wsgi.pass_authorization On"
        return serve_class(site("flask_site::app", option, section='Location "/site"'), app="wsgi")

    def test_a_form_a_redirect_and_a_session(self, server):
        with server.session() as session:
            assert session.get(f"{server.url}/site/").text == "<p>Hello, stranger!</p>"
            response = session.post(f"{server.url}/site/name", data={"name": "Zoë <1>"})
            assert response.text == "<p>Hello, Zoë &lt;1&gt;!</p>"

    def test_an_upload(self, server):
        response = server.post("/site/upload", files={"file": ("a.bin", b"x" * 100000)})
        assert response.json() == {"name": "a.bin", "size": 100000}

    def test_json_plain_and_chunked(self, server):
        assert server.post("/site/sum", json=[1, 2, 3]).json() == {"sum": 6}
        headers = {"Content-Type": "application/json"}
        assert server.post("/site/sum", data=iter([b"[1,", b"2]"]), headers=headers).json() == {"sum": 3}

    def test_a_file_and_its_conditional_request(self, server):
        response = server.get("/site/source")
        assert response.content == (APPS / "flask_site.py").read_bytes()
        again = server.get("/site/source", headers={"If-None-Match": response.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_a_stream(self, server):
        assert server.get("/site/stream").text == "0\n1\n2\n"

    def test_authorization(self, server):
        assert server.get("/site/me", auth=("eggs", "spam")).text == "eggs"

    def test_an_error_is_flask_s_page_and_in_the_log(self, server):
        server.expect_log("a page that fails")
        server.allow_log(r"\[python:error\]")
        assert server.get("/site/fail").status_code == 500
