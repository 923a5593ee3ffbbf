"""What happens on a bad day: load on several interpreters, restarts meanwhile, and clients that are slow or leave."""

import io
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path

import pytest
from filtering import SITE

from testenv.wait import until

THREADS = 4
BIG = 200 * 65536  # bytes, more than the sockets of both sides hold
BUSY = "AH00161|AH00286|AH00484"  # that httpd would like to serve more at a time
INTERPRETERS = """
<Location /py/one>
  PythonInterpreter one
</Location>
<Location /py/two>
  PythonInterpreter two
</Location>
"""
PATHS = [
    "/py/one/everything",
    "/py/two/everything?out=upper&out=lines",
    "/py/one/everything?out=cut",
    "/py/two/redirect",
    "/page.txt?out=mark",
]
SCRIPT = """
local paths, n = {PATHS}, 0
wrk.headers["Connection"] = "close"
request = function()
  n = n + 1
  return wrk.format(nil, paths[n % #paths + 1])
end
"""


@pytest.mark.local_only
@pytest.mark.needs("wrk")
class TestLoad:
    """Two interpreters, filters, redirects, threads and clean-ups at once."""

    @pytest.fixture
    def server(self, serve):
        server = serve(SITE + INTERPRETERS, app="filters", processes=2, threads=4)
        server.write("page.txt", "one\ntwo\n")
        return server

    @pytest.fixture
    def load(self, server, tmp_path):
        """Keeps wrk busy in a block, which gets a function that waits until so many more requests were answered."""
        script = tmp_path / "paths.lua"
        script.write_text(SCRIPT.replace("PATHS", ", ".join(f'"{path}"' for path in PATHS)))
        command = ["wrk", "-t", "1", "-c", "6", "-d", "300s", "--timeout", "60s", "-s", script, server.url]

        def wait(requests):
            enough = answered(server) + requests
            until(lambda: answered(server) >= enough, 60, f"{requests} answers")

        @contextmanager
        def load():
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as wrk:
                try:
                    yield wait
                finally:
                    wrk.send_signal(signal.SIGINT)
                    report = wrk.communicate()[0]
            assert "requests in" in report
            assert "Socket errors" not in report
            assert "Non-2xx" not in report

        return load

    def test_graceful_restarts_lose_no_request(self, server, load):
        server.allow_log(BUSY)
        with load() as wait:
            for _ in range(2):
                wait(50)
                server.graceful()
            wait(50)

    def test_the_children_do_not_grow(self, server, load):
        server.allow_log(BUSY)
        with load() as wait:
            wait(1000)
            before = memory(server)
            wait(2000)
            after = memory(server)
        assert after.keys() == before.keys()
        assert max(after[pid] - before[pid] for pid in before) < 1024  # kB; that of 1000 requests


def answered(server):
    """How many requests the access log holds."""
    return server.access_log.path.read_bytes().count(b"\n")


def memory(server):
    """The resident memory of each child, in kB."""
    return {pid: int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4 for pid in server.children()}


@pytest.fixture(scope="class")
def server(serve_class):
    server = serve_class(SITE, app="filters", threads=THREADS)
    server.write("page.txt", "one\ntwo\nthree\n")
    return server


def request(path, method="GET", body=b"", *headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Stream(io.BytesIO):
    """What http.client takes for a socket, and does not close."""

    def makefile(self, mode):
        return self

    def close(self):
        pass


def responses(received, methods):
    """Status and body of each response, one after the other, and what is left."""
    stream = Stream(received)
    found = []
    for method in methods:
        response = HTTPResponse(stream, method=method)
        response.begin()
        found.append((response.status, response.read()))
    return found, stream.read()


class TestConnections:
    MIX = [
        ("/py/hello", "GET", b""),
        ("/py/pieces?out=upper", "GET", b""),
        ("/page.txt", "HEAD", b""),
        ("/py/ignore", "POST", b"GET /py/hello HTTP/1.1\r\n\r\n" * 100),
        ("/py/echo?in=lower&out=lines", "POST", b"ONE\nTWO\n" * 1000),
        ("/py/redirect", "POST", b"body"),
        ("/missing", "GET", b""),
        ("/py/pieces?out=forbid", "GET", b""),
        ("/py/pieces?out=cut_and_leave", "GET", b""),
        ("/py/length?in=first_call", "POST", b"x" * 100_000),
        ("/page.txt?out=nothing", "GET", b""),
        ("/py/unflushed", "GET", b""),
    ]

    @pytest.fixture
    def alone(self, server):
        """The response to each request of the mix on a connection of its own."""
        server.allow_log("MP0081: the output filter nothing")
        return [responses(server.raw(request(*each, "Connection: close")), [each[1]])[0][0] for each in self.MIX]

    def test_pipelined_requests_are_answered_as_single_ones(self, server, alone):
        received = server.raw(b"".join(request(*each) for each in self.MIX), half_close=True)
        assert responses(received, [each[1] for each in self.MIX]) == (alone, b"")

    def test_and_so_are_those_on_a_connection_that_is_kept(self, server, alone):
        with server.session() as session:
            kept = [session.request(method, server.url + path, data=body) for path, method, body in self.MIX * 3]
        assert [(response.status_code, response.content) for response in kept] == alone * 3

    def test_a_response_that_is_cut_is_the_last_one(self, server):
        server.expect_log("MP0100: PythonHandler pages: ValueError: the other half")
        server.allow_log("MP0100")
        answer = server.raw(request("/py/hello") + request("/py/broken") + request("/py/hello"))
        assert answer.count(b"HTTP/1.1 200") == 2
        assert answer.endswith(b"\r\n4\r\nhalf\r\n")


def size_of_rest(connection):
    return sum(map(len, iter(connection.receive, b"")))


class TestClients:
    def test_slow_readers_get_everything_and_keep_nobody_waiting(self, server):
        server.allow_log(BUSY)
        slow = [server.connect() for _ in range(THREADS - 1)]
        for connection, filters in zip(slow, ["", "out=upper", "out=all_on"] * 3, strict=False):
            connection.send(request(f"/py/big?{filters}", "GET", b"", "X-Blocks: 200", "Connection: close"))
            assert connection.receive(1)
        assert [server.get("/py/hello").text for _ in range(5)] == ["hello\n"] * 5
        assert all(size_of_rest(connection) > BIG for connection in slow)

    def test_a_client_that_has_said_all_gets_everything(self, server):
        with server.connect() as connection:
            connection.send(request("/py/big?out=upper", "GET", b"", "X-Blocks: 200", "Connection: close"))
            connection.half_close()
            assert size_of_rest(connection) > BIG

    def test_slow_writers_are_understood(self, server):
        server.allow_log(BUSY)
        slow = [server.connect() for _ in range(THREADS - 1)]
        for byte in request("/py/echo?in=lower&out=upper", "POST", b"Byte by Byte", "Connection: close"):
            for connection in slow:
                connection.send(bytes([byte]))
        assert [responses(connection.receive_all(), ["POST"]) for connection in slow] == [
            ([(200, b"BYTE BY BYTE")], b"")
        ] * len(slow)

    @pytest.mark.parametrize("query", ["length", "echo", "length?in=lower", "echo?in=lines&out=lines", "ignore"])
    def test_uploads_that_are_given_up_leave_no_thread_behind(self, server, query):
        server.allow_log(f"MP0101|{BUSY}")
        children = server.children()
        for number in range(3 * THREADS):
            connection = server.connect()
            connection.send(request(f"/py/{query}", "POST", b"x" * 100_000)[: -10 * number - 1])
            connection.abort()
        with ThreadPoolExecutor(THREADS) as pool:
            assert set(pool.map(lambda _: server.post("/py/length", data=b"whole").text, range(2 * THREADS))) == {"5"}
        assert set(children) <= set(server.children())
