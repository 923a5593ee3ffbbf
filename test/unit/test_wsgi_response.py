"""The server's side of PEP 3333: when headers go out, how the body is sent, and what happens when it goes wrong."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mod_python.constants import OK
from mod_python.errors import ClientGone
from mod_python.wsgi_file import FileWrapper
from mod_python.wsgi_response import respond
from wsgi_double import WsgiRequest

Headers = list[tuple[str, str]]


class Body:
    """An iterable that remembers how far it was read and whether it was closed."""

    def __init__(self, *chunks: Any) -> None:
        self.chunks = list(chunks)
        self.closed = 0

    def __iter__(self) -> Iterator[Any]:
        while self.chunks:
            chunk = self.chunks.pop(0)
            if isinstance(chunk, BaseException):
                raise chunk
            yield chunk

    def close(self) -> None:
        self.closed += 1


def answer(body: Any, headers: Headers | None = None, status: str = "200 OK") -> Callable[..., Any]:
    """An application that returns `body`."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        start_response(status, headers or [])
        return body

    return application


def serve(application: Callable[..., Any], method: str = "GET", **attributes: Any) -> WsgiRequest:
    req = WsgiRequest(method, **attributes)
    assert respond(req, application, {"REQUEST_METHOD": method}) == OK
    return req


def length(number: int) -> Headers:
    return [("Content-Length", str(number))]


# -- Whole bodies ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [[b"hello"], (b"hello",), [b"he", b"llo"], [b"", b"hello"], b"hello"])
def test_a_known_body_goes_with_the_head_and_its_length_and_without_flush(body: Any) -> None:
    req = serve(answer(body))
    assert req.calls == ["send_response"]
    assert (req.content_length, bytes(req.written), req.flushes) == (5, b"hello", [0])


def test_an_iterable_of_length_one_counts_as_known() -> None:
    class Single(Body):
        def __len__(self) -> int:
            return 1

    body = Single(b"hello")
    req = serve(answer(body))
    assert (req.content_length, req.flushes, body.closed) == (5, [0], 1)


def test_other_iterables_with_a_length_are_streamed() -> None:
    req = serve(answer({b"a": 1, b"b": 2}))
    assert (req.content_length, bytes(req.written), req.flushes) == (None, b"ab", [1, 1])


@pytest.mark.parametrize("body", [[], [b""], (), b"", iter([]), Body(b"", b"")])
def test_an_empty_body_sends_the_headers_only(body: Any) -> None:
    assert serve(answer(body)).calls == ["send_response"]


def test_the_announced_length_is_used() -> None:
    req = serve(answer([b"hello"], [("Content-Length", "5"), ("Content-Type", "text/plain"), ("X", "y")]))
    assert req.response == (200, b"200 OK", b"text/plain", 5, [("X", "y")])


def test_text_is_sent_as_utf_8() -> None:
    assert bytes(serve(answer(["caf\xe9"])).written) == b"caf\xc3\xa9"
    assert bytes(serve(answer("caf\xe9")).written) == b"caf\xc3\xa9"
    assert bytes(serve(answer(iter(["caf", "\xe9"]))).written) == b"caf\xc3\xa9"


@pytest.mark.parametrize("buffer", [bytearray(b"abc"), memoryview(b"abc")])
def test_buffers_are_sent_as_bytes(buffer: Any) -> None:
    assert bytes(serve(answer([buffer])).written) == b"abc"


@pytest.mark.parametrize("body", [[5], [None], [b"a", 5], iter([5]), iter([None]), [[b"a"]]])
def test_a_body_of_other_things_is_a_type_error_before_anything_is_sent(body: Any) -> None:
    req = WsgiRequest()
    with pytest.raises(TypeError, match="MP0210: the body"):
        respond(req, answer(body), {"REQUEST_METHOD": "GET"})
    assert (req.calls, req.aborted_by_us) == ([], False)


def test_none_instead_of_a_body_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="MP0210: the WSGI application returned None"):
        serve(answer(None))


# -- Streams --------------------------------------------------------------------------------------------------


def test_a_stream_sends_each_chunk_before_the_next_is_made() -> None:
    req = WsgiRequest()
    seen = []

    def chunks() -> Iterator[bytes]:
        yield b"a"
        seen.append((bytes(req.written), list(req.flushes)))
        yield b"b"

    respond(req, answer(chunks()), {"REQUEST_METHOD": "GET"})
    assert seen == [(b"a", [1])]
    assert (bytes(req.written), req.flushes, req.content_length) == (b"ab", [1, 1], None)


def test_headers_wait_for_the_first_chunk_that_is_not_empty() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        yield b""
        start_response("201 Created", [])
        yield b""
        yield b"x"

    req = serve(application)
    assert req.response[0] == 201
    assert req.calls == ["send_response", "write"]


def test_the_body_is_closed_once_after_the_last_chunk() -> None:
    body = Body(b"a", b"b")
    serve(answer(body))
    assert (body.closed, body.chunks) == (1, [])


def test_an_application_may_be_a_class() -> None:
    class Application:
        def __init__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> None:
            self.start = start_response

        def __iter__(self) -> Iterator[bytes]:
            self.start("200 OK", [])
            yield b"class"

    assert bytes(serve(Application).written) == b"class"


# -- start_response -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [[b"x"], [], iter([b"x"]), iter([]), FileWrapper(io.BytesIO(b"x"))])
def test_forgetting_start_response_is_an_error(body: Any) -> None:
    with pytest.raises(RuntimeError, match="MP0211"):
        serve(lambda environ, start_response: body)


def test_start_response_takes_keywords() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response(status="202 Accepted", headers=[("A", "b")], exc_info=None)
        return [b"x"]

    assert serve(application).response == (202, b"202 Accepted", None, 1, [("A", "b")])


def test_a_second_call_needs_exc_info() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [])
        start_response("200 OK", [])
        return [b"x"]

    with pytest.raises(AssertionError, match="MP0209"):
        serve(application)


def fail() -> Any:
    try:
        raise LookupError("lost")
    except LookupError:
        return sys.exc_info()


def test_exc_info_replaces_headers_that_were_not_sent() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [("X-First", "1"), ("Content-Type", "text/html"), ("Content-Length", "9")])
        start_response("500 Oops", [("X-Second", "2")], fail())
        return [b"sorry"]

    assert serve(application).response == (500, b"500 Oops", None, 5, [("X-Second", "2")])


def test_exc_info_is_raised_when_headers_were_sent() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"sent"
        start_response("500 Oops", [], fail())

    req = WsgiRequest()
    with pytest.raises(LookupError, match="lost"):
        respond(req, application, {"REQUEST_METHOD": "GET"})
    assert req.aborted_by_us
    assert req.response[0] == 200


def test_exc_info_is_allowed_in_the_first_call() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("500 Oops", [], fail())
        return [b"sorry"]

    assert serve(application).response[0] == 500


def test_refused_headers_leave_the_response_open_for_others() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        with pytest.raises(ValueError, match="MP0207"):
            start_response("200 OK", [("Connection", "close")])
        start_response("200 OK", [])
        return [b"x"]

    assert serve(application).response[4] == []


# -- write() --------------------------------------------------------------------------------------------------


def test_write_sends_at_once_and_before_the_returned_body() -> None:
    req = WsgiRequest()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        write = start_response("200 OK", [])
        write(b"first ")
        assert (bytes(req.written), req.flushes) == (b"first ", [1])
        return [b"second"]

    respond(req, application, {"REQUEST_METHOD": "GET"})
    assert (bytes(req.written), req.flushes, req.content_length) == (b"first second", [1, 0], None)


def test_write_counts_towards_the_announced_length() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        start_response("200 OK", length(4))(b"ab")
        return iter([b"cd", b"ef"])

    req = serve(application)
    assert (bytes(req.written), req.content_length) == (b"abcd", 4)
    assert [message[:6] for message in req.logged] == ["MP0214"]


# -- Lengths --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [[b"abcdef"], [b"abc", b"def"], iter([b"abc", b"def"]), iter([b"abcd", b"ef"])])
def test_more_than_the_announced_length_is_dropped_and_logged_once(body: Any) -> None:
    req = serve(answer(body, length(4)))
    assert bytes(req.written) == b"abcd"
    assert [message[:6] for message in req.logged] == ["MP0214"]
    assert not req.aborted_by_us


def test_iteration_stops_when_too_much_was_given() -> None:
    body = Body(b"abc", b"def", b"ghi")
    serve(answer(body, length(3)))
    assert (body.chunks, body.closed) == ([b"ghi"], 1)


def test_iteration_goes_on_when_just_enough_was_given() -> None:
    body = Body(b"abc", b"", b"")
    req = serve(answer(body, length(3)))
    assert (body.chunks, req.logged) == ([], [])


@pytest.mark.parametrize("body", [[b"ab"], [], iter([b"a", b"b"]), iter([])])
def test_less_than_the_announced_length_is_logged_and_the_connection_dropped(body: Any) -> None:
    req = serve(answer(body, length(4)))
    assert req.content_length == 4
    assert [message[:6] for message in req.logged] == ["MP0215"]
    assert req.aborted_by_us


# -- Responses without a body ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["204 No Content", "205 Reset", "304 Not Modified"])
@pytest.mark.parametrize(
    "make", [list, iter, lambda chunks: Body(*chunks), lambda chunks: FileWrapper(io.BytesIO(b"".join(chunks)))]
)
@pytest.mark.parametrize("chunks", [[], [b"x"], [b"x", b"y"]])
def test_these_statuses_have_no_body_and_no_length(status: str, make: Any, chunks: list[bytes]) -> None:
    req = serve(answer(make(chunks), length(1), status))
    assert (bytes(req.written), req.content_length, req.aborted_by_us) == (b"", None, False)


def test_a_dropped_body_is_logged() -> None:
    assert [message[:6] for message in serve(answer([b"x"], status="204 No Content")).logged] == ["MP0214"]
    assert serve(answer([b""], status="204 No Content")).logged == []


def test_head_keeps_the_length_the_application_announced() -> None:
    req = serve(answer([], length(1000)), "HEAD")
    assert (req.content_length, req.logged, req.aborted_by_us) == (1000, [], False)


def test_head_has_the_length_of_the_body_get_would_have() -> None:
    assert serve(answer([b"hello"]), "HEAD").content_length == 5


def test_head_without_a_body_has_no_length() -> None:
    assert serve(answer([]), "HEAD").content_length is None


def test_head_does_not_read_a_stream_to_its_end() -> None:
    body = Body(b"a", b"b", b"c")
    req = serve(answer(body, length(3)), "HEAD")
    assert (req.calls, body.chunks, body.closed) == (["send_response"], [b"b", b"c"], 1)


def test_write_on_head_sends_nothing_but_headers() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [])(b"body")
        return []

    assert serve(application, "HEAD").calls == ["send_response"]


# -- Files ----------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Iterator[io.BufferedReader]:
    path = tmp_path / "data"
    path.write_bytes(b"0123456789")
    with path.open("rb") as file:
        yield file


def test_a_wrapped_file_is_sent_by_httpd(file: io.BufferedReader) -> None:
    req = serve(answer(FileWrapper(file)))
    assert req.calls == ["send_response", "sendfile_fd"]
    assert (bytes(req.written), req.content_length) == (b"0123456789", 10)
    assert file.closed


def test_no_more_of_a_file_is_sent_than_announced(file: io.BufferedReader) -> None:
    file.seek(2)
    req = serve(answer(FileWrapper(file), length(3)))
    assert (bytes(req.written), req.files_sent, req.logged) == (b"234", [(2, 3)], [])


def test_a_file_shorter_than_announced_drops_the_connection(file: io.BufferedReader) -> None:
    req = serve(answer(FileWrapper(file), length(11)))
    assert (bytes(req.written), req.aborted_by_us) == (b"0123456789", True)


def test_a_file_that_shrank_drops_the_connection(file: io.BufferedReader) -> None:
    req = WsgiRequest()
    req.sendfile_fd = lambda fd, offset, length: length - 1  # type: ignore[method-assign]
    respond(req, answer(FileWrapper(file)), {"REQUEST_METHOD": "GET"})
    assert req.aborted_by_us


def test_a_file_may_follow_what_was_written(file: io.BufferedReader) -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> FileWrapper:
        start_response("200 OK", [])(b"head ")
        return FileWrapper(file)

    assert bytes(serve(application).written) == b"head 0123456789"


def test_a_wrapped_object_without_descriptor_is_iterated_over() -> None:
    file = io.BytesIO(b"0123456789")
    req = serve(answer(FileWrapper(file, 4)))
    assert (bytes(req.written), req.flushes) == (b"0123456789", [1, 1, 1])
    assert file.closed


# -- Errors and clients that leave ----------------------------------------------------------------------------


def test_an_error_of_the_application_is_raised_and_nothing_was_sent() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [])
        raise LookupError("lost")

    req = WsgiRequest()
    with pytest.raises(LookupError):
        respond(req, application, {"REQUEST_METHOD": "GET"})
    assert (req.calls, req.aborted_by_us) == ([], False)


def test_an_error_before_the_first_chunk_leaves_the_response_to_httpd() -> None:
    body, req = Body(b"", LookupError("lost")), WsgiRequest()
    with pytest.raises(LookupError):
        respond(req, answer(body), {"REQUEST_METHOD": "GET"})
    assert (req.calls, req.aborted_by_us, body.closed) == ([], False, 1)


@pytest.mark.parametrize("error", [LookupError("lost"), OSError("disk"), SystemExit(1), KeyboardInterrupt()])
def test_an_error_after_the_first_chunk_drops_the_connection(error: BaseException) -> None:
    body, req = Body(b"a", error), WsgiRequest()
    with pytest.raises(type(error)):
        respond(req, answer(body), {"REQUEST_METHOD": "GET"})
    assert (bytes(req.written), req.aborted_by_us, body.closed) == (b"a", True, 1)


def test_a_client_that_leaves_ends_the_iteration() -> None:
    body, req = Body(b"a", b"b", b"c"), WsgiRequest(client_leaves_after=1)
    with pytest.raises(ClientGone):
        respond(req, answer(body), {"REQUEST_METHOD": "GET"})
    assert (bytes(req.written), body.chunks, body.closed) == (b"a", [b"c"], 1)


def test_an_application_sees_that_the_client_left_and_may_go_on() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        with pytest.raises(OSError, match="closed"):
            start_response("200 OK", [])(b"x")
        return []

    serve(application, client_leaves_after=0)


def test_an_error_of_close_is_raised() -> None:
    class Failing(Body):
        def close(self) -> None:
            raise LookupError("cannot close")

    with pytest.raises(LookupError, match="cannot close"):
        serve(answer(Failing(b"a")))
