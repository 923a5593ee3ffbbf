"""Connection handlers in a live httpd: protocols of their own, beside HTTP on the same server."""

import socket
import ssl
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis

from testenv.client import Connection
from testenv.httpd import MPM, REPOSITORY
from testenv.ports import lease

PATH = "PythonPath \"sys.path + ['${DOCROOT}']\"\n"
CLIENTS = 100
AT_ONCE = CLIENTS if MPM != "prefork" else 8
"""How many connections are open at a time: each needs a thread or, on prefork, a process."""


LONG_LINE = 100_000 * b"x" + b"\n"


def talk(function, *directives):
    return PATH + "\n".join(directives) + f"\nPythonConnectionHandler talk::{function}\n"


@pytest.fixture
def run(serve):
    def run(function, *directives, **options):
        # Without AcceptFilter, httpd on Linux learns of a connection when the client says something.
        return serve(talk(function, "AcceptFilter http none", *directives), app="connections", **options)

    return run


@pytest.fixture
def port():
    """A port for a second protocol."""
    with lease() as leased:
        yield leased.port


def dial(port):
    return Connection(("127.0.0.1", port), 20)


class TestEcho:
    def test_a_hundred_clients_at_once(self, run):
        server = run("echo", threads=AT_ONCE)
        barrier = threading.Barrier(AT_ONCE)

        def client(number):
            with server.connect() as connection:
                for turn in range(20):
                    line = f"client {number} turn {turn}\n".encode()
                    connection.send(line)
                    assert connection.receive_until(b"\n") == line
                    if turn == 0 and number < AT_ONCE:
                        barrier.wait(20)  # now all of these are connected and served
            return number

        with ThreadPoolExecutor(AT_ONCE) as pool:
            assert list(pool.map(client, range(CLIENTS))) == list(range(CLIENTS))

    def test_the_example_of_the_old_manual_ends_with_the_client(self, run):
        server = run("manual", "LogLevel python:info")
        server.expect_log("MP0101: PythonConnectionHandler talk::manual: .*the peer has closed the connection")
        with server.connect() as connection:
            connection.send(b"hello\n")
            assert connection.receive_until(b"\n") == b"hello\n"
            connection.half_close()
            assert connection.receive_all() == b""

    def test_who_says_no_more_gets_the_whole_answer(self, run):
        with run("answer_to_all").connect() as connection:
            connection.send(b"question")
            connection.half_close()
            assert connection.receive_all() == b"head tail"

    def test_lines_come_whole_however_they_are_cut(self, run):
        server = run("echo")
        with server.connect() as connection:
            for byte in b"slow\n":
                connection.send(bytes([byte]))
            assert connection.receive_until(b"\n") == b"slow\n"
            connection.send(b"one\ntwo\nthr")
            assert connection.receive_until(b"two\n") == b"one\ntwo\n"
            connection.send(b"ee\nlast")
            connection.half_close()
            assert connection.receive_all() == b"three\nlast"

    def test_a_long_line(self, run):
        line = b"x" * 3_000_000 + b"\n"
        server = run("echo")
        with server.connect() as connection, ThreadPoolExecutor(1) as pool:
            pool.submit(connection.send, line)
            received = b""
            while len(received) < len(line):
                received += connection.receive()
            assert received == line

    def test_a_client_that_disappears_is_no_matter(self, run):
        server = run("echo")
        children = server.children()
        for _ in range(10):
            connection = server.connect()
            connection.send(b"line\nhalf a li")
            assert connection.receive_until(b"\n") == b"line\n"
            connection.abort()
        server.allow_log("MP0101: PythonConnectionHandler talk::echo: ")
        assert server.raw(b"still there\n", half_close=True) == b"still there\n"
        assert set(children) <= set(server.children())

    def test_a_graceful_restart_lets_connections_go_on(self, run):
        server = run("echo")
        connection = server.connect()
        connection.send(b"before\n")
        assert connection.receive_until(b"\n") == b"before\n"
        server.graceful()
        connection.send(b"after\n")
        assert connection.receive_until(b"\n") == b"after\n"
        assert server.raw(b"new\n", half_close=True) == b"new\n"

    @pytest.mark.local_only
    def test_a_long_conversation_takes_no_memory(self, run):
        server = run("echo")

        def say(connection, count):
            for _ in range(count // 1000):
                connection.send(b"ping\n" * 1000)
                received = 0
                while received < 5000:
                    received += len(connection.receive())

        def size():
            return max(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in server.children()) * 4

        with server.connect() as connection:
            say(connection, 2000)
            before = size()
            say(connection, 60_000)
            assert size() - before < 1024  # KB


class TestServerFirst:
    def test_it_speaks_before_the_client_does(self, run):
        with run("greet").connect() as connection:
            assert connection.receive_until(b"\n") == b"hello\n"
            connection.send(b"good day\n")
            assert connection.receive_all() == b"you said good day\n"


class TestDeclining:
    SHOW = "<Location />\nSetHandler mod_python\nPythonHandler talk::show\n</Location>"

    def test_http_goes_on_and_the_object_stays(self, run):
        server = run("declining", self.SHOW)
        for _ in range(2):
            with server.session() as session:
                texts = [session.get(server.url).text for _ in range(4)]
            assert texts == [f"asked 1, request {n}, one object True, keepalives {n - 1}" for n in range(1, 5)]

    def test_pipelined_requests_too(self, run):
        server = run("declining", self.SHOW)
        request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        answer = server.raw(3 * request + request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert [f"asked 1, request {n}," in answer.decode() for n in range(1, 5)] == [True] * 4


class TestObjects:
    def test_one_that_is_kept_is_of_no_use_after_its_connection(self, run):
        server = run("keep", processes=1)
        server.raw(b"")
        *lines, end = server.raw(b"").decode().splitlines()
        assert end == "end"
        assert lines == [
            f"{use}: the connection this object belongs to has ended"
            for use in ("read", "readline", "write", "client_ip", "notes", "log_error")
        ]

    def test_the_server_s_options_and_interpreter(self, run):
        server = run("options", "PythonOption colour blue", "PythonInterpreter talkers")
        assert server.raw(b"") == b"blue talkers"


class TestThreads:
    def test_one_reads_while_another_writes(self, run):
        server = run("ticking")
        with server.connect() as connection, ThreadPoolExecutor(1) as pool:
            sent = [f"line {number}\n".encode() for number in range(2000)]
            sending = pool.submit(lambda: [connection.send(line) for line in sent])
            received = b""
            while received.count(b"line") < len(sent):
                received += connection.receive()
            sending.result()
            connection.half_close()
            received += connection.receive_all()
        lines = received.splitlines(keepends=True)
        assert [line for line in lines if line.startswith(b"line")] == sent
        ticks = [line for line in lines if line.startswith(b"tick")]
        assert ticks == [f"tick {number}\n".encode() for number in range(len(ticks))]

    def test_one_that_outlives_the_connection_is_told_so(self, run):
        server = run("abandoned", processes=1)
        children = server.children()
        for _ in range(5):
            with server.connect() as connection:
                connection.receive_until(b"on and on\n")
                connection.send(b"enough\n")
                connection.receive_all()
        server.expect_log(
            "the thread ended with (RuntimeError: the connection this object belongs to has ended|ClientGone)"
        )
        assert server.children() == children

    def test_one_that_writes_when_the_client_dies_is_told_so(self, run):
        server = run("abandoned", processes=1)
        children = server.children()
        for _ in range(5):
            connection = server.connect()
            connection.receive_until(b"on and on\n")
            connection.abort()
        server.expect_log("the thread ended with ")
        server.allow_log("MP0101: PythonConnectionHandler talk::abandoned")
        assert server.children() == children


class TestErrors:
    @pytest.mark.parametrize(
        ("action", "error"),
        [
            ("raise", "ZeroDivisionError"),
            ("server_return", "SERVER_RETURN"),
            ("none", "TypeError: a handler must return"),
            ("exit", "SystemExit"),
        ],
    )
    def test_the_log_tells_and_the_connection_ends(self, run, action, error):
        server = run("failing")
        server.expect_log(f"MP0100: PythonConnectionHandler talk::failing: .*{error}")
        server.allow_log("MP0100")
        assert server.raw(f"{action}\n".encode()) == b""
        assert server.raw(b"status\n") == b""

    @pytest.mark.local_only
    def test_they_go_to_the_log_of_the_virtual_host(self, serve, port):
        host = f'Listen 127.0.0.1:{port}\n<VirtualHost 127.0.0.1:{port}>\nErrorLog "${{ROOT}}/logs/host_log"\n'
        server = serve(host + talk("failing") + "</VirtualHost>", app="connections")
        for action in (b"raise\n", b"print\n"):
            with dial(port) as connection:
                connection.send(action)
                assert connection.receive_all() == b""
        log = (server.root / "logs" / "host_log").read_text()
        assert "MP0100: PythonConnectionHandler talk::failing: ZeroDivisionError" in log
        assert "printed" in log

    def test_a_silent_client_is_sent_away_after_timeout(self, run):
        server = run("echo", "Timeout 1")
        server.expect_log("MP0101: PythonConnectionHandler talk::echo: .*the client was silent for longer than Timeout")
        with server.connect() as connection:
            connection.send(b"one\n")
            assert connection.receive_all() == b"one\n"


@pytest.mark.local_only
class TestVirtualHost:
    def test_a_second_port_has_its_own_protocol(self, serve, port):
        host = f"Listen 127.0.0.1:{port}\n<VirtualHost 127.0.0.1:{port}>\n{talk('echo')}</VirtualHost>"
        server = serve(host, app="connections")
        server.write("page.txt", "a page")
        with dial(port) as connection:
            connection.send(b"GET /page.txt HTTP/1.0\n")
            assert connection.receive_until(b"\n") == b"GET /page.txt HTTP/1.0\n"
            assert server.get("/page.txt").text == "a page"

    @pytest.mark.needs("openssl")
    @pytest.mark.parametrize(
        ("function", "answer"),
        [
            ("echo", [b"a line\n", LONG_LINE]),
            ("greet", [b"hello\n", b"you said a line\n"]),
            ("ticking", [b"a line\n", LONG_LINE]),
        ],
    )
    def test_over_tls(self, serve, port, tmp_path, function, answer):
        certificate = make_certificate(tmp_path)
        host = f"""
        Listen 127.0.0.1:{port} talk
        <VirtualHost 127.0.0.1:{port}>
        SSLEngine On
        SSLCertificateFile "{certificate}"
        SSLCertificateKeyFile "{certificate}"
        {talk(function)}
        </VirtualHost>"""
        serve(host, app="connections", modules=("socache_shmcb", "ssl"))
        context = ssl.create_default_context(cafile=certificate)
        with (
            socket.create_connection(("127.0.0.1", port), 20) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as tls,
            tls.makefile("rwb") as stream,
        ):
            stream.write(b"a line\n" + LONG_LINE)
            stream.flush()
            lines = []
            while answer[-1] not in lines:
                lines.append(stream.readline())
        assert [line for line in lines if not line.startswith((b"tick", b"-", b"\n"))] == answer


def make_certificate(directory):
    """A certificate for localhost, signed by itself, with its key in the same file."""
    path = directory / "localhost.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", path, "-out", path],
        check=True, capture_output=True,
    )  # fmt: skip
    return path


@pytest.mark.local_only
class TestExample:
    """examples/connection-server, as its configuration says."""

    EXAMPLE = REPOSITORY / "examples" / "connection-server"

    @pytest.fixture
    def server(self, serve, port):
        defines = {"KEYVALUE": self.EXAMPLE, "KEYVALUE_PORT": port, "KEYVALUE_DATABASE": "${ROOT}/tmp/pairs.db"}
        lines = [f'Define {name} "{value}"' for name, value in defines.items()]
        return serve("\n".join([*lines, f'Include "{self.EXAMPLE}/connection-server.conf"']), processes=2,
                     modules=("reqtimeout",))  # fmt: skip

    @pytest.fixture
    def ask(self, server, port):
        def ask(data):
            with dial(port) as connection:
                connection.send(data)
                connection.half_close()
                return connection.receive_all()

        return ask

    def test_a_line_protocol(self, ask):
        assert ask(b"SET colour blue\r\nget colour\r\n\r\nGET nothing\r\nDEL colour nothing\r\nPING\r\n") == (
            b"+OK\r\n$4\r\nblue\r\n$-1\r\n:1\r\n+PONG\r\n"
        )
        assert ask(b"INCR visits\nINCRBY visits 41\nGET visits\nQUIT\nPING\n") == b":1\r\n:42\r\n$2\r\n42\r\n+OK\r\n"

    @pytest.mark.parametrize(
        ("data", "answer"),
        [
            (b"NONSENSE\n", b"-ERR unknown command b'NONSENSE'\r\n+PONG\r\n"),
            (b"GET\n", b"-ERR wrong number of arguments for 'GET'\r\n+PONG\r\n"),
            (b"SET a b\nINCR a\n", b"+OK\r\n-ERR value is not an integer or out of range\r\n+PONG\r\n"),
            (b"INCRBY n 1.5\n", b"-ERR value is not an integer or out of range\r\n+PONG\r\n"),
            (b"x" * 5000 + b"\n", b"-ERR too big inline request\r\n"),
            (b"*x\r\n", b"-ERR invalid multibulk length\r\n"),
            (b"*99\r\n", b"-ERR invalid multibulk length\r\n"),
            (b"*1\r\n$99999999\r\n", b"-ERR expected $ and a number up to 1048576, got b'$99999999'\r\n"),
            (b"*1\r\n$50\r\nshort", b"-ERR the client closed in the middle of a string\r\n"),
        ],
    )
    def test_what_makes_no_sense(self, ask, data, answer):
        assert ask(data + b"PING\n" if b"+PONG" in answer else data) == answer

    def test_a_client_library_of_redis(self, server, port):
        with redis.Redis(port=port, protocol=2) as client:
            assert client.set(b"a key", b"\0binary\r\n")
            assert client.get(b"a key") == b"\0binary\r\n"
            assert client.incr("counter", 5) == 5
            assert client.delete("a key", "counter", "nothing") == 2
            with pytest.raises(redis.ResponseError, match="unknown command"):
                client.lpush("list", 1)

    def test_many_clients_count_together(self, server, port):

        def count(_):
            with dial(port) as connection:
                connection.send(b"INCR n\n" * 10)
                return [int(connection.receive_until(b"\n")[1:]) for _ in range(10)]

        with ThreadPoolExecutor(20) as pool:
            numbers = [number for some in pool.map(count, range(CLIENTS)) for number in some]
        assert sorted(numbers) == list(range(1, 10 * CLIENTS + 1))
