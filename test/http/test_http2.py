"""Python over HTTP/2: the streams of one connection are requests like any other."""

import os
import subprocess
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import pytest
from h2client import Client

from testenv.httpd import MPM
from testenv.wait import until

THREADED = MPM != "prefork"
"""mod_http2 does not work with the prefork MPM."""

SITE = """
Protocols h2c http/1.1
H2Direct On
H2MaxSessionStreams 100
PythonPath "sys.path + ['${DOCROOT}']"
PythonOutputFilter pages::upper UPPER
PythonOutputFilter pages::fail_first FAIL-FIRST
PythonOutputFilter pages::fail_second FAIL-SECOND
PythonInputFilter pages::lower LOWER
PythonInputFilter pages::fail_first FAIL-INPUT
PythonPostReadRequestHandler pages::note
PythonTransHandler pages::note
<Location /py>
  ErrorDocument 404 /py/before
  SetHandler mod_python
  PythonHandler pages
</Location>
<Location /py/upper>
  SetOutputFilter UPPER
</Location>
<Location /py/lower>
  SetInputFilter LOWER
</Location>
<Location /py/fail-first>
  SetOutputFilter FAIL-FIRST
</Location>
<Location /py/fail-second>
  SetOutputFilter FAIL-SECOND
</Location>
<Location /py/fail-input>
  SetInputFilter FAIL-INPUT
</Location>
<Location /py/phases>
  AuthType Basic
  AuthName Private
  Require user eggs
  PythonInitHandler pages::note
  PythonHeaderParserHandler pages::note
  PythonAccessHandler pages::note
  PythonAuthenHandler pages::note
  PythonAuthzHandler pages::note
  PythonTypeHandler pages::note
  PythonFixupHandler pages::note
  PythonLogHandler pages::tell
  PythonCleanupHandler pages::tell
</Location>
<Location /py/own>
  PythonCleanupHandler pages::remember
</Location>
<Location /wsgi>
  SetHandler mod_python
  PythonHandler mod_python.wsgi
  PythonOption mod_python.wsgi.application pages::aborting_application
</Location>
<Directory "${DOCROOT}">
  Options +Includes
  AddOutputFilter INCLUDES .shtml
  AddOutputFilter UPPER .up
</Directory>
"""


@pytest.fixture(scope="module")
def server(serve_module):
    server = serve_module(SITE, app="http2", modules=("http2",))
    server.write("page.up", "a static page")
    server.write("outer.shtml", '<!--#include virtual="/py/about" -->')
    server.write(
        "page.shtml", '<!--#python eval="filter.req.protocol" --> <!--#python exec="filter.write(\'ssi\')" -->'
    )
    return server


@pytest.fixture
def client(server):
    with Client(server.port) as client:
        yield client


class TestRequests:
    __test__ = THREADED

    def test_a_handler(self, client):
        stream = client.get("/py/about", [("x-mine", "café")])
        assert (stream.status, stream.body.decode()) == (200, "GET HTTP/2.0 2000 localhost café 127.0.0.1")
        assert stream.headers["content-type"] == "text/plain"
        assert stream.ended

    def test_many_requests_of_one_connection(self, client):
        assert [client.get("/py/about").status for _ in range(100)] == [200] * 100

    def test_a_status(self, client):
        assert client.get("/py/forbidden").status == 403

    def test_server_side_includes(self, client):
        assert client.get("/page.shtml").body == b"HTTP/2.0 ssi"

    def test_every_phase_and_a_user(self, server):
        # mod_http2 may log a request as late as when the connection ends.
        server.expect_log("PythonLogHandler of /py/phases for eggs")
        server.expect_log("PythonCleanupHandler of /py/phases for eggs")
        with Client(server.port) as client:
            stream = client.get("/py/phases", [("authorization", "Basic " + b64encode(b"eggs:spam").decode())])
        assert stream.body == b"eggs: PostReadRequest Trans Init HeaderParser Access Authen Authz Type Fixup"

    def test_a_wrong_password(self, client):
        stream = client.get("/py/phases", [("authorization", "Basic " + b64encode(b"eggs:ham").decode())])
        assert (stream.status, stream.headers["www-authenticate"]) == (401, 'Basic realm="Private"')

    def test_a_subrequest(self, client):
        assert client.get("/outer.shtml").body == b"GET INCLUDED 0 localhost None 127.0.0.1"

    def test_an_internal_redirect(self, client):
        assert client.get("/py/redirect").body == b"/py/before after /py/redirect 200"

    def test_an_error_document(self, client):
        stream = client.get("/py/missing")
        assert (stream.status, stream.body) == (404, b"/py/before after /py/missing 404")

    def test_a_clean_up_handler_meets_the_connection_of_its_stream(self, client):
        for number in range(5):
            client.get(f"/py/own?{number}")
        until(lambda: client.get("/py/remembered").body.split()[-5:] == [b"0", b"1", b"2", b"3", b"4"], 20, "clean-ups")

    def test_an_exception_is_a_500(self, server, client):
        server.expect_log("MP0100: PythonHandler pages: ValueError: at once")
        server.allow_log("MP0100")
        assert client.get("/py/fail").status == 500
        assert client.get("/py/about").status == 200

    def test_a_connection_handler_is_asked_about_the_connection_not_about_streams(self, serve):
        server = serve(f"{SITE}PythonConnectionHandler pages::declining", app="http2", modules=("http2",))
        with Client(server.port) as client:
            assert [client.get("/py/about").status for _ in range(3)] == [200] * 3


class TestFilters:
    __test__ = THREADED

    def test_of_a_handler(self, client):
        assert client.get("/py/upper/about").body == b"GET HTTP/2.0 2000 LOCALHOST NONE 127.0.0.1"

    def test_of_a_file(self, client):
        assert client.get("/page.up").body == b"A STATIC PAGE"

    def test_of_a_body(self, client):
        assert client.post("/py/lower/echo", b"A Body").body == b"a body"

    def test_the_first_bytes_come_before_the_handler_ends(self, server, client):
        with Fifo(server) as release:
            number = client.open("/py/upper/waiting")
            assert client.wait(number, 6).body == b"FIRST\n"
            release("second\n")
            assert client.finish(number).body == b"FIRST\nSECOND\n"

    def test_a_failure_before_the_head_is_a_500(self, server, client):
        server.expect_log("MP0100: PythonOutputFilter pages::fail_first: ValueError: first call")
        server.allow_log("MP0100")
        stream = client.get("/py/fail-first/about")
        assert (stream.status, stream.ended, b"Internal Server Error" in stream.body) == (500, True, True)

    def test_a_failure_of_input_is_a_500(self, server, client):
        server.expect_log("MP0100: PythonInputFilter pages::fail_first: ValueError: first call")
        server.allow_log("MP0100")
        assert client.post("/py/fail-input/echo", b"x" * 100_000).status == 500


class TestUploads:
    __test__ = THREADED

    @pytest.mark.parametrize("path", ["/py/echo", "/py/lower/echo"])
    def test_an_echo_line_by_line(self, client, path):
        number = client.open(path, "POST")
        for line in (b"one\n", b"two\n", b"three\n"):
            before = len(client.streams[number].body)
            client.send(number, line)
            assert client.wait(number, before + len(line)).body.endswith(line)
        client.send(number, b"", end=True)
        assert client.finish(number).body == b"one\ntwo\nthree\n"

    @pytest.mark.parametrize("path", ["/py/length", "/py/lower/length"])
    def test_a_large_one(self, client, path):
        assert client.post(path, b"X" * 10_000_000).body == b"10000000"

    def test_one_that_nobody_reads(self, client):
        assert client.post("/py/about", b"x" * 500_000).status == 200
        assert client.get("/py/about").status == 200

    def test_one_that_the_client_gives_up(self, server, client):
        server.expect_log("MP0101: PythonHandler pages: .*(the client went away|write)")
        number = client.open("/py/echo", "POST", [("content-length", "100")])
        client.send(number, b"only this\n")
        client.wait(number, 1)  # httpd drops a stream that is reset before its handler runs
        client.reset(number)
        assert client.get("/py/about").status == 200


class TestAborts:
    """A response that fails half way must not look whole, and must not hurt its neighbours."""

    __test__ = THREADED

    @pytest.mark.parametrize(
        ("path", "message"),
        [
            ("/py/abort", None),
            ("/py/fail-second/own?x", "PythonOutputFilter pages::fail_second: ValueError: second call"),
            ("/wsgi", "ValueError: the other half"),
        ],
    )
    def test_the_client_sees_it(self, server, client, path, message):
        if message:
            server.expect_log(f"MP0100: .*{message}")
            server.allow_log("MP0100")
        stream = client.get(path)
        assert not stream.ended
        assert stream.error is not None
        assert client.get("/py/about").status == 200
        assert client.goodbye is None

    def test_the_neighbours_go_on(self, server, client):
        server.allow_log("MP0100")
        with Fifo(server) as release:
            waiting = client.open("/py/waiting")
            assert client.wait(waiting, 6).body == b"first\n"
            for _ in range(10):
                assert client.get("/py/fail-second/own?x").error is not None
            release("second\n")
            assert client.finish(waiting).body == b"first\nsecond\n"

    def test_a_client_that_gives_up_ends_the_handler(self, server, client):
        server.expect_log("MP0101: PythonHandler pages: .*write")
        number = client.open("/py/forever")
        client.wait(number, 1000)
        client.reset(number)
        assert client.get("/py/about").status == 200

    def test_a_client_that_dies_ends_all_handlers(self, server):
        server.expect_log("MP0101: PythonHandler pages: .*write")
        with Client(server.port) as client:
            for number in [client.open("/py/forever") for _ in range(3)]:
                client.wait(number, 1000)


class TestConcurrency:
    __test__ = THREADED

    def test_fifty_streams_at_once(self, server, client):
        with Fifo(server) as release:
            waiting = client.open("/py/upper/waiting")
            assert client.wait(waiting, 6).body == b"FIRST\n"
            numbers = {client.open(f"/py/own?stream-{i}"): f"stream-{i}" for i in range(49)}
            for number, name in numbers.items():
                lines = client.finish(number).body.decode().splitlines()
                assert len(lines) == 20
                assert {line.rpartition(" ")[0] for line in lines} == {f"{name} {name}"}
            release("second\n")
            assert client.finish(waiting).body == b"FIRST\nSECOND\n"

    def test_fifty_uploads_at_once(self, client):
        numbers = [client.open("/py/lower/echo", "POST") for _ in range(50)]
        for part in range(4):
            for number in numbers:
                client.send(number, f"STREAM {number} PART {part}\n".encode(), end=part == 3)
        for number in numbers:
            expected = "".join(f"stream {number} part {part}\n" for part in range(4))
            assert client.finish(number).body == expected.encode()

    def test_many_connections_with_many_streams(self, server):
        children = server.children()

        def converse(_):
            with Client(server.port) as client:
                numbers = [client.open(f"/py/{kind}?s") for _ in range(10) for kind in ("own", "upper/about")]
                return [client.finish(number).status for number in numbers]

        with ThreadPoolExecutor(6) as pool:
            assert list(pool.map(converse, range(12))) == [[200] * 20] * 12
        assert server.children() == children

    @pytest.mark.needs("curl")
    def test_a_graceful_restart_finishes_the_streams(self, serve):
        server = serve(SITE, app="http2", modules=("http2",))
        command = ["curl", "-s", "-N", "--noproxy", "*", "--http2-prior-knowledge", f"{server.url}/py/waiting"]
        with Fifo(server) as release, subprocess.Popen(command, stdout=subprocess.PIPE) as curl:
            assert curl.stdout.readline() == b"first\n"
            server.graceful()
            release("second\n")
            assert curl.stdout.read() == b"second\n"
        assert curl.returncode == 0


class TestOnPrefork:
    __test__ = not THREADED

    def test_http_1_goes_on(self, server):
        assert server.get("/py/about").text.startswith("GET HTTP/1.1 1001 ")


class Fifo:
    """What `/py/waiting` waits for, released by calling what `with` gives."""

    def __init__(self, server):
        self.path = server.docroot / "fifo"

    def __enter__(self):
        os.mkfifo(self.path)
        self.path.chmod(0o666)
        return self.path.write_text

    def __exit__(self, *_):
        self.path.unlink()
