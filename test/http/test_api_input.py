"""Reading the request's body."""

import gzip
import hashlib

import pytest
from remote import CONFIG, Remote, header

EXTRA = """
LimitRequestBody 0
<Location "/value/limited">
    LimitRequestBody 1000
</Location>
<Location "/run/limited">
    LimitRequestBody 1000
</Location>
<Location "/refusing">
    SetHandler mod_python
    PythonHandler evaluate::handler
    ErrorDocument 409 /value
</Location>
"""

LINES = b"one\ntwo\r\n\nfour"
LARGE = bytes(range(256)) * 1000


@pytest.fixture(scope="module")
def python(serve_module):
    return Remote(serve_module(CONFIG + EXTRA, app="api", processes=1))


@pytest.fixture(params=["with a length", "chunked"])
def post(request, python):
    """Run code on a body sent in either way."""

    def post(code, body=LINES, where="", **options):
        cut = len(body) // 3
        data = body if request.param == "with a length" else iter([body[:cut], body[cut:]])
        return python(code, where, method="POST", data=data, **options)

    return post


class TestReading:
    @pytest.mark.parametrize(
        ("code", "value"),
        [
            ("req.read()", LINES),
            ("req.read(-1)", LINES),
            ("req.read(len=-5)", LINES),
            ("req.read(5)", LINES[:5]),
            ("req.read(100)", LINES),
            ("req.read(0), req.read(3), req.read(3), req.read()", (b"", b"one", b"\ntw", LINES[6:])),
            ("req.read(), req.read(), req.read(5), req.readline(), req.readlines()", (LINES, b"", b"", b"", [])),
            ("req.readline(), req.readline(-1), req.readline()", (b"one\n", b"two\r\n", b"\n")),
            ("[req.readline() for _ in range(6)]", [b"one\n", b"two\r\n", b"\n", b"four", b"", b""]),
            ("req.readline(2), req.readline(100), req.readline(0)", (b"on", b"e\n", b"")),
            ("req.readlines()", [b"one\n", b"two\r\n", b"\n", b"four"]),
            ("req.readlines(1), req.readlines(5), req.readlines(-1)", ([b"one\n"], [b"two\r\n"], [b"\n", b"four"])),
            ("req.readlines(5), req.read()", ([b"one\n", b"two\r\n"], b"\nfour")),
            ("list(req)", [b"one\n", b"two\r\n", b"\n", b"four"]),
        ],
    )
    def test_each_way(self, post, code, value):
        assert post(code) == value

    @pytest.mark.parametrize("first", ["readline()", "read(7)", "readline(3)", "readlines(1)"])
    def test_nothing_is_lost_between_one_way_and_another(self, post, first):
        body = b"a line\n" + LARGE
        code = f"""
        import hashlib
        first = req.{first}
        whole = b"".join([*([first] if isinstance(first, bytes) else first), req.read()])
        hashlib.sha256(whole).hexdigest()
        """
        assert post(code, body) == hashlib.sha256(body).hexdigest()

    def test_exactly_as_much_as_asked_for_comes(self, post):
        assert post("len(req.read(100001)), len(req.readline(9)), len(req.read(99999)), len(req.read())", LARGE) == (
            100001,
            9,
            99999,
            len(LARGE) - 100001 - 9 - 99999,
        )

    def test_without_a_body_there_is_nothing(self, python):
        assert python("req.read(), req.readline(), req.readlines(), req.read_length, req.remaining") == (
            b"",
            b"",
            [],
            0,
            0,
        )

    @pytest.mark.parametrize("code", ["req.read('5')", "req.readline('5')", "req.read(5, 6)"])
    def test_a_size_is_an_int(self, python, code):
        with pytest.raises((TypeError, OverflowError)):
            python(code, method="POST", data=b"x")

    def test_what_stands_for_an_int_is_a_size_too(self, python):
        code = """
        from functools import total_ordering
        @total_ordering
        class Five:
            __index__ = lambda self: 5
            __eq__ = lambda self, other: other == 5
            __lt__ = lambda self, other: 5 < other
        req.read(Five())
        """
        assert python(code, method="POST", data=LINES) == LINES[:5]

    @pytest.mark.parametrize("size", [0, -1])
    def test_some_bytes_are_at_least_one(self, python, size):
        with pytest.raises(ValueError, match="cannot be read"):
            python(f"req.body.read_some({size})", method="POST", data=b"x")

    def test_what_is_left_can_be_discarded(self, post):
        assert post("req.discard_request_body(), req.read()", LARGE) == (0, b"")
        assert post("req.readline(), req.discard_request_body(), req.readline(), req.read()") == (b"one\n", 0, b"", b"")

    def test_an_unread_body_does_not_disturb_the_next_request(self, python):
        with python.server.session() as session:
            url = f"{python.server.url}/value"
            session.post(url, data=LARGE, headers={"X-Python": "5"})
            assert session.post(url, data=b"x", headers={"X-Python": "req.read()"}).text == "('value', b'x')"


class TestState:
    def test_a_length_is_counted_down(self, python):
        code = """
        a = req.remaining, req.read_length
        req.read(4)
        a, req.remaining, req.read_length, req.read_chunked, req.read_body
        """
        assert python(code, method="POST", data=LINES) == ((0, 0), len(LINES) - 4, 4, 0, 2)

    def test_chunks_are_counted_up(self, python):
        code = "a = req.read_chunked; req.read(); a, req.read_length, req.read_chunked"
        assert python(code, method="POST", data=iter([LINES])) == (0, len(LINES), 1)

    def test_counters_hold_more_than_32_bits(self, python):
        size = 5 * 2**30
        code = header("req.read(10), req.remaining, req.read_length")
        with python.server.connect() as connection:
            connection.send(f"POST /value HTTP/1.0\r\nContent-Length: {size}\r\nX-Python: {code}\r\n\r\n".encode())
            connection.send(b"x" * 10)
            assert ascii((b"x" * 10, size - 10, 10)) in connection.receive_until(b"))").decode()

    def test_a_length_that_is_only_announced_costs_no_memory(self, python):
        size = 2**60
        code = "try: req.read()\nexcept OSError as error: kept['gone'] = type(error).__name__"
        request = f"POST /run HTTP/1.0\r\nContent-Length: {size}\r\nX-Python: {header(code)}\r\n\r\nsome"
        python.server.raw(request.encode(), half_close=True)
        assert python("kept['gone']") == "ClientGone"


class TestRefusal:
    def coded(self, coding):
        head = b"POST /run HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Python: req.read()\r\n"
        return head + b"Transfer-Encoding: " + coding + b"\r\n\r\n"

    @pytest.mark.parametrize("call", ["read()", "readline()", "readlines()"])
    def test_too_much_is_413(self, python, call):
        code = f"""
        try:
            req.{call}
        except apache.SERVER_RETURN as refusal:
            result = refusal.args
        result
        """
        assert python(code, "/limited", method="POST", data=b"x" * 1001) == (413,)

    @pytest.mark.parametrize("call", ["read()", "readline()", "readlines()", "discard_request_body()"])
    def test_httpd_itself_answers_too_many_chunks(self, python, call):
        response = python.run(f"req.{call}", "/limited", method="POST", data=iter([b"x" * 600] * 2))
        assert (response.status_code, response.text.count("<html>")) == (413, 1)

    def test_what_the_limit_allows_is_read(self, post):
        assert post("len(req.read())", b"x" * 1000, "/limited") == 1000

    def test_an_unknown_coding_is_refused(self, python):
        python.server.allow_log("AH")
        assert python.server.raw(self.coded(b"gzip")).split()[1] in (b"400", b"501")

    @pytest.mark.parametrize("chunk", [b"zz\r\n", b"-1\r\n", b"ffffffffffffffffff\r\n"])
    def test_a_broken_chunk_is_a_bad_request(self, python, chunk):
        python.server.allow_log("AH0(1590|1591|2900)")
        assert python.server.raw(self.coded(b"chunked") + chunk).split()[1] in (b"400", b"413")

    def test_a_client_that_disappears_is_an_os_error(self, python):
        code = header("try: req.read()\nexcept OSError as error: kept['error'] = str(error)\nreq.status")
        request = b"POST /run HTTP/1.0\r\nContent-Length: 100\r\nX-Python: " + code.encode() + b"\r\n\r\nsome"
        python.server.raw(request, half_close=True)
        assert "client" in python("kept['error']")


class TestExpectation:
    REQUEST = (
        b"POST /value HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Expect: 100-continue\r\nContent-Length: 3\r\nX-Python: "
    )

    def test_reading_answers_the_client_that_waits(self, python):
        with python.server.connect() as connection:
            connection.send(
                self.REQUEST + header("a = req.expecting_100; a, req.read(), req.expecting_100").encode() + b"\r\n\r\n"
            )
            assert connection.receive_until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.send(b"abc")
            assert b"('value', (1, b'abc', 0))" in connection.receive_all()

    def test_without_reading_it_is_not_asked_for_the_body(self, python):
        answer = python.server.raw(self.REQUEST + b"5\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"100 Continue" not in answer


class TestWaiting:
    def test_a_handler_that_waits_for_a_body_keeps_nobody_else_waiting(self, serve):
        python = Remote(serve(CONFIG, app="api"))
        with python.server.connect() as connection:
            code = header("req.write('waiting'); req.read()").encode()
            connection.send(b"POST /value HTTP/1.0\r\nContent-Length: 3\r\nX-Python: " + code + b"\r\n\r\n")
            assert connection.receive_until(b"waiting").endswith(b"waiting")
            assert python("5") == 5
            connection.send(b"abc")
            assert connection.receive_all() == b"('value', b'abc')"


class TestOtherHandlers:
    def test_an_internal_redirect_s_target_reads_the_body(self, post):
        code = "req.internal_redirect('/value') if req.prev is None else None\nreq.method, req.read()"
        # The first request's answer is lost; its target's is what the client sees.
        assert post(code) == ("POST", LINES)

    @pytest.mark.parametrize(("first", "left"), [("read(4)", LINES[4:]), ("readline()", LINES[4:]), ("read()", b"")])
    def test_or_what_the_first_one_left(self, post, first, left):
        code = f"""
        if req.prev is None:
            req.{first}
            req.internal_redirect("/value")
        req.read()
        """
        assert post(code) == left

    def test_so_does_an_error_document(self, python):
        code = "409 if req.prev is None else (req.method, req.read())"
        response = python.server.post("/refusing", data=LINES, headers={"X-Python": header(code)})
        assert (response.status_code, response.text) == (409, ascii(("value", ("GET", LINES))))

    def test_an_input_filter_s_work_is_read(self, serve):
        server = serve(CONFIG + "<Location /value>\nSetInputFilter DEFLATE\n</Location>\n", app="api")
        headers = {"Content-Encoding": "gzip"}
        assert Remote(server)("req.read()", method="POST", data=gzip.compress(LINES), headers=headers) == LINES
