"""Forms and uploads in a live httpd: every encoding, constant memory, clean errors and limits."""

import hashlib
import itertools
import json

import pytest
import requests

from testenv import processes
from testenv.httpd import MPM

HUGE = 2 << 30 if MPM == "event" else 200 << 20  # once is enough: it takes its seconds, and no model has a part in it
BLOCK = bytes(range(251)) * 4177  # about 1 MB; neither its length nor its period divides any buffer's
ALLOWANCE = 24 << 20  # bytes of memory that the process may need beside the upload, whatever its size


def handlers(*lines):
    names = ("fields", "twice", "stream", "spool", "matched", "queries", "redirect", "late_redirect")
    section = '<Location "/%s">\nSetHandler mod_python\nPythonHandler form::%s\n%s\n</Location>\n'
    path = "PythonPath \"sys.path + ['${DOCROOT}']\""
    return "".join(section % (name, name, "\n".join((path, *lines))) for name in names)


@pytest.fixture(scope="module")
def server(serve_module):
    unlimited = "LimitRequestBody 0"  # httpd's own limit is a gigabyte
    return serve_module(handlers(unlimited), app="forms")


@pytest.fixture
def limited(serve):
    """Starts a server whose forms have one limit."""

    def limited(*options):
        lines = (f"PythonOption mod_python.form.{name} {limit}" for name, limit in options)
        return serve(handlers(*lines), app="forms")

    return limited


def fields(response):
    assert response.status_code == 200, response.text
    return [tuple(field) for field in response.json()["fields"]]


def multipart(*parts, end=b"--limit--\r\n"):
    """A multipart body of (headers, content) pairs, and the headers of its request."""
    body = b"".join(b"--limit\r\n%b\r\n\r\n%b\r\n" % part for part in parts) + end
    return {"data": body, "headers": {"Content-Type": "multipart/form-data; boundary=limit"}}


def named(name, **parameters):
    shown = "".join(f'; {key}="{value}"' for key, value in {"name": name, **parameters}.items())
    return f"Content-Disposition: form-data{shown}".encode()


def repeated(size):
    """`size` bytes, block by block."""
    return itertools.chain(itertools.repeat(BLOCK, size // len(BLOCK)), [BLOCK[: size % len(BLOCK)]])


def hashed(blocks):
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def upload(server, path, size):
    """Send a file of `size` bytes that nobody has in memory; return what the handler answers."""
    head = b"--limit\r\n" + named("file", filename="huge.bin") + b"\r\n\r\n"
    tail = b"\r\n--limit--\r\n"
    request = (
        f"POST {path} HTTP/1.0\r\nContent-Type: multipart/form-data; boundary=limit\r\n"
        f"Content-Length: {len(head) + size + len(tail)}\r\n\r\n"
    )
    with server.connect(timeout=60) as connection:
        for block in (request.encode() + head, *repeated(size), tail):
            connection.send(block)
        answer, _, body = connection.receive_all().partition(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    return json.loads(body)


class TestEncodings:
    FORM = (("name", "caf\xe9"), ("empty", ""), ("name", "two & more"))

    def test_query_string(self, server):
        shown = [(name, ascii(value)) for name, value in self.FORM]
        assert fields(server.get("/fields", params=self.FORM)) == shown

    @pytest.mark.parametrize("chunked", [False, True])
    def test_urlencoded(self, server, chunked):
        body = b"name=caf%C3%A9&empty=&name=two+%26+more"
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        response = server.post("/fields", data=iter([body[:9], body[9:]]) if chunked else body, headers=headers)
        assert fields(response) == [(name, ascii(value)) for name, value in self.FORM]

    @pytest.mark.parametrize("chunked", [False, True])
    def test_multipart(self, server, chunked):
        request = multipart(*((named(name), value.encode()) for name, value in self.FORM))
        if chunked:
            request["data"] = iter([request["data"][:30], request["data"][30:]])
        assert fields(server.post("/fields", **request)) == [(name, ascii(value)) for name, value in self.FORM]

    def test_uploads_and_texts_in_their_order_after_the_query(self, server):
        data = bytes(range(256))
        request = multipart(
            (named("file", filename="a.bin") + b"\r\nContent-Type: image/png", data),
            (named("note"), b"text"),
            (named("none", filename=""), b""),
        )
        assert fields(server.post("/fields?first=1", **request)) == [
            ("first", "'1'"),
            ("file", ["a.bin", "image/png", hashlib.sha256(data).hexdigest()]),
            ("note", "'text'"),
            ("none", "''"),
        ]

    def test_bytes_that_are_not_utf8_are_kept(self, server):
        assert fields(server.get("/fields?%ff=%fe%00")) == [("\udcff", r"'\udcfe\x00'")]

    def test_a_body_without_a_type_is_urlencoded(self, server):
        assert fields(server.post("/fields", data=b"a=1")) == [("a", "'1'")]

    def test_other_methods_have_no_form_in_their_body(self, server):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert fields(server.request("PUT", "/fields?q=1", data=b"a=1", headers=headers)) == [("q", "'1'")]

    def test_a_second_form_has_the_query_only(self, server):
        assert server.post("/twice?q=1", data={"a": "1"}).json()["names"] == [["q", "a"], ["q"]]

    def test_an_empty_multipart_body_is_an_empty_form(self, server):
        assert fields(server.post("/fields", **multipart(end=b""))) == []


class TestUploads:
    @pytest.mark.parametrize("size", [0, 1, 65367, 65368, 65369, 1 << 20])
    def test_a_file_arrives_byte_by_byte(self, server, size):
        assert upload(server, "/spool", size)["digest"] == hashed(repeated(size))

    @pytest.mark.local_only
    @pytest.mark.timeout(300)
    def test_a_huge_file_passes_in_constant_memory(self, server):
        facts = upload(server, "/stream", HUGE)
        assert (facts["size"], facts["digest"]) == (HUGE, hashed(repeated(HUGE)))
        assert facts["grown"] < ALLOWANCE

    @pytest.mark.local_only
    def test_a_large_file_goes_to_disk(self, server):
        facts = upload(server, "/spool", 100 << 20)
        assert facts["digest"] == hashed(repeated(100 << 20))
        assert facts["grown"] < ALLOWANCE
        assert list((server.root / "tmp").iterdir()) == []  # it had no name, and is gone

    @pytest.mark.local_only
    def test_an_upload_leaves_no_open_file_behind(self, server):
        upload(server, "/spool", 1 << 20)
        open_files = [target for child in server.children() for target in processes.descriptors(child)]
        assert not [target for target in open_files if "/tmp/" in target and "deleted" in target]

    @pytest.mark.parametrize("path", ["/spool", "/stream", "/fields"])
    def test_an_upload_that_is_cut_off_ends_the_handler_cleanly(self, server, path):
        server.expect_log(f"MP0101: PythonHandler form::{path[1:]}: .*the client went away")
        request = multipart((named("file", filename="a"), b"x" * 200000))
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\nContent-Type: multipart/form-data; "
        server.raw(head.encode() + b"boundary=limit\r\n\r\n" + request["data"][:150000], half_close=True)
        assert fields(server.get("/fields?a=1")) == [("a", "'1'")]

    def test_a_slow_upload_ends_at_the_server_s_timeout(self, serve):
        server = serve("Timeout 1\n" + handlers(), app="forms")
        server.expect_log("MP0101: PythonHandler form::spool: .*the client was too slow")
        head = (
            b"POST /spool HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nContent-Type: multipart/form-data; boundary=x"
        )
        answer = server.raw(head + b"\r\n\r\n--x\r\n")  # and nothing more
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert fields(server.get("/fields?a=1")) == [("a", "'1'")]


class TestBadForms:
    @pytest.mark.parametrize(
        ("request_", "status", "message"),
        [
            (multipart((b"no header", b"")), 400, "MP0260: multipart body: "),
            (multipart((named("a"), b"cut"), end=b""), 400, "MP0260: multipart body: "),
            ({"data": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "MP0260: .*without a boundary"),
            (
                {"data": b"x", "headers": {"Content-Type": f"multipart/form-data; boundary={'x' * 71}"}},
                400,
                "MP0260: .*boundary longer than 70",
            ),
            ({"json": {"a": 1}}, 501, "MP0263: no form: Content-Type 'application/json'"),
        ],
    )
    def test_a_body_that_is_no_form_gets_a_clear_answer(self, server, request_, status, message):
        server.expect_log(message)
        assert server.post("/fields", **request_).status_code == status

    @pytest.mark.parametrize(
        ("option", "limit", "request_"),
        [
            ("max_fields", 2, {"data": {"a": "1", "b": "2", "c": "3"}}),
            ("max_fields", 2, multipart(*((named(name), b"") for name in "abc"))),
            ("max_files", 1, multipart(*((named(name, filename=name), b"") for name in "ab"))),
            ("max_memory", 100, {"data": {"a": "x" * 100}}),
            ("max_memory", 100, multipart((named("a"), b"x" * 101))),
            ("max_part_headers", 1, multipart((named("a") + b"\r\nX-More: 1", b""))),
            ("max_part_header_size", 50, multipart((named("a" * 50), b""))),
        ],
    )
    def test_a_form_beyond_a_limit_is_413_and_the_log_names_the_limit(self, limited, option, limit, request_):
        server = limited((option, limit))
        server.expect_log("MP0261: ")
        assert server.post("/fields", **request_).status_code == 413
        assert fields(server.post("/fields", data={"a": "1"})) == [("a", "'1'")]

    def test_too_many_fields_in_a_query_are_413_too(self, limited):
        server = limited(("max_fields", 2))
        server.expect_log("MP0261: .*mod_python.form.max_fields")
        assert server.get("/fields?a&b&c").status_code == 413

    def test_an_upload_does_not_count_as_text(self, limited):
        server = limited(("max_memory", 100))
        assert fields(server.post("/fields", **multipart((named("a", filename="f"), b"x" * 1000))))[0][0] == "a"

    @pytest.mark.parametrize("chunked", [False, True])
    def test_a_body_beyond_httpd_s_own_limit_is_413(self, serve, chunked):
        server = serve(handlers("LimitRequestBody 1000"), app="forms")
        request = multipart((named("a", filename="f"), b"x" * 2000))
        if chunked:
            request["data"] = iter([request["data"]])
        assert server.post("/spool", **request).status_code == 413

    def test_semicolons_separate_where_the_option_says_so(self, limited):
        assert fields(limited(("separators", '"&;"')).get("/fields?a=1;b=2&c=3")) == [
            ("a", "'1'"),
            ("b", "'2'"),
            ("c", "'3'"),
        ]


class TestHelpers:
    def test_fields_are_matched_to_arguments(self, server):
        assert server.get("/matched?item=tea&gift=yes&other=1").json()["result"] == ["tea", "1", "yes"]

    def test_query_strings_are_parsed(self, server):
        facts = server.get("/queries?a=1&b=%C3%A9&a=2&c").json()
        assert facts == {
            "qs": {"a": ["1", "2"], "b": ["\xe9"]},
            "qsl": [["a", "1"], ["b", "\xe9"], ["a", "2"], ["c", ""]],
        }

    @pytest.mark.parametrize(("method", "status"), [("GET", 302), ("POST", 301)])
    def test_a_redirect_is_encoded_and_escaped(self, server, method, status):
        response = server.request(method, "/redirect", params={"to": '/caf\xe9 "<b>"?a=1'})
        assert response.status_code == status
        assert response.headers["Location"] == "/caf%C3%A9%20%22%3Cb%3E%22?a=1"
        assert "<b>" not in response.text

    def test_a_redirect_with_a_line_break_is_an_error(self, server):
        server.expect_log("MP0100: .*ValueError: the location of a redirect contains CR, LF or NUL")
        server.allow_log("MP0100")
        response = server.get("/redirect", params={"to": "/x\r\nSet-Cookie: a=1"})
        assert (response.status_code, response.cookies.get_dict()) == (500, {})

    def test_a_redirect_after_output_is_an_error(self, server):
        server.expect_log("MP0100: .*OSError: cannot redirect: a part of the body has been sent already")
        server.allow_log("MP0100")
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            server.get("/late_redirect")
