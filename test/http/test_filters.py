"""Filters in a live httpd: how they join a chain, and what they read and write."""

import os
import re
from pathlib import Path

import pytest
import requests
from filtering import PATH, SITE, section


@pytest.fixture(scope="class")
def server(serve_class):
    """A site where the query chooses the filters."""
    server = serve_class(SITE, app="filters")
    server.write("page.txt", "one\ntwo\nthree\n")
    server.write("empty.txt", "")
    return server


class TestActivation:
    """Each place of the configuration, and each way to put a filter into a chain."""

    def who(self, serve, *directives, path="/page.txt"):
        server = serve("\n".join(directives), app="filters")
        server.write("page.txt", "text")
        server.write("sub/one/page.txt", "text")
        return server.get(path).text.split(), server

    def test_at_server_level(self, serve):
        told, _ = self.who(serve, PATH, "PythonOutputFilter flt::who WHO", "SetOutputFilter WHO")
        assert told == ["who", "flt::who", "None", "0", "0"]

    def test_in_a_virtual_host(self, serve):
        told, _ = self.who(
            serve, section("VirtualHost *", PATH, "PythonOutputFilter flt::who Host", "SetOutputFilter Host")
        )
        assert told[:3] == ["host", "flt::who", "None"]

    def test_in_a_directory(self, serve):
        directives = ["PythonOutputFilter flt::who W", "AddOutputFilter W .txt"]
        told, server = self.who(serve, section('Directory "${DOCROOT}"', *directives))
        assert told[2] == f"{server.docroot}/"

    def test_in_a_wildcard_directory(self, serve):
        directives = [PATH, "PythonOutputFilter flt::who W", "SetOutputFilter W"]
        told, server = self.who(serve, section('Directory "${DOCROOT}/*/one"', *directives), path="/sub/one/page.txt")
        assert told[2] == f"{server.docroot}/sub/one/"

    def test_in_a_location_whose_path_is_no_directory_of_modules(self, serve):
        directives = ["PythonOutputFilter flt::who W", "SetOutputFilter W"]
        server = serve(section("Location /page.txt", *directives), app="filters")
        server.write("page.txt", "text")
        server.expect_log("MP0100: PythonOutputFilter flt::who: ModuleNotFoundError")
        server.allow_log("MP0100")
        assert server.get("/page.txt").status_code == 500

    def test_in_a_location(self, serve):
        directives = [PATH, "PythonOutputFilter flt::who W", "SetOutputFilter W"]
        told, _ = self.who(serve, section("Location /page.txt", *directives))
        assert told[2] == "/page.txt"

    def test_without_a_name_the_handler_is_the_name_and_outputfilter_the_function(self, serve):
        told, _ = self.who(serve, PATH, "PythonOutputFilter flt", "SetOutputFilter flt")
        assert told == ["TEXT"]

    def test_a_name_means_what_the_section_says(self, serve):
        server = serve(
            "\n".join(
                section(
                    f'Directory "${{DOCROOT}}/{name}"', PATH, f"PythonOutputFilter flt::{name} F", "SetOutputFilter F"
                )
                for name in ("upper", "mark")
            ),
            app="filters",
        )
        for name in ("upper", "mark"):
            server.write(f"{name}/page.txt", "text")
        assert (server.get("/upper/page.txt").text, server.get("/mark/page.txt").text) == ("TEXT", "[text]|")

    def test_a_name_that_means_nothing_here_is_an_error(self, serve):
        server = serve(
            section('Directory "${DOCROOT}/other"', PATH, "PythonOutputFilter flt::who WHO") + "\nSetOutputFilter WHO"
        )
        server.write("page.txt", "text")
        server.expect_log("MP0022: the filter who is active, but no directive that makes it is in effect here")
        assert server.get("/page.txt").status_code == 500

    def test_htaccess_cannot_make_one(self, serve):
        server = serve(app="filters")
        server.write(".htaccess", "PythonOutputFilter flt::who WHO\n")
        server.expect_log("PythonOutputFilter not allowed here")
        assert server.get("/page.txt").status_code == 500

    def test_htaccess_can_use_one(self, serve):
        server = serve(f"{PATH}\nPythonOutputFilter flt::upper UPPER", app="filters")
        server.write(".htaccess", "SetOutputFilter UPPER\n")
        server.write("page.txt", "text")
        assert server.get("/page.txt").text == "TEXT"

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("upper", "ONE\nTWO\nTHREE\nFOUR"),
            ("aside", "aside\nONE\nTWOaside\n\nTHREE\naside\nFOaside\nUR"),
            ("cut", "one..."),
            ("cut;upper", "ONE..."),
        ],
    )
    def test_by_the_type_of_the_response(self, serve, name, text):
        """mod_filter calls it then, and must not be called by what the filter itself writes."""
        server = serve(f"{SITE}AddOutputFilterByType {name} text/plain", app="filters", processes=1)
        children = server.children()
        assert [server.get(f"/py/{page}").text for page in ("pieces", "pieces")] == [text] * 2
        assert server.children() == children

    def test_for_input(self, serve):
        server = serve(
            section('Directory "${DOCROOT}"', "PythonInputFilter flt", "SetInputFilter flt", "SetHandler mod_python",
                    "PythonHandler pages"),
            app="filters",
        )  # fmt: skip
        assert server.post("/echo", data="ABC").text == "abc"

    def test_a_filter_runs_where_its_directive_says(self, serve):
        """PythonInterpPerDirective: filter and handler live in different interpreters, each with its own request."""
        server = serve(
            "\n".join(
                [
                    "PythonInterpPerDirective On",
                    section('Directory "${DOCROOT}"', "SetHandler mod_python", "PythonHandler pages"),
                    section("Location /", PATH, "PythonOutputFilter flt::where W", "SetOutputFilter W"),
                ]
            ),
            app="filters",
        )
        assert server.get("/hello").text == "hello\n" + 2 * "</hello in />"

    def test_a_filter_that_the_request_registered_runs_where_that_was(self, serve):
        server = serve(
            "PythonInterpPerDirective On\n"
            + section('Directory "${DOCROOT}"', "SetHandler mod_python", "PythonHandler pages"),
            app="filters",
        )
        assert "[True" in server.post("/callables", data="X\n").text


class TestRegistration:
    """Filters that a handler makes for its own request."""

    def test_names_and_callables(self, server):
        assert server.post("/py/callables", data="A Line\n").text == (
            "A LINE!\nExclaim callables.<locals>.exclaim [True, True]"
        )

    def test_only_text_and_callables_can_be_registered(self, server):
        assert server.get("/py/wrong_registrations").text.splitlines() == [
            "TypeError: filter_name must be str or bytes, not NoneType",
            "TypeError: handler must be str or bytes, not NoneType",
            "TypeError: handler must be str or bytes, not int",
            "ValueError: filter_name must not contain NUL",
        ]

    def test_an_unknown_name_is_logged_by_httpd(self, server):
        server.expect_log("AH00082: an unknown filter was not added: NO-SUCH-FILTER")
        assert server.get("/py/unknown").text == "unfiltered\n"


class TestOutput:
    """What a filter does with the pieces of a response; `/page.txt` is "one\\ntwo\\nthree\\n"."""

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("upper", "ONE\nTWO\nTHREE\n"),
            ("mark", "[one\ntwo\nthree\n]|"),
            ("lines", "[one\n][two\n][three\n]"),
            ("forgetful", "ONE\nTWO\nTHREE\n"),
            ("sparing", "[one][\ntw][o\nt][hre][e\n][]"),
            ("one_line", "[one\n][two\n][three\n][]"),
            ("limited", "[one\n][two\n][thre][e\n]"),
            ("hold", "one\ntwo\nthree\n"),
            ("cut", "one..."),
            ("all_on", "one\ntwo\nthree\n"),
            ("sign", "one\ntwo\nthree\n(signed)"),
            ("first_line", "ONE\ntwo\nthree\n"),
            ("first_call", "<one\ntwo\nthree\n>"),
            ("sniff", "<on>e\ntwo\nthree\n"),
            ("kinds", "ébcd body data must be str or bytes-like, not NoneType; "
                      "body data must be str or bytes-like, not int; "
                      "body data must be str or bytes-like, not list; print 1\n"),
            ("upper&out=mark", "[ONE\nTWO\nTHREE\n]|"),
        ],
    )  # fmt: skip
    def test_of_a_file(self, server, name, text):
        response = server.get(f"/page.txt?out={name}")
        assert (response.status_code, response.content.decode()) == (200, text)
        assert "Content-Length" not in response.headers or int(response.headers["Content-Length"]) == len(
            response.content
        )

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("upper", "ONE\nTWO\nTHREE\nFOUR"),
            ("mark", "[one\ntwo][\nthree\n][fo][ur]|"),
            ("lines", "[one\n][two][\n][three\n][fo][ur]"),
            ("sparing", "[one][\ntw][o][\nth][ree][\n][fo][ur][]"),
            ("hold", "one\ntwo\nthree\nfour"),
            ("cut", "one..."),
            ("sign", "one\ntwo(signed)\nthree\n(signed)fo(signed)ur(signed)(signed)"),
            ("first_call", "<one\ntwo>\nthree\nfour"),
        ],
    )
    def test_of_a_handler(self, server, name, text):
        assert server.get(f"/py/pieces?out={name}").text == text

    def test_what_is_not_read_is_lost_with_a_warning(self, server):
        server.expect_log("MP0081: the output filter nothing has not read the end of the response, which is lost")
        assert server.get("/page.txt?out=nothing").text == ""

    @pytest.mark.parametrize(("name", "text"), [("upper", ""), ("mark", "|"), ("sign", "(signed)"), ("nothing", "")])
    def test_of_an_empty_file(self, server, name, text):
        assert server.get(f"/empty.txt?out={name}").text == text


class TestObject:
    def test_attributes(self, server):
        assert server.get("/page.txt?out=who").text == "who flt::who None 0 0"
        assert server.post("/py/echo?in=who", data="x").text == "who flt::who None 1 0"

    def test_what_is_not_allowed(self, server):
        server.expect_log(
            "after close: " + re.escape("['ValueError: I/O operation on a closed filter'") + ".* closed=1"
        )
        lines = server.get("/page.txt?out=rules").text.splitlines()
        assert lines.pop(1).startswith("AttributeError: ")  # the rest differs from one Python to another
        assert lines == [
            "AttributeError: attribute 'req' is read-only",
            "AttributeError: 'mp_filter' object has no attribute 'colour'",
            "AttributeError: attribute 'req' cannot be deleted",
            "AttributeError: attribute 'softspace' cannot be deleted",
            "AttributeError: 'mp_filter' object has no attribute 'colour'",
            "1 <class 'mp_filter'> b'' None",
        ]

    def test_use_after_its_call_is_an_error(self, server):
        lines = server.get("/py/kept_object?out=keep").text.splitlines()
        assert lines[0] == "xread: the filter call this object belongs to has ended"
        assert len(lines) == 6

    def test_it_shares_the_request_with_the_handler(self, server):
        assert server.get("/py/unflushed?out=seen").text == "hello\nthe handler's"

    def test_what_it_writes_to_the_request_goes_past_it(self, server):
        assert server.get("/py/hello?out=aside").text == "aside\nHELLO\n"


class TestHTTP:
    """Filters beside what httpd itself does with a response."""

    def test_head_gets_no_body(self, server):
        response = server.head("/page.txt?out=mark")
        assert (response.status_code, response.content) == (200, b"")
        assert response.headers.get("Content-Length") in {None, "17"}

    def test_an_unchanged_file_is_not_sent_again(self, server):
        tag = server.get("/page.txt").headers["ETag"]
        response = server.get("/page.txt?out=upper", headers={"If-None-Match": tag})
        assert (response.status_code, response.content) == (304, b"")

    def test_a_range_is_one_of_the_filtered_body(self, server):
        response = server.get("/page.txt?out=mark", headers={"Range": "bytes=1-3"})
        whole = b"[one\ntwo\nthree\n]|"
        assert (response.status_code, response.content) in {(206, whole[1:4]), (200, whole)}

    def test_the_connection_stays_usable(self, server):
        server.allow_log("MP0081")
        with server.session() as session:
            for _ in range(3):
                assert session.get(f"{server.url}/page.txt?out=upper&out=cut").text == "ONE..."
                assert session.get(f"{server.url}/py/pieces?out=nothing").text == ""
                response = session.get(f"{server.url}/py/pieces?out=mark")
                assert response.text.endswith("|")
            assert "Connection" not in response.headers or "close" not in response.headers["Connection"]

    def test_a_filter_may_declare_the_length(self, server):
        response = server.get("/py/sized?out=keep_length")
        assert (response.headers["Content-Length"], response.text) == ("20", "01234567890123456789")

    def test_http_1_0_gets_the_same_body(self, server):
        answer = server.raw(b"GET /py/pieces?out=upper HTTP/1.0\r\nHost: x\r\n\r\n")
        assert answer.partition(b"\r\n\r\n")[2] == b"ONE\nTWO\nTHREE\nFOUR"

    def test_mod_deflate_compresses_what_the_filter_made(self, serve):
        server = serve(f"{SITE}\nAddOutputFilterByType DEFLATE text/plain", app="filters")
        response = server.get("/py/pieces?out=upper", headers={"Accept-Encoding": "gzip"})
        assert (response.headers["Content-Encoding"], response.text) == ("gzip", "ONE\nTWO\nTHREE\nFOUR")

    def test_a_filter_runs_in_subrequests_and_around_them(self, serve):
        server = serve(
            SITE + section('Directory "${DOCROOT}"', "AddOutputFilter INCLUDES .shtml", "Options +Includes"),
            app="filters",
        )
        server.write("page.shtml", '(<!--#include virtual="/page.txt?out=where" -->)')
        server.write("page.txt", "text")
        own = "</page.shtml in localhost>"
        text = server.get("/page.shtml?out=where").text
        assert text == f"({own}text<sub /page.txt of /page.shtml>{own}){own}"


class TestStreaming:
    @pytest.fixture
    def fifo(self, server):
        path = server.docroot / "fifo"
        os.mkfifo(path)
        path.chmod(0o666)
        yield path
        path.unlink()

    @pytest.mark.parametrize("filters", ["", "out=upper", "out=upper&out=lines", "out=all_on"])
    def test_the_first_bytes_arrive_before_the_handler_ends(self, server, fifo, filters):
        with requests.get(f"{server.url}/py/waiting?{filters}", stream=True, timeout=20) as response:
            pieces = response.iter_content(None)
            assert b"first" in next(pieces).lower()
            fifo.write_text("second\n")
            assert b"second" in b"".join(pieces).lower()

    @pytest.mark.parametrize("name", ["upper", "lines", "mark"])
    def test_a_slow_program_is_passed_on_as_it_writes(self, serve, name):
        server = serve(f'{SITE}\nScriptAlias /cgi "${{DOCROOT}}/slow.cgi"', app="filters", modules=("cgi",))
        program = server.write("slow.cgi", "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nfirst\\n'\ncat fifo\n")
        program.chmod(0o755)
        fifo = server.docroot / "fifo"
        os.mkfifo(fifo)
        fifo.chmod(0o666)
        with requests.get(f"{server.url}/cgi?out={name}", stream=True, timeout=20) as response:
            pieces = response.iter_content(None)
            assert b"first" in next(pieces).lower()
            fifo.write_text("second\n")
            assert b"second" in b"".join(pieces).lower()

    @pytest.mark.parametrize("name", ["lower", "lines", "one_line", "all_on"])
    def test_a_body_is_passed_on_as_it_comes(self, server, name):
        page = "echo_lines"
        with server.connect() as connection:
            connection.send(
                f"POST /py/{page}?in={name} HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\nFIRST\n".encode()
            )
            head = connection.receive_until(b"\r\n\r\n")
            assert b" 200 OK" in head
            assert b"first" in connection.receive().lower()
            connection.send(b"SECOND")
            assert b"second" in connection.receive_until(b"0\r\n\r\n").lower()


BLOCKS = 3200  # of 64 KB: 200 MB
BODY_SIZE = BLOCKS * 65536


def peak(pid):
    """The most memory that the process ever had, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024


def blocks():
    block = b"X" * 65535 + b"\n"
    for _ in range(BLOCKS):
        yield block


@pytest.mark.local_only
class TestMemory:
    """200 MB pass, and the child stays as small as it was."""

    MARGIN = 24  # MB

    def flat(self, server, use):
        with (server.docroot / "big.bin").open("wb") as file:
            file.truncate(BODY_SIZE)
        server.post("/py/length?in=lower&out=upper", data=b"x" * 200_000)
        children = server.children()
        before = max(map(peak, children))
        use()
        assert set(children) <= set(server.children())
        assert max(map(peak, server.children())) - before < self.MARGIN

    def received(self, server, path, **options):
        with requests.request(
            options.pop("method", "GET"), server.url + path, stream=True, timeout=60, **options
        ) as response:
            return sum(len(chunk) for chunk in response.iter_content(1 << 20))

    @pytest.mark.parametrize("name", ["upper", "all_on"])
    def test_of_a_handler(self, server, name):
        def use():
            assert self.received(server, f"/py/big?out={name}", headers={"X-Blocks": str(BLOCKS)}) == BODY_SIZE

        self.flat(server, use)

    def test_of_a_file(self, server):
        self.flat(server, lambda: self.received(server, "/big.bin?out=upper"))

    @pytest.mark.parametrize("name", ["lower", "all_on"])
    def test_of_an_upload(self, server, name):
        def use():
            assert server.post(f"/py/length?in={name}", data=blocks(), timeout=60).text == str(BODY_SIZE)

        self.flat(server, use)

    def test_of_an_echo(self, server):
        """Both directions at once, through both filters."""

        def use():
            assert server.post("/py/length?in=lower&out=upper", data=blocks(), timeout=60).text == str(BODY_SIZE)

        self.flat(server, use)


class TestInput:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("lower", "one\ntwo\nthree\n"),
            ("mark", "[ONE\nTWO\nTHREE\n]|"),
            ("lines", "[ONE\n][TWO\n][THREE\n]"),
            ("forgetful", "ONE\nTWO\nTHREE\n"),
            ("sparing", "[ONE][\nTW][O\nT][HRE][E\n][]"),
            ("one_line", "[ONE\n][TWO\n][THREE\n][]"),
            ("limited", "[ONE\n][TWO\n][THRE][E\n]"),
            ("collect", "ONE\nTWO\nTHREE\n"),
            ("hold", "ONE\nTWO\nTHREE\n"),
            ("cut", "ONE..."),
            ("all_on", "ONE\nTWO\nTHREE\n"),
            ("sign", "ONE\nTWO\nTHREE\n(signed)"),
            ("first_line", "ONE\nTWO\nTHREE\n"),
            ("first_call", "<ONE\nTWO\nTHREE\n>"),
            ("sniff", "<ON>E\nTWO\nTHREE\n"),
            ("lower&in=mark", "[one\ntwo\nthree\n]|"),
        ],
    )
    def test_of_a_body(self, server, name, text):
        for page in ("echo", "echo_lines"):
            assert (
                server.post(f"/py/{page}?in={name}", data="ONE\nTWO\nTHREE\n").text.replace("(signed)" * 2, "(signed)")
                == text
            )

    @pytest.mark.parametrize("size", [1, 7, 8192, 100_000])
    @pytest.mark.parametrize("name", ["lower", "forgetful", "one_line", "collect", "hold"])
    def test_nothing_is_lost_whatever_the_reader_asks_for(self, server, name, size):
        body = b"".join(b"%d\n" % number for number in range(2000))
        chunks = iter([body[:5], body[5:6000], body[6000:]])
        answer = server.post(f"/py/echo?in={name}", data=chunks, headers={"X-Block": str(size)}).content
        assert sorted(answer.translate(None, b"[]").split()) == sorted(body.split())

    def test_an_empty_body(self, server):
        assert server.post("/py/echo?in=mark", data="").text == ""
        assert server.post("/py/echo?in=mark", data=iter([])).text == "|"

    @pytest.mark.parametrize("name", ["lower", "cut", "mark", "hold", "sniff"])
    @pytest.mark.parametrize("page", ["ignore", "echo"])
    def test_the_rest_of_a_body_never_passes_for_a_request(self, server, name, page):
        body = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n" * 1000
        with server.connect() as connection:
            for _ in range(2):
                head = f"POST /py/{page}?in={name} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
                connection.send(head.encode() + body)
            connection.send(b"GET /page.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = connection.receive_all()
        assert answer.count(b"HTTP/1.1 200 OK\r\n") == answer.count(b"HTTP/1.1 ") == (1 if name == "cut" else 3)
        assert "/smuggled" not in server.access_log.text

    def test_a_filter_that_does_nothing_cannot_hang_the_reader(self, server):
        server.expect_log("MP0080: the input filter nothing neither reads nor writes")
        assert server.post("/py/echo?in=nothing", data="body").status_code == 500

    def test_without_a_reader_a_body_is_no_matter(self, server):
        assert server.get("/py/hello?in=lower").text == "hello\n"

    def test_a_body_over_the_limit_is_too_large(self, serve):
        server = serve(f"{SITE}\nLimitRequestBody 1000", app="filters")
        server.expect_log("MP0101: PythonInputFilter flt::lower: .*the filter chain failed")
        for data in (b"x" * 2000, iter([b"x" * 2000])):
            assert server.post("/py/echo?in=lower", data=data).status_code == 413

    def test_a_client_that_goes_away_ends_filter_and_handler(self, server):
        server.expect_log("MP0101: PythonInputFilter flt::lower: .*the filter chain failed")
        server.expect_log("MP0101: PythonHandler pages: .*the client went away")
        head = b"POST /py/length?in=lower HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly this"
        server.raw(head, half_close=True)

    def test_a_bad_chunk_is_a_bad_request(self, server):
        server.expect_log("MP0101: PythonInputFilter flt::lower: .*the filter chain failed")
        head = (
            b"POST /py/length?in=lower HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"
        )
        assert server.raw(head).startswith(b"HTTP/1.1 400 ")

    def test_mod_proxy_reads_through_it(self, serve):
        server = serve(
            f"{SITE}\nProxyPass /proxied http://127.0.0.1:${{PORT}}/py/echo",
            app="filters",
            modules=("proxy", "proxy_http"),
        )
        assert server.post("/proxied?in=lower", data=b"ABC" * 1000).text == "abc" * 1000
        assert server.post("/proxied?in=one_line", data=iter([b"A\n", b"B\nC", b"D"])).text.count("[") >= 3
        with server.connect() as connection:
            connection.send(
                b"POST /proxied?in=lower HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nConnection: close\r\n\r\nABC"
            )
            connection.send(b"DEF")
            assert b"abcdef" in connection.receive_all()
