"""PythonRequestTimeout: what takes too long is logged, interrupted and, at last, ended."""

import os
import random
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from testenv.wait import until


def location(name, *directives, handler=None):
    handler = handler or f"slow::{name}"
    return "\n".join(
        [f"<Location /{name}>", "SetHandler mod_python", f"PythonHandler {handler}", *directives, "</Location>"]
    )


SITE = "\n".join(
    [
        "PythonPath \"['${DOCROOT}'] + sys.path\"",
        "PythonRequestTimeout 200ms",
        *map(
            location, ("spin", "begun", "blocked", "holding", "about", "caught", "redirecting", "stubborn", "storing")
        ),
        location("judged", "Require python slow::judge", handler="slow::fine"),
        location("fine", "PythonRequestTimeout 20"),
        location("patient", "PythonRequestTimeout 20 log=100ms"),
        location("free", "PythonRequestTimeout Off", handler="slow::about"),
        location("other", "PythonInterpreter another", handler="slow::spin"),
        location("wsgi", "PythonOption mod_python.wsgi.application slow", handler="mod_python.wsgi"),
        location("brief", "PythonRequestTimeout 10ms", handler="slow::about"),
        location("ending", "PythonRequestTimeout 100ms exit=200ms", handler="slow::holding"),
        "PythonOutputFilter slow SLOW",
        "<Location /filtered.txt>\nSetOutputFilter SLOW\n</Location>",
    ]
)
TOO_LONG = r"MP0374: GET /{} HTTP/1.1 from 127.0.0.1 has been in Python for [\d.]+ s and is interrupted"


def watchdogs(server):
    """The names of the threads of the children that watch."""
    names = [path.read_text() for pid in server.children() for path in Path(f"/proc/{pid}/task").glob("*/comm")]
    return [name for name in names if name == "python-watchdog\n"]


class TestTimeout:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        server = serve_class(SITE, app="timeouts", processes=1, threads=1)
        server.write("filtered.txt", "text")
        fifo = server.docroot / "fifo"
        os.mkfifo(fifo)
        fifo.chmod(0o666)
        return server

    @pytest.fixture
    def late(self, server):
        """Announces that the request for this name takes too long."""

        def late(name):
            server.expect_log(TOO_LONG.format(name))
            server.allow_log("MP037[467]")

        return late

    def test_a_child_has_one_watchdog(self, server):
        assert server.get("/fine").text == "fine"
        assert len(watchdogs(server)) == 1

    def test_what_takes_too_long_gets_a_504(self, server, late):
        late("spin")
        server.expect_log("MP0377: PythonHandler slow::spin: interrupted, since it took longer")
        assert server.get("/spin").status_code == 504

    def test_the_log_shows_where_every_thread_is(self, server, late):
        late("spin")
        server.expect_log(r"MP0376: thread \d+: it serves the request")
        server.expect_log(r'MP0376: thread \d+:   File ".*/slow.py", line \d+, in spin')
        assert server.get("/spin").status_code == 504

    def test_the_next_request_in_the_same_thread_is_not_concerned(self, server, late):
        late("spin")
        for _ in range(5):
            assert server.get("/spin").status_code == 504
            assert [server.get("/fine").text for _ in range(20)] == ["fine"] * 20

    def test_nor_is_any_other_when_the_handler_ends_just_in_time(self, server):
        server.allow_log("MP037[467]")
        shuffled = random.Random(1)
        for _ in range(60):
            assert server.get(f"/brief?{shuffled.randrange(8000, 14000)}").status_code in {204, 504}
            assert server.get("/fine").text == "fine"

    def test_a_response_that_has_begun_is_cut(self, server, late):
        late("begun")
        answer = server.raw(b"GET /begun HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer.endswith(b"\r\n5\r\nbegun\r\n")

    def test_the_soft_limit_logs_once_and_lets_it_go_on(self, server):
        server.allow_log("MP037[36]")
        assert server.get("/patient").text == "done"
        assert len(re.findall("MP0373: GET /patient HTTP", server.log.text)) == 1

    def test_a_section_can_switch_it_off(self, server):
        assert server.get("/free?300000").status_code == 204

    @pytest.mark.parametrize("name", ["blocked", "holding"])
    def test_what_is_stuck_in_c_is_logged_at_once_and_interrupted_when_it_returns(self, server, late, name):
        late(name)
        with server.connect() as connection:
            connection.send(f"GET /{name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            until(lambda: "MP0374" in server.log.text, 10, "the line")
            with suppress(BrokenPipeError):  # who waits for a writer may be gone as soon as there is one
                (server.docroot / "fifo").write_text("x")
            assert connection.receive_all().startswith(b"HTTP/1.1 504 ")

    def test_who_calls_what_is_not_interrupted_all_the_time_is_interrupted_after_it(self, server, late):
        late("storing")
        assert server.get("/storing").status_code == 504

    def test_a_handler_may_finish_what_it_is_at(self, server, late):
        late("caught")
        assert server.get("/caught").text == "caught"

    def test_in_another_interpreter_it_is_interrupted_there(self, server, late):
        late("redirecting")
        server.expect_log("MP0377: PythonHandler slow::spin")
        assert server.get("/redirecting").status_code == 504

    def test_after_what_it_called_it_is_interrupted_itself(self, server, late):
        late("stubborn")
        server.expect_log("MP0377: PythonHandler slow::spin")
        server.expect_log("MP0377: PythonHandler slow::stubborn")
        assert server.get("/stubborn").status_code == 504

    def test_who_is_asked_for_authorization_is_interrupted_and_access_refused(self, server, late):
        late("judged")
        server.allow_log("MP0100: provider slow::judge|AH01630|AH016")
        assert server.get("/judged").status_code >= 400

    def test_wsgi_applications_are_interrupted(self, server, late):
        late("wsgi/now")
        assert server.get("/wsgi/now").status_code == 504

    def test_and_their_iterables_too(self, server, late):
        late("wsgi/then")
        answer = server.raw(b"GET /wsgi/then HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer.endswith(b"\r\n5\r\nbegun\r\n")

    def test_filters_are_interrupted(self, server, late):
        late("filtered.txt")
        assert server.get("/filtered.txt").status_code == 504

    def test_at_last_the_process_ends(self, server):
        server.expect_log("MP0374: GET /ending")
        server.expect_log("MP0375: GET /ending HTTP/1.1 from 127.0.0.1 has been in Python for .* the process ends")
        server.allow_log("MP037[67]")
        (child,) = server.children()
        assert server.raw(b"GET /ending HTTP/1.1\r\nHost: x\r\n\r\n") == b""
        assert server.get("/fine").text == "fine"
        assert child not in server.children()


@pytest.mark.mpm("event", "worker")
def test_a_lock_that_one_waited_for_too_long_is_not_lost(serve):
    options = ("PythonRequestTimeout 200ms", "PythonOption mod_python.session.lock_timeout 20")
    held = location("held", "PythonRequestTimeout Off", handler="slow::session")
    path = "PythonPath \"['${DOCROOT}'] + sys.path\""
    server = serve("\n".join([path, location("session", *options), held]), app="timeouts", processes=1, threads=2)
    server.docroot.chmod(0o777)
    server.allow_log("MP037[4-7]")
    cookies = server.get("/session").cookies
    (server.docroot / "has-session").unlink()
    with ThreadPoolExecutor(2) as pool:
        holder = pool.submit(server.get, "/held?keep", cookies=cookies)
        until((server.docroot / "has-session").exists, 10, "the holder")
        waiter = pool.submit(server.get, "/session", cookies=cookies)
        until(lambda: "MP0374: GET /session" in server.log.text, 10, "the line")
        (server.docroot / "go").touch()
        assert holder.result().status_code == 200
        assert waiter.result().status_code in {200, 504}
    assert server.get("/session", cookies=cookies).status_code == 200


@pytest.mark.mpm("event", "worker")
def test_a_page_that_one_waited_for_too_long_is_not_lost(serve):
    places = [
        f"Alias /{name} ${{DOCROOT}}\n" + location(name, limit, handler="mod_python.publisher")
        for name, limit in (("patient", "PythonRequestTimeout Off"), ("hasty", "PythonRequestTimeout 200ms"))
    ]
    server = serve("\n".join(places), app="timeouts", processes=1, threads=2)
    server.docroot.chmod(0o777)
    server.allow_log("MP037[4-7]")
    with ThreadPoolExecutor(2) as pool:
        loader = pool.submit(server.get, "/patient/page.py")
        until((server.docroot / "is-loading").exists, 10, "the page")
        waiter = pool.submit(server.get, "/hasty/page.py")
        until(lambda: "MP0374: GET /hasty" in server.log.text, 10, "the line")
        (server.docroot / "go").touch()
        assert loader.result().text == "fine"
        assert waiter.result().status_code in {200, 504}
        for time in range(20):  # it is loaded again, in this thread or that
            os.utime(server.docroot / "page.py", (time, time))
            assert [reply.text for reply in pool.map(server.get, ["/patient/page.py"] * 2)] == ["fine"] * 2


def test_without_the_directive_nobody_watches(serve):
    server = serve(location("fine") + "\nPythonPath \"['${DOCROOT}'] + sys.path\"", app="timeouts")
    assert server.get("/fine").text == "fine"
    assert watchdogs(server) == []


def test_restarts_end_the_watchdog(serve):
    server = serve(SITE, app="timeouts", processes=1)
    assert server.get("/fine").text == "fine"
    server.graceful(renew=True)
    assert server.get("/fine").text == "fine"
    assert len(watchdogs(server)) == 1


@pytest.mark.mpm("event")  # it is the same for all of them
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "'' is no time from 1ms to 24h"),
        ("soon", "'soon' is no time"),
        ("0", "'0' is no time"),
        ("25h", "'25h' is no time"),
        ("-1", "'-1' is no time"),
        ("30 10", "'10' is neither log= nor exit= with a time"),
        ("30 log=", "'' is no time"),
        ("30 log=1 log=2", "'log=2' is neither log= nor exit= with a time, each at most once"),
        ("30 log=30", "log= must be shorter than the timeout, and exit= longer than both"),
        ("30 exit=20", "log= must be shorter than the timeout, and exit= longer than both"),
        ("Off log=10 exit=5", "log= must be shorter than the timeout, and exit= longer than both"),
    ],
)
def test_wrong_values_are_refused(config_error, value, reason):
    assert f"PythonRequestTimeout: {reason}" in config_error(f"PythonRequestTimeout {value}")


def test_it_cannot_be_changed_in_htaccess(serve):
    server = serve()
    server.write(".htaccess", "PythonRequestTimeout Off\n")
    server.expect_log("PythonRequestTimeout not allowed here")
    assert server.get("/").status_code == 500


@pytest.mark.parametrize("line", ["PythonRequestTimeout 5", "PythonOutputFilter slow SLOW"])
def test_nor_when_the_administrator_lists_it(serve, line):
    server = serve(f'<Directory "${{DOCROOT}}">\nAllowOverrideList {line.split()[0]}\n</Directory>')
    server.write(".htaccess", f"{line}\n")
    server.expect_log("it is not possible in .htaccess, whatever AllowOverrideList says")
    assert server.get("/").status_code == 500
