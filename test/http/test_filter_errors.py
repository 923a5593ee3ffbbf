"""What the client sees when a filter fails, or ends early."""

import re

import pytest
import requests
from filtering import CUT, SITE, section


@pytest.fixture(scope="class")
def server(serve_class):
    """A site where the query chooses the filters."""
    server = serve_class(SITE, app="filters")
    server.write("page.txt", "one\ntwo\nthree\n")
    server.write("empty.txt", "")
    return server


CACHE = """
CacheRoot "${ROOT}/cache"
CacheEnable disk /py
CacheDefaultExpire 1000
CacheIgnoreNoLastMod On
CacheHeader On
"""


def bodies(answer):
    """What follows each head of an answer to pipelined requests."""
    return re.findall(rb"\r\n\r\n((?:.|\n)*?)(?=HTTP/1.1|\Z)", answer)


class TestErrorsOfOutput:
    """Decision A30: 500 while nothing has been sent, a visible truncation after that."""

    def log(self, server, name, error):
        server.expect_log(f"MP0100: PythonOutputFilter flt::{name}: .*{error}")
        server.allow_log("MP0100")

    @pytest.mark.parametrize("path", ["/page.txt", "/empty.txt", "/py/pieces", "/py/unflushed", "/py/stubborn"])
    @pytest.mark.parametrize(
        ("name", "error"),
        [
            ("fail", "ValueError"),
            ("fail_queued", "ValueError"),
            ("nonsense", "TypeError"),
            ("leave_process", "SystemExit"),
        ],
    )
    def test_before_the_head_is_sent_it_is_a_500(self, server, path, name, error):
        self.log(server, name, error)
        with server.session() as session:
            response = session.get(f"{server.url}{path}?out={name}")
            assert response.status_code == 500
            assert "Internal Server Error" in response.text
            assert "queued" not in response.text
            assert session.get(f"{server.url}/page.txt").text == "one\ntwo\nthree\n"

    @pytest.mark.parametrize("page", ["hello", "pieces", "stubborn", "unflushed"])
    def test_so_when_the_type_of_the_response_chose_the_filter(self, serve, page):
        server = serve(f"{SITE}AddOutputFilterByType fail text/plain", app="filters", processes=1)
        self.log(server, "fail", "ValueError")
        response = server.get(f"/py/{page}")
        assert (response.status_code, response.text.endswith("</html>\n")) == (500, True)

    def test_at_the_end_of_a_short_answer_too(self, server):
        self.log(server, "fail_at_end", "at the end")
        assert server.get("/page.txt?out=fail_at_end").status_code == 500

    def test_the_traceback_stays_in_the_log(self, server):
        self.log(server, "fail", "<filter>")
        assert "ValueError" not in server.get("/page.txt?out=fail").text

    def test_with_debug_the_client_sees_it(self, serve):
        server = serve(f"{SITE}PythonDebug On", app="filters")
        server.write("page.txt", "text")
        self.log(server, "fail", "<filter>")
        response = server.get("/page.txt?out=fail")
        assert response.status_code == 500
        assert "ValueError: &lt;filter&gt; &#233; failed" in response.text
        assert "flt.py" in response.text

    def test_an_error_document_is_sent_instead(self, serve):
        server = serve(f"{SITE}ErrorDocument 500 /sorry.txt", app="filters")
        server.write("page.txt", "text")
        server.write("sorry.txt", "sorry")
        self.log(server, "fail", "<filter>")
        response = server.get("/page.txt?out=fail")
        assert (response.status_code, response.text) == (500, "sorry")

    @pytest.mark.parametrize(("name", "status"), [("fail", 500), ("forbid", 403)])
    @pytest.mark.parametrize("page", ["stubborn", "pieces", "unflushed", "file"])
    def test_nothing_follows_the_error_page(self, server, page, name, status):
        server.allow_log("MP0100: PythonOutputFilter")
        answer = server.raw(f"GET /py/{page}?out={name} HTTP/1.1\r\nHost: x\r\n\r\n"
                            "GET /page.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())  # fmt: skip
        first, _, rest = answer.partition(b"</html>\n")
        assert first.startswith(f"HTTP/1.1 {status} ".encode())
        next_answer = rest.removeprefix(b"\r\n0\r\n\r\n")
        assert (
            next_answer.startswith(b"HTTP/1.1 200 OK\r\n") if status == 403 else not next_answer
        )  # httpd closes after a 500

    @pytest.mark.parametrize("query", ["", "?fail", "?out=upper", "?out=first_call", "?out=cut"])
    def test_nothing_follows_what_a_redirect_answered(self, server, query):
        server.allow_log("MP0100: PythonHandler pages: ")
        answer = server.raw(f"GET /py/redirect{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 2
                            + b"GET /page.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")  # fmt: skip
        assert bodies(answer) == [b"one\ntwo\nthree\n"] * 3

    @pytest.mark.parametrize("name", ["cut", "cut_and_leave", "cut_and_write"])
    def test_nothing_follows_what_a_filter_has_closed(self, server, name):
        answer = server.raw(f"GET /py/pieces?out={name} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 2
                            + b"GET /page.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")  # fmt: skip
        assert bodies(answer) == [b"one..."] * 2 + [b"one\ntwo\nthree\n"]

    @pytest.mark.parametrize("name", ["fail_at_end", "fail_second", "fail_second&out=upper"])
    def test_a_chunked_answer_is_cut(self, server, name):
        self.log(server, name.partition("&")[0], "ValueError")
        with pytest.raises(CUT):
            server.get(f"/py/pieces?out={name}")

    def test_one_with_a_length_is_cut(self, server):
        self.log(server, "fail_second", "ValueError")
        answer = server.raw(b"GET /py/sized?out=fail_second&out=keep_length HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"Content-Length: 20\r\n" in answer
        assert answer.endswith(b"\r\n\r\n0123456789")

    def test_a_long_answer_is_cut_after_what_was_sent(self, server):
        self.log(server, "fail_at_end", "ValueError")
        head = b"GET /py/big?out=fail_at_end HTTP/1.1\r\nHost: x\r\nX-Blocks: 32\r\n\r\n"
        answer = server.raw(head)
        assert b"Transfer-Encoding: chunked" in answer
        assert len(answer) > 1_000_000
        assert not answer.endswith(b"0\r\n\r\n")

    def test_mod_deflate_does_not_hide_it(self, serve):
        server = serve(f"{SITE}AddOutputFilterByType DEFLATE text/plain", app="filters")
        server.write("page.txt", "text")
        for name in ("fail", "fail_at_end", "fail_second"):
            self.log(server, name, "ValueError")
        headers = {"Accept-Encoding": "gzip"}
        for path in ("/page.txt?out=fail", "/py/pieces?out=fail", "/page.txt?out=fail_at_end"):
            response = server.get(path, headers=headers)
            assert response.status_code == 500
            assert "Internal Server Error" in response.text
        with pytest.raises(CUT):
            server.get("/py/pieces?out=fail_second", headers=headers)

    @pytest.mark.parametrize(
        ("page", "name", "hit"),
        [("pieces", "upper", True), ("pieces", "fail_second", False), ("broken", "all_on", False)],
    )
    def test_a_cache_keeps_only_what_is_whole(self, serve, page, name, hit):
        server = serve(f"{SITE}{CACHE}<Location /py/{page}>\nSetOutputFilter {name}\n</Location>",
                       app="filters", modules=("cache", "cache_disk"))  # fmt: skip
        (server.root / "cache").mkdir()
        (server.root / "cache").chmod(0o777)
        server.allow_log("MP0100")
        request = f"GET /py/{page} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        assert [b"X-Cache: HIT" in server.raw(request) for _ in "12"] == [False, hit]

    @pytest.mark.parametrize("path", ["/page.txt", "/py/unflushed"])
    @pytest.mark.parametrize("name", ["forbid", "forbid_at_end"])
    def test_server_return_is_the_answer(self, server, path, name):
        response = server.get(f"{path}?out={name}")
        assert (response.status_code, "Forbidden" in response.text) == (403, True)
        assert server.access_log.wait(f'"GET {path}[^"]*" 403 ')

    def test_server_return_of_ok_is_a_return(self, server):
        response = server.get("/page.txt?out=leave")
        assert (response.status_code, response.text) == (202, "ONE\nTWO\nTHREE\n")

    def test_a_page_that_includes_a_failure_is_cut(self, serve):
        server = serve(SITE + section('Directory "${DOCROOT}"', "AddOutputFilter INCLUDES .shtml", "Options +Includes"),
                       app="filters")  # fmt: skip
        server.write("page.shtml", f'{20000 * "x"}<!--#include virtual="/page.txt?out=fail" -->the rest')
        server.write("page.txt", "text")
        self.log(server, "fail", "<filter>")
        server.expect_log("unable to include")
        with pytest.raises(CUT):
            server.get("/page.shtml")

    def test_a_client_that_leaves_ends_filter_and_handler(self, server):
        server.expect_log("MP0101: PythonOutputFilter flt::upper: .*the filter chain failed")
        server.expect_log("MP0101: PythonHandler pages: ")
        connection = server.connect()
        connection.send(b"GET /py/big?out=upper HTTP/1.1\r\nHost: x\r\nX-Blocks: 4000\r\n\r\n")
        connection.receive(1000)
        connection.abort()

    def test_a_hundred_failures_do_not_hurt_the_child(self, server):
        server.allow_log("MP010[01]")
        children = server.children()
        with server.session() as session:
            for number in range(100):
                name = ("fail", "fail_second", "leave_process", "fail_at_end")[number % 4]
                try:
                    session.get(f"{server.url}/py/pieces?out={name}")
                except requests.exceptions.RequestException:
                    continue
        assert set(children) <= set(server.children())  # on prefork, more join


class TestErrorsOfInput:
    def log(self, server, name, error):
        server.expect_log(f"MP0100: PythonInputFilter flt::{name}: .*{error}")
        server.allow_log("MP0100")

    @pytest.mark.parametrize("page", ["echo", "echo_lines", "length"])
    @pytest.mark.parametrize(("name", "error"), [("fail", "ValueError"), ("leave_process", "SystemExit")])
    def test_the_reader_answers_500(self, server, page, name, error):
        self.log(server, name, error)
        assert server.post(f"/py/{page}?in={name}", data="body").status_code == 500

    def test_server_return_names_the_answer(self, server):
        assert server.post("/py/length?in=forbid", data="body").status_code == 403

    def test_the_reader_may_answer_otherwise(self, server):
        self.log(server, "fail", "ValueError")
        assert server.post("/py/patient?in=fail", data="body").text == "reading failed: 500\n"

    def test_with_debug_the_client_sees_it(self, serve):
        server = serve(f"{SITE}PythonDebug On", app="filters")
        self.log(server, "fail", "<filter>")
        response = server.post("/py/echo?in=fail", data="body")
        assert (response.status_code, "ValueError: &lt;filter&gt;" in response.text) == (500, True)

    def test_half_way(self, server):
        self.log(server, "fail_second", "second call")
        assert server.post("/py/length?in=fail_second", data=iter([b"x" * 9000] * 20)).status_code == 500

    @pytest.mark.parametrize("page", ["ignore", "echo", "patient"])
    def test_the_rest_of_the_body_never_passes_for_a_request(self, server, page):
        server.allow_log("MP0100")
        body = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n" * 2000
        head = f"POST /py/{page}?in=fail HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        answer = server.raw(head.encode() + body)
        assert answer.count(b"HTTP/1.1 ") == 1
        assert "/smuggled" not in server.access_log.text

    def test_other_modules_answer_500_too(self, serve):
        server = serve(
            f"{SITE}ProxyPass /proxied http://127.0.0.1:${{PORT}}/py/echo",
            app="filters",
            modules=("proxy", "proxy_http"),
        )
        self.log(server, "fail", "ValueError")
        server.allow_log("AH01095|AH01097|AH02609|AH10154")
        assert server.post("/proxied?in=fail", data="body").status_code == 500
