"""What happens when something breaks: it is answered, logged and bounded, and the next request is served.

docs/reliability.md has a row for each.
"""

import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from testenv.wait import until

FAULTS = "hello visit upload process thread little_memory hoard recurse nest redirect endless length".split()
HANDLERS = "\n".join(f"PythonHandler faults::{name} | .{name}" for name in FAULTS)
SITE = f"""
PythonOption mod_python.session.database_directory "${{ROOT}}/tmp/state"
<Directory "${{DOCROOT}}">
    SetHandler mod_python
    {HANDLERS}
    %s
</Directory>
"""
KILLED = "AH00052: child pid \\d+ exit signal Killed"
THREADS = 4


def run(serve, *directives, more="", **options):
    return serve(SITE % "\n".join(directives) + more, app="faults", **{"processes": 1, "threads": THREADS, **options})


@pytest.fixture(scope="class")
def server(serve_class):
    """A server of one child."""
    return run(serve_class)


def fails(server, path, message, **options):
    """The request is answered with 500, the log says why, and the same child serves the next one."""
    children = server.children()
    server.expect_log(f"MP0100: PythonHandler faults::\\w+: {message}")
    assert server.get(path, **options).status_code == 500
    assert server.get("/x.hello").text == "hello"
    assert server.children() == children


class TestEnds:
    def test_without_end_in_python_is_500(self, server):
        fails(server, "/x.recurse", "RecursionError")

    def test_without_end_in_c_is_500(self, server):
        fails(server, "/x.nest", "RecursionError")

    def test_redirects_to_itself_are_500(self, server):
        server.expect_log("AH00124: Request exceeded the limit of 10 internal redirects")
        assert server.get("/x.redirect").status_code == 500
        assert server.get("/x.hello").text == "hello"

    def test_no_process_is_500(self, server):
        fails(server, "/x.process", "BlockingIOError")

    def test_no_thread_is_500(self, server):
        fails(server, "/x.thread", "RuntimeError: can't start new thread")


class TestMemory:
    def test_no_memory_is_500(self, serve):
        server = run(serve)
        server.get("/x.little_memory")
        for _ in range(3):
            fails(server, "/x.hoard", "MemoryError")


class TestFullDisk:
    @pytest.mark.parametrize("kind", ["FileSession", "DbmSession", "SqliteSession"])
    def test_a_session_that_cannot_be_stored_is_500_and_stays_as_it_was(self, serve, kind):
        server = run(serve, f"PythonOption mod_python.session.session_type {kind}")
        with server.session() as browser:
            assert browser.get(f"{server.url}/x.visit").text == "1"
            server.allow_log("MP0100")
            server.expect_log("MP0100: PythonHandler faults::visit: .*Error")
            assert browser.get(f"{server.url}/x.visit?full").status_code == 500
            assert browser.get(f"{server.url}/x.visit").text == "2"

    def test_an_upload_that_cannot_be_stored_is_500(self, server):
        server.expect_log("MP0100: PythonHandler faults::upload: OSError: .Errno 27. File too large")
        assert server.post("/x.upload", files={"file": b"x" * (8 << 20)}).status_code == 500
        assert server.get("/x.hello").text == "hello"

    def test_logs_that_cannot_be_written_keep_nobody_from_being_served(self, serve):
        host = "<VirtualHost *>\nServerName localhost\nErrorLog /dev/full\nCustomLog /dev/full common\n</VirtualHost>"
        server = run(serve, more=host)
        assert [server.get(path).status_code for path in ("/x.hello", "/x.recurse", "/x.hello")] == [200, 500, 200]


class TestFiles:
    @pytest.mark.parametrize(
        ("handler", "name", "text"),
        [
            ("faulty", "faulty.py", "def handler(req):\n    req.write('read')\n    return 0\n"),
            ("mod_python.publisher", "faulty.py", "def index():\n    return 'read'\n"),
            ("mod_python.psp", "faulty.psp", "read"),
            ("mod_python.cgihandler", "faulty.py", "print()\nprint('read', end='')\n"),
        ],
    )
    def test_one_that_cannot_be_read_is_an_error_until_it_can(self, serve, handler, name, text):
        server = serve(f'<Directory "${{DOCROOT}}">\nSetHandler mod_python\nPythonHandler {handler}\n</Directory>')
        file = server.write(name, text)
        file.chmod(0)
        server.expect_log("Permission denied")
        server.allow_log("MP0100")
        refused = [server.get(f"/{name}").status_code for _ in range(2)]
        file.chmod(0o644)
        assert (refused, server.get(f"/{name}").text) in (([403, 403], "read"), ([500, 500], "read"))


class TestRedis:
    def test_one_that_never_answers_keeps_a_request_for_a_bounded_time_and_nobody_else(self, serve):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            server = run(
                serve,
                "PythonOption mod_python.session.session_type RedisSession",
                f"PythonOption mod_python.redis_session.url redis://127.0.0.1:{silent.getsockname()[1]}/0",
                "PythonOption mod_python.redis_session.timeout 0.5",
                processes=2,
            )
            server.allow_log("MP0100|Traceback|During handling")
            server.expect_log("MP0100: PythonHandler faults::visit: .*Timeout")
            with ThreadPoolExecutor(1) as pool:
                waiting = pool.submit(server.get, "/x.visit")
                connection = silent.accept()[0]
                assert server.get("/x.hello").text == "hello"
                assert waiting.result().status_code == 500
                connection.close()


class TestChildren:
    def test_of_one_that_is_killed_only_its_own_requests_are_lost(self, serve):
        server = run(serve, processes=2)
        server.allow_log(KILLED)

        def ask(number):
            if number in {20, 60}:
                os.kill(server.children()[0], signal.SIGKILL)
            try:
                return server.get("/x.hello").text
            except OSError:
                return "lost"

        with ThreadPoolExecutor(THREADS) as pool:
            answers = list(pool.map(ask, range(100)))
        assert set(answers) <= {"hello", "lost"}
        assert answers.count("lost") <= 2 * THREADS
        assert answers[-1] == "hello"

    def test_no_session_is_lost_or_torn_by_one_that_is_killed(self, serve):
        server = run(serve, "PythonOption mod_python.session.session_type DbmSession", processes=2)
        server.allow_log(KILLED)
        browsers = [server.session() for _ in range(THREADS)]
        for browser in browsers:
            browser.headers["Connection"] = "close"

        def visits(browser):
            try:
                answer = browser.get(f"{server.url}/x.visit", timeout=20)
            except OSError:
                return 0
            assert answer.status_code == 200
            return int(answer.text)

        stored = [visits(browser) for browser in browsers]
        for _ in range(2):
            with ThreadPoolExecutor(THREADS) as pool:
                answers = pool.map(visits, browsers)
                os.kill(server.children()[0], signal.SIGKILL)
                stored = [max(pair) for pair in zip(stored, answers, strict=True)]
        last = [visits(browser) for browser in browsers]
        assert all(new > old for new, old in zip(last, stored, strict=True))


HANGING = """
import pathlib
import time

here = pathlib.Path(__file__).parent
(here / "state" / "hangs").touch()
while not (here / "state" / "go").exists():
    time.sleep(0.01)


def handler(req):
    req.write("came through")
    return 0
"""


class TestImports:
    def test_one_that_hangs_keeps_its_own_url_only_and_a_graceful_restart_gets_past_it(self, serve):
        server = run(
            serve,
            more='<Location /hanging>\nSetHandler mod_python\nPythonHandler "${DOCROOT}/hanging.py"\n</Location>',
            processes=2,
        )
        state = server.docroot / "state"
        state.mkdir(mode=0o777)
        state.chmod(0o777)
        server.write("hanging.py", HANGING)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(server.get, "/hanging")
            until((state / "hangs").exists, 10, "the import")
            assert {server.get("/x.hello").text for _ in range(10)} == {"hello"}
            server.graceful()
            assert {server.get("/x.hello").text for _ in range(10)} == {"hello"}
            server.write("hanging.py", HANGING.replace("while not", "if False and not"))
            assert server.get("/hanging").text == "came through"
            (state / "go").touch()
            assert waiting.result().text == "came through"


class TestSlowClients:
    HEAD = b"POST /x.length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"

    @pytest.fixture
    def server(self, serve):
        """A server that waits for a client for a second."""
        limits = "RequestReadTimeout header=1 body=1\nTimeout 1"
        return run(serve, more=limits, modules=("reqtimeout",), processes=None)

    @pytest.mark.parametrize("beginning", ["head", "body"])
    def test_those_that_stop_are_put_out_and_others_are_served_meanwhile(self, server, beginning):
        server.allow_log("MP0101")
        slow = [server.connect() for _ in range(THREADS - 1)]
        for connection in slow:
            connection.send(self.HEAD + (b"\r\nx" if beginning == "body" else b""))
        assert server.get("/x.hello").text == "hello"
        assert all(connection.receive_all().startswith(b"HTTP/1.1 408 ") for connection in slow)

    def test_those_that_never_read_are_put_out_and_others_are_served_meanwhile(self, server):
        server.allow_log("MP0101")
        slow = [server.connect() for _ in range(THREADS - 1)]
        for connection in slow:
            connection.send(b"GET /x.endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.receive(1)
        assert server.get("/x.hello").text == "hello"
        until(lambda: server.log.text.count("MP0101") == len(slow), 20, "an end of the handlers")
