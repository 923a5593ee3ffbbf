"""The streams a CGI script meets as standard input and output."""

from __future__ import annotations

import gc
import io
import sys
import threading

import pytest

from cgi_request import CGIRequest
from mod_python.cgireply import CGIError
from mod_python.cgistreams import CGIStdin, CGIStdout, NullIO

HEADER = "Content-Type: text/plain\n\n"


def test_standard_input_reads_text() -> None:
    stdin = CGIStdin(CGIRequest(body="n=\u00e9\nx\n".encode()))
    assert stdin.readline() == "n=\u00e9\n"
    assert stdin.readlines() == ["x\n"]
    assert stdin.read() == ""


def test_standard_input_has_the_bytes_underneath() -> None:
    assert CGIStdin(CGIRequest(body=b"\x00\xff")).buffer.read() == b"\x00\xff"


def test_bytes_that_are_no_text_can_be_had_back() -> None:
    text = CGIStdin(CGIRequest(body=b"\xff\r\n\r")).read()
    assert text.encode("utf-8", "surrogateescape") == b"\xff\r\n\r"


def test_standard_input_is_read_once_and_in_blocks() -> None:
    body = bytes(range(256)) * 1000
    stdin = CGIStdin(CGIRequest(body=body))
    assert stdin.buffer.read(10) + stdin.buffer.read() == body


def test_standard_input_can_be_iterated() -> None:
    assert list(CGIStdin(CGIRequest(body=b"a\nb"))) == ["a\n", "b"]


def test_text_and_bytes_keep_their_order() -> None:
    req = CGIRequest()
    stdout = CGIStdout(req)
    print(HEADER, end="", file=stdout)
    stdout.buffer.write(b"\x89PNG")
    stdout.write("\u00e9")
    stdout.write(b"\xff")
    assert stdout.finish()
    assert req.written == b"\x89PNG\xc3\xa9\xff"


def test_tell_counts_all_bytes() -> None:
    stdout = CGIStdout(CGIRequest())
    stdout.write("A: \u00e9")
    assert stdout.tell() == 5
    stdout.abandon()


def test_the_request_is_untouched_before_something_is_sent() -> None:
    req = CGIRequest()
    stdout = CGIStdout(req)
    print("Status: 404\n\nbody", file=stdout)
    stdout.abandon()
    assert stdout.finish()
    assert (req.status, bytes(req.written)) == (200, b"")


def test_a_flush_reaches_the_client() -> None:
    req = CGIRequest()
    stdout = CGIStdout(req)
    print(HEADER + "one", file=stdout, flush=True)
    print("two", file=stdout)
    stdout.finish()
    assert req.flushed == [b"one\n"]
    assert req.written == b"one\ntwo\n"


def test_a_flush_inside_the_header_sends_nothing() -> None:
    req = CGIRequest()
    stdout = CGIStdout(req)
    print("Content-Type: text/plain", file=stdout, flush=True)
    print("\nbody", file=stdout)
    stdout.finish()
    assert req.flushed == []
    assert req.written == b"body\n"


def test_the_detached_buffer_can_be_wrapped_anew() -> None:
    req = CGIRequest()
    stdout = CGIStdout(req)
    wrapped = io.TextIOWrapper(stdout.detach(), encoding="latin-1")
    wrapped.write(HEADER + "\u00e9")
    assert stdout.finish(wrapped)
    assert req.written == b"\xe9"


def test_a_closed_stream_has_sent_everything() -> None:
    req = CGIRequest()
    stdout = CGIStdout(req)
    stdout.write(HEADER + "x")
    stdout.close()
    assert stdout.finish(stdout)
    assert req.written == b"x"


@pytest.mark.parametrize("last", [None, object(), io.StringIO()])
def test_whatever_the_script_left_in_its_place_is_tolerated(last: object) -> None:
    stdout = CGIStdout(CGIRequest())
    stdout.write(HEADER)
    assert stdout.finish(last)


def test_large_output_is_passed_on_while_it_is_printed() -> None:
    req = CGIRequest()
    stdout = CGIStdout(req)
    stdout.write(HEADER)
    for _ in range(100):
        stdout.write("x" * 1000)
    assert len(req.written) > 50_000
    stdout.finish()
    assert len(req.written) == 100_000


def test_an_abandoned_stream_sends_nothing_when_it_is_collected() -> None:
    req = CGIRequest()
    stdout = CGIStdout(req)
    stdout.write(HEADER + "late")
    stdout.abandon()
    del stdout
    gc.collect()
    assert req.written == b""


def test_what_another_thread_prints_goes_where_it_went_before(monkeypatch: pytest.MonkeyPatch) -> None:
    log = io.StringIO()
    monkeypatch.setattr(sys, "stdout", log)
    req = CGIRequest()
    stdout = CGIStdout(req)
    stdout.write(HEADER)
    other = threading.Thread(target=lambda: (print("not for", file=stdout), stdout.buffer.write("the cliént".encode())))
    other.start()
    other.join()
    stdout.finish()
    assert req.written == b""
    assert log.getvalue() == "not for\nthe cliént"


def test_a_malformed_header_does_not_raise_in_the_script() -> None:
    stdout = CGIStdout(CGIRequest())
    print("no colon\n\n", file=stdout, flush=True)
    print("x" * 10_000, file=stdout)
    with pytest.raises(CGIError, match="MP0303"):
        stdout.finish()


class _Gone(CGIRequest):
    writes = 0

    def write(self, data: str | bytes, flush: int = 1) -> None:
        self.writes += 1
        raise OSError("client gone")


def test_a_client_that_went_away_is_an_os_error_once() -> None:
    req = _Gone()
    stdout = CGIStdout(req)
    stdout.write(HEADER + "x")
    with pytest.raises(OSError, match="client gone"):
        stdout.finish()
    writes = req.writes
    stdout.close()
    assert req.writes == writes


def test_the_null_file() -> None:
    null = NullIO()
    null.write("x")
    null.writelines(["x"])
    null.seek(1)
    null.flush()
    null.detach()
    null.close()
    assert (null.tell(), null.read(), null.readline(), null.readlines(), null.isatty()) == (0, "", "", [], 0)
