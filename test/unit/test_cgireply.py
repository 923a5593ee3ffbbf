"""The header a CGI script prints: what it means for the request, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgi_request import CGIRequest
from mod_python.cgireply import LONGEST_HEAD, CGIError, Reply, parse_head


def reply(output: bytes, *pieces: bytes) -> CGIRequest:
    """Print `output` and see what becomes of the request."""
    req = CGIRequest()
    raw = Reply(req)
    for piece in (output, *pieces):
        raw.write(memoryview(piece))
    raw.end()
    return req


@pytest.mark.parametrize("output", [b"A: b\n\nx\r\n\r\n", b"A: b\r\n\r\nx\r\n\r\n", b"A: b\r\n\nx\r\n\r\n"])
def test_the_first_blank_line_ends_the_header(output: bytes) -> None:
    req = reply(output)
    assert req.headers_out.items() == [("A", "b")]
    assert req.written == b"x\r\n\r\n"


def test_the_header_may_come_byte_by_byte() -> None:
    req = reply(*(bytes([byte]) for byte in b"A: b\r\nC: d\r\n\r\nbody"))
    assert req.headers_out.items() == [("A", "b"), ("C", "d")]
    assert req.written == b"body"


def test_an_empty_header_is_a_blank_line() -> None:
    assert reply(b"\nbody").written == b"body"


def test_a_status_sets_number_and_reason() -> None:
    req = reply(b"Status: 404 Not Here\n\n")
    assert (req.status, req.status_line) == (404, "404 Not Here")


def test_a_status_needs_no_reason() -> None:
    req = reply(b"Status: 404\n\n")
    assert (req.status, req.status_line) == (404, None)


@pytest.mark.parametrize("status", [b"", b"abc", b"99", b"100 Continue", b"600", b"2000", b"-200", b"2\xb2\xb2"])
def test_a_bad_status_is_refused(status: bytes) -> None:
    with pytest.raises(CGIError, match="MP0304"):
        reply(b"Status: " + status + b"\n\n")


def test_the_content_type_is_set_and_shown() -> None:
    req = reply(b"content-type: text/html; charset=utf-8\n\n")
    assert req.content_type == "text/html; charset=utf-8"
    assert req.headers_out["Content-Type"] == "text/html; charset=utf-8"


def test_a_location_is_a_302() -> None:
    req = reply(b"Location: http://example.com/\n\n")
    assert (req.status, req.headers_out["Location"]) == (302, "http://example.com/")


def test_a_location_beside_a_status_changes_nothing() -> None:
    assert reply(b"Location: /x\nStatus: 301 Moved\n\n").status == 301


def test_other_fields_may_be_repeated() -> None:
    assert reply(b"Set-Cookie: a=1\nSet-Cookie: b=2\n\n").headers_out["Set-Cookie"] == ["a=1", "b=2"]


def test_the_length_is_given_once() -> None:
    assert reply(b"Content-Length: 1\nContent-Length: 2\n\n").headers_out["Content-Length"] == "2"


@pytest.mark.parametrize("value", [b"", b"-1", b"1, 2", "\u0663".encode()])
def test_a_length_that_is_no_number_is_refused(value: bytes) -> None:
    with pytest.raises(CGIError, match="MP0305"):
        reply(b"Content-Length: " + value + b"\n\n")


def test_fields_about_the_connection_are_left_to_the_server() -> None:
    assert reply(b"Connection: close\nTransfer-Encoding: chunked\nX-A: 1\n\n").headers_out.items() == [("X-A", "1")]


def test_the_status_line_of_a_non_parsed_header_script_is_its_status() -> None:
    req = reply(b"HTTP/1.0 201 Made\r\nContent-Type: text/plain\r\n\r\nbody")
    assert (req.status, req.status_line, req.content_type) == (201, "201 Made", "text/plain")
    assert req.written == b"body"


def test_the_first_line_of_cgitb_is_no_header() -> None:
    req = reply(b"<!--: spam\nContent-Type: text/html\n\n<body>")
    assert (req.content_type, bytes(req.written)) == ("text/html", b"<body>")


@pytest.mark.parametrize("line", [b"<html>", b"no colon", b": x", b"A B: x", b" A: x", b"A: x\rB: y", b"A: \x00"])
def test_a_malformed_line_is_refused(line: bytes) -> None:
    with pytest.raises(CGIError, match="MP0303"):
        reply(line + b"\n\n")


def test_after_a_malformed_header_nothing_is_sent() -> None:
    req = CGIRequest()
    raw = Reply(req)
    raw.write(b"Status: 404\nrubbish\n\nbody")
    raw.write(b"more")
    assert (req.status, bytes(req.written), req.headers_out.items()) == (200, b"", [])


def test_output_without_a_blank_line_is_refused() -> None:
    with pytest.raises(CGIError, match="MP0302"):
        reply(b"Content-Type: text/html\n")


def test_a_header_without_end_is_refused_early() -> None:
    req = CGIRequest()
    raw = Reply(req)
    raw.write(b"x" * (LONGEST_HEAD + 1))
    raw.write(b"\n\n")
    with pytest.raises(CGIError, match="MP0306"):
        raw.end()


def test_no_output_is_not_malformed() -> None:
    assert Reply(CGIRequest()).end() is False


def test_bytes_that_are_not_utf_8_are_kept() -> None:
    assert reply(b"X-Name: \xe9\n\n").headers_out["X-Name"].encode("utf-8", "surrogateescape") == b"\xe9"


PIECES = st.sampled_from([b"A: b\n", b"\r\n", b"Status: ", b"404", b"HTTP/1.1 ", b":"])


@given(st.binary(max_size=200) | st.lists(PIECES))
def test_any_header_is_parsed_or_refused(block: bytes | list[bytes]) -> None:
    try:
        head = parse_head(block if isinstance(block, bytes) else b"".join(block))
    except CGIError:
        return
    text = "".join(name + value for name, value in head.fields) + head.reason
    assert not set(text) & {"\r", "\n", "\0"}


@given(st.lists(st.binary(max_size=20), max_size=20))
def test_any_output_in_any_pieces_is_a_response_or_refused(pieces: list[bytes]) -> None:
    output = b"".join(pieces)
    try:
        whole = bytes(reply(output).written)
    except CGIError:
        with pytest.raises(CGIError):
            reply(b"", *pieces)
    else:
        assert bytes(reply(b"", *pieces).written) == whole
