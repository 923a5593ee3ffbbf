"""What Python says reaches the right error log, with its level and its request."""

import re

import pytest
import requests

from testenv.wait import until

CONTENT = "SetHandler mod_python\nPythonHandler speak\nPythonPath \"['${DOCROOT}'] + sys.path\""


@pytest.fixture(scope="class")
def server(serve_class):
    return serve_class(CONTENT, app="logging")


def say(server, what, **options):
    response = server.get(f"/?{what}", **options)
    assert response.text.startswith("said")
    return response


def logged(server, text):
    """The level of the record with this text, which must be of module python and name the client."""
    return server.log.wait(rf"\[python:(\w+)\] \[pid \d+(?::tid \d+)?\] \[client 127\.0\.0\.1:\d+\] {text}$")[1]


class TestOutput:
    def test_print_line_by_line(self, server):
        say(server, "prints")
        for line in ("one", "two and more", "without an end"):
            assert logged(server, line) == "warn"

    def test_stderr(self, server):
        server.expect_log("to stderr")
        say(server, "errors")
        assert logged(server, "to stderr") == "error"

    def test_warnings(self, server):
        say(server, "warns")
        assert logged(server, ".*speak.py:\\d+: UserWarning: old ways") == "warn"

    def test_what_no_log_can_hold_is_escaped(self, server):
        say(server, "odd")
        line = server.log.wait("nul .* end")[0]
        assert line == r"nul \\0 tab \t escape \x1b \xc3\xa9 \\udcff lone \\ud83d end"

    def test_a_long_line_becomes_several_records(self, server):
        say(server, "long")
        server.log.wait("xend$")
        assert sum(line.count("x" * 1000) for line in server.log.lines) >= 18

    def test_an_exception_with_half_a_character_is_reported(self, server):
        server.expect_log(r"MP0100: PythonHandler speak: ValueError: half a character: .*ud83d")
        with pytest.raises(requests.exceptions.ChunkedEncodingError):  # its first word was out
            server.get("/?raises")
        server.get("/?root")


class TestLogging:
    def test_levels_are_httpd_s(self, server):
        server.expect_log("site.shop: at (40|50)")
        say(server, "levels")
        levels = [logged(server, f"site.shop: at {level}") for level in (10, 20, 30, 40, 50)]
        assert levels == ["debug", "info", "warn", "error", "crit"]

    def test_an_exception_is_logged_line_by_line(self, server):
        server.expect_log("site.shop: caught")
        server.allow_log("python:error")
        say(server, "exception")
        for line in (
            "site.shop: caught",
            r"  \| Traceback \(most recent call last\):",  # a line that begins otherwise is a record of its own
            r"  \| ZeroDivisionError: division by zero",
        ):
            assert logged(server, line) == "error"

    @pytest.mark.parametrize("what", ["misfit", "handler_fails"])
    def test_a_record_that_cannot_be_logged_is_no_matter_for_the_request(self, server, what):
        server.expect_log("--- Logging error ---")
        server.allow_log("python:error")
        say(server, what)

    def test_the_root_logger(self, server):
        say(server, "root")
        assert logged(server, "root: from the root") == "warn"

    def test_basic_config_sets_level_and_format(self, serve):
        server = serve(CONTENT, app="logging")
        say(server, "basic")
        assert logged(server, "INFO <configured>") == "info"

    def test_basic_config_can_send_records_elsewhere(self, serve):
        server = serve(CONTENT, app="logging")
        server.expect_log("on a stream: configured")
        say(server, "basic_stream")
        assert logged(server, "on a stream: configured") == "error"  # sys.stderr's level
        assert server.log.text.count(": configured") == 1


class TestLogLevel:
    @pytest.mark.parametrize(
        ("level", "said"), [("info", [20, 30, 40, 50]), ("error", [40, 50]), ("trace8", [10, 20, 30, 40, 50])]
    )
    def test_of_module_python(self, serve, level, said):
        server = serve(f"{CONTENT}\nLogLevel python:{level}", app="logging")
        server.expect_log("at (40|50)")
        say(server, "levels")
        server.log.wait("at 50")
        assert [int(number) for number in re.findall("site.shop: at (\\d+)", server.log.text)] == said

    def test_of_a_section(self, serve):
        server = serve(
            f"{CONTENT}\nLogLevel python:error\n<Location /loud>\nLogLevel python:info\n</Location>", app="logging"
        )
        server.expect_log("at (40|50)")
        server.get("/loud?levels")
        server.log.wait("at 20")
        server.log.wait("at 50")
        server.log.mark()
        server.get("/?levels")
        server.log.wait("at 50")
        assert "at 20" not in server.log.text


class TestWhichLog:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        host = 'ServerName host.test\nErrorLog "${ROOT}/logs/host_log"'
        error_format = 'ErrorLogFormat "[%t] [%m:%l] [pid %P] [client %a] id=%L connection=%{c}L host=%{Host}i %M"'
        access_format = 'CustomLog ${ROOT}/logs/ids "%L %U"'
        return serve_class(
            f"{CONTENT}\n{error_format}\n{access_format}\n<VirtualHost *>\nServerName main.test\n</VirtualHost>\n"
            f"<VirtualHost *>\n{host}\n</VirtualHost>",
            app="logging",
        )

    def host_log(self, server):
        return (server.root / "logs" / "host_log").read_text()

    @pytest.mark.parametrize("what", ["prints", "warns", "root", "thread_with_context"])
    def test_a_virtual_host_s_own(self, server, what):
        said = {
            "prints": "two and more",
            "warns": "old ways",
            "root": "from the root",
            "thread_with_context": "a helper",
        }[what]
        say(server, what, headers={"Host": "host.test"})
        assert said in self.host_log(server)
        assert said not in server.log.text

    def test_of_the_functions_that_log(self, server):
        say(server, "log_error", headers={"Host": "host.test"})
        assert re.findall("by (req|server|apache)", self.host_log(server)) == ["req", "server", "apache"]

    def test_a_thread_without_a_request_has_the_main_one(self, server):
        say(server, "thread", headers={"Host": "host.test"})
        assert "id=" not in server.log.wait(".*from a thread")[0]

    def test_a_thread_that_outlives_its_request_too(self, serve):
        server = serve(CONTENT, app="logging", processes=1)
        say(server, "thread_that_outlives")
        say(server, "let_go")
        assert "[client" not in server.log.wait(".*from an outliving thread")[0]

    def test_the_fields_of_errorlogformat_are_filled(self, server):
        say(server, "root")
        line = server.log.wait("id=(\\S+) connection=(\\S+) host=127.0.0.1:\\d+ root: from the root")
        ids = server.root / "logs" / "ids"
        until(lambda: f"{line[1]} /" in ids.read_text(), 5, "the same identifier in the access log")


class TestSignals:
    def test_a_handler_cannot_have_them(self, server):
        server.expect_log(
            r"MP0110: signal.signal\(.*SIGTERM.*\) in .*speak.py line \d+ is ignored: httpd handles the signals"
        )
        assert say(server, "signals").text == "said True"
