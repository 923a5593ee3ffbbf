"""The harness itself: what every other test of a live server relies on."""

import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from testenv import Config, StartError, ports, processes, tools
from testenv.httpd import MPM, REPOSITORY
from testenv.log import parse
from testenv.wait import until

pytest_plugins = ["pytester"]

DENIED = "AH01630"  # an error that any httpd logs: "client denied by server configuration"
PLAIN_HTTPD = {"python": False}


@pytest.fixture
def server(serve):
    """A plain httpd with one page, and one path that it refuses with an error in its log."""
    server = serve('<Location "/denied">\nRequire all denied\n</Location>', **PLAIN_HTTPD)
    server.write("page.txt", "a page")
    return server


def kill_a_child(server):
    child = server.children()[0]
    os.kill(child, signal.SIGSEGV)
    until(lambda: not processes.is_alive(child), 5, "the child's end")


class TestServing:
    def test_a_static_file_is_served(self, server):
        assert server.get("/page.txt").text == "a page"

    def test_an_edited_file_is_served_as_edited(self, server):
        server.write("page.txt", "another page")
        assert server.get("/page.txt").text == "another page"

    def test_a_redirect_is_not_followed(self, serve):
        server = serve("Redirect /old /new", **PLAIN_HTTPD)
        assert server.get("/old").headers["Location"] == f"{server.url}/new"

    def test_a_session_keeps_its_connection(self, server):
        with server.session() as session:
            assert "Keep-Alive" in session.get(f"{server.url}/page.txt").headers

    def test_raw_bytes_reach_httpd_as_they_are(self, server):
        assert server.raw(b"NOT HTTP\r\n\r\n").startswith(b"HTTP/1.1 400 ")

    def test_raw_says_what_came_when_httpd_keeps_the_connection(self, server):
        with pytest.raises(TimeoutError, match="a page"):
            server.raw(b"GET /page.txt HTTP/1.1\r\nHost: x\r\n\r\n", timeout=0.5)

    def test_a_client_can_disappear(self, server):
        connection = server.connect()
        connection.send(b"GET /page.txt HTTP/1.1\r\n")
        connection.abort()
        assert server.get("/page.txt").text == "a page"

    def test_both_logs_can_be_read(self, server):
        server.expect_log(DENIED)
        server.get("/denied")
        assert server.log.wait(rf"{DENIED}.*denied")
        assert server.access_log.wait('"GET /denied HTTP/1.1" 403')

    def test_the_model_is_the_one_of_the_environment(self, server):
        assert f"[mpm_{MPM}:notice]" in server.log.text

    def test_the_shell_s_environment_stays_outside(self, serve, monkeypatch):
        monkeypatch.setenv("MOD_PYTHON_SHELL", "x")
        server = serve(env={"MOD_PYTHON_SITE": "x"}, **PLAIN_HTTPD)
        environment = Path(f"/proc/{server.pid}/environ").read_bytes()
        assert b"MOD_PYTHON_SITE=x" in environment
        assert b"MOD_PYTHON_SHELL" not in environment

    def test_as_many_children_as_told(self, serve):
        assert len(serve(processes=3, **PLAIN_HTTPD).children()) == 3

    def test_mod_python_is_loaded_unless_told_otherwise(self, serve):
        fragment = "<IfModule python_module>\nHeader always set Loaded yes\n</IfModule>"
        assert "Loaded" in serve(fragment).get("/").headers
        assert "Loaded" not in serve(fragment, **PLAIN_HTTPD).get("/").headers


class TestLife:
    def test_a_graceful_restart_goes_on_serving(self, server):
        server.graceful()
        assert server.get("/page.txt").text == "a page"

    def test_a_renewed_server_has_other_children(self, server):
        old = server.children()
        server.graceful(renew=True)
        assert set(server.children()) - set(old)

    def test_a_graceful_restart_brings_a_new_configuration(self, server):
        server.graceful(Config("Redirect gone /page.txt", **PLAIN_HTTPD))
        assert server.get("/page.txt").status_code == 410

    def test_a_restart_brings_a_new_configuration(self, server):
        server.restart(Config("Redirect gone /page.txt", **PLAIN_HTTPD))
        assert server.get("/page.txt").status_code == 410

    def test_stopping_twice_is_harmless(self, server):
        server.stop(graceful=True)
        server.stop()
        assert not server.running

    def test_a_refused_configuration_stops_the_start_with_httpd_s_reason(self, serve):
        with pytest.raises(StartError, match="Invalid command 'NoSuchDirective'"):
            serve("NoSuchDirective", **PLAIN_HTTPD)

    def test_config_error_returns_httpd_s_reason(self, config_error):
        assert "Invalid command 'NoSuchDirective'" in config_error("NoSuchDirective", **PLAIN_HTTPD)

    def test_config_error_fails_on_a_good_configuration(self, config_error):
        with pytest.raises(AssertionError, match="accepted"):
            config_error("", **PLAIN_HTTPD)

    def test_a_port_that_somebody_took_is_replaced(self, server, serve, monkeypatch):
        lease, taken = ports.lease, iter([server.port])
        monkeypatch.setattr(ports, "lease", lambda: Taken(port) if (port := next(taken, None)) else lease())
        assert serve(**PLAIN_HTTPD).port != server.port


class Taken(ports.Lease):
    """A lease of a port that something listens on already."""

    def __init__(self, port: int) -> None:
        super().__init__(port, os.open(os.devnull, os.O_RDONLY))


class TestOracle:
    def test_an_announced_error_is_forgiven(self, server):
        server.expect_log(DENIED)
        server.get("/denied")
        assert server.verdict().problems == []

    def test_an_unannounced_error_is_a_problem(self, server):
        server.get("/denied")
        assert DENIED in "".join(server.verdict().problems)

    def test_an_announced_error_that_does_not_come_is_a_problem(self, server):
        server.expect_log("a line that never comes")
        server.stop()
        assert "a line that never comes" in "".join(server.verdict().problems)

    def test_an_allowed_error_may_stay_away(self, server):
        server.allow_log(DENIED)
        assert server.verdict().problems == []

    @pytest.mark.parametrize(
        "line",
        [
            "[now] [python:warn] [pid 1:tid 1] MP0001: a warning of mod_python",
            "[now] [core:notice] [pid 1:tid 1] AH00052: child pid 2 exit signal Aborted (6)",
            "Fatal Python error: take_gil: PyMUTEX_LOCK(gil->mutex) failed",
            "free(): invalid pointer",
        ],
    )
    def test_signs_of_trouble_are_problems(self, server, line):
        with server.log.path.open("a") as log:
            log.write(f"{line}\n")
        assert server.verdict().problems == [line]

    def test_a_warning_of_httpd_is_none(self, server):
        with server.log.path.open("a") as log:
            log.write("[now] [mime:warn] [pid 1:tid 1] AH00001: a warning of httpd\n")
        assert server.verdict().problems == []

    @pytest.mark.local_only
    def test_a_child_that_crashes_is_a_problem(self, server):
        kill_a_child(server)
        assert "Segmentation fault" in "".join(server.verdict().crashes)

    @pytest.mark.local_only
    def test_a_parent_that_is_gone_is_a_problem(self, server):
        os.kill(server.pid, signal.SIGTERM)
        problems = until(lambda: server.verdict().problems, 5, "a problem")
        assert "httpd is gone" in "".join(problems)

    @pytest.mark.local_only
    def test_a_process_left_behind_is_a_problem_and_ended(self, serve, tmp_path):
        logger = tmp_path / "logger"
        logger.write_text("trap '' TERM\nsleep 600 &\ntrap - TERM\nexec cat >/dev/null\n")
        server = serve(f'CustomLog "|/bin/sh {logger}" common', **PLAIN_HTTPD)
        leader = server.pid
        until(lambda: "sleep 600" in map(processes.title, processes.session(leader)), 5, "the process")
        server.stop()
        assert "sleep 600" in "".join(server.verdict().problems)
        until(lambda: not processes.session(leader), 5, "the end of it, which init has to collect")

    def test_a_descriptor_that_a_restart_leaks_is_a_problem(self, server, monkeypatch):
        counts = iter([Counter({"pipe": 2}), Counter({"pipe": 3})])
        monkeypatch.setattr(processes, "descriptors", lambda pid: next(counts))
        server.graceful()
        assert "{'pipe': 1}" in "".join(server.verdict().problems)

    def test_restarts_of_a_plain_httpd_leak_nothing(self, server):
        for _ in range(3):
            server.graceful()
        assert server.verdict().problems == []


class TestSharedServer:
    """Two tests, one httpd, and each sees only its own lines."""

    @pytest.fixture(scope="class")
    @classmethod
    def shared(cls, serve_class):
        return serve_class(**PLAIN_HTTPD)

    @pytest.mark.parametrize("number", [1, 2])
    def test_each_test_sees_only_its_own_lines(self, shared, number):
        shared.get(f"/{number}")
        shared.access_log.wait(f"GET /{number} ")
        assert len(shared.access_log.lines) == 1
        assert f"lines[{MPM}-{number}] begins" in shared.log.text.replace("docker-", "")
        assert shared.log.everything.count("resuming normal operations") == 1


@pytest.mark.mpm("event")  # the models differ in nothing that pytest sees
class TestInPytest:
    """What pytest makes of it: an inner run, on the backend of the outer."""

    @pytest.fixture
    def run(self, pytester, monkeypatch, backend):
        monkeypatch.setenv("BACKEND", backend)
        monkeypatch.setattr("testenv.plugin.KEEP_GOING", False)

        def run(source):
            pytester.makepyfile(source)
            return pytester.runpytest("-p", "testenv.plugin")

        with tempfile.TemporaryDirectory() as directory:  # an inner run that fails keeps its servers' files
            os.chmod(directory, 0o755)
            monkeypatch.setattr(tempfile, "tempdir", directory)
            yield run

    def test_an_unannounced_error_fails_the_test_that_caused_it(self, run):
        result = run(
            """
            def test_guilty(serve):
                serve("<Location />\\nRequire all denied\\n</Location>", python=False).get("/")

            def test_innocent(serve):
                serve(python=False).get("/")
            """
        )
        result.assert_outcomes(failed=1, passed=1)
        result.stdout.fnmatch_lines([f"*{DENIED}*", "*test_guilty* begins", "FAILED *test_guilty*"])

    CRASH = """
        import os, signal, pytest
        from testenv import processes, wait

        @pytest.mark.local_only
        def test_crash(serve):
            child = serve(python=False).children()[0]
            os.kill(child, signal.SIGSEGV)
            wait.until(lambda: not processes.is_alive(child), 5, "the child's end")

        def test_after():
            pass
        """

    @pytest.mark.local_only
    def test_a_crash_stops_the_run(self, run):
        result = run(self.CRASH)
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["*a child of httpd crashed in *test_crash*"])

    @pytest.mark.local_only
    def test_a_crash_does_not_stop_a_run_that_shall_go_on(self, run, monkeypatch):
        monkeypatch.setattr("testenv.plugin.KEEP_GOING", True)
        run(self.CRASH).assert_outcomes(failed=1, passed=1)

    def test_the_header_names_every_version(self, run):
        run("def test(): pass").stdout.fnmatch_lines(["httpd: *2.4.*", "mod_python: *Python*", "docker: *", "wrk: *"])


class TestDeath:
    @pytest.mark.local_only
    @pytest.mark.needs("setpriv")
    def test_httpd_does_not_outlive_a_run_that_is_killed(self, tmp_path):
        tmp_path.joinpath("test_endless.py").write_text(
            "import signal\n"
            "def test_endless(serve, capfd):\n"
            "    server = serve(python=False)\n"
            "    with capfd.disabled():\n"
            "        print('pid', server.pid, flush=True)\n"
            "    signal.pause()\n"
        )
        command = [sys.executable, "-m", "pytest", "-p", "testenv.plugin", str(tmp_path)]
        environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "test"), "BACKEND": "local", "TMPDIR": str(tmp_path)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path) as run:
            pid = next(int(line.split()[-1]) for line in run.stdout if "pid " in line)
            run.kill()
        until(lambda: not processes.is_alive(pid), 10, "httpd's end")


class TestTools:
    def test_a_missing_tool_is_a_skip_with_its_reason(self, monkeypatch):
        monkeypatch.setattr(tools, "IN_CI", False)
        with pytest.raises(pytest.skip.Exception, match="no-such-tool is not installed"):
            tools.require("no-such-tool")

    def test_a_missing_tool_is_a_failure_in_ci(self, monkeypatch):
        monkeypatch.setattr(tools, "IN_CI", True)
        with pytest.raises(pytest.fail.Exception, match="no-such-tool is not installed"):
            tools.require("no-such-tool")


class TestParts:
    def test_a_leased_port_is_not_leased_again(self):
        with ports.lease() as first, pytest.raises(OSError, match="no free port"):
            ports.lease(range(first.port, first.port + 1))

    def test_a_traceback_is_one_record_whatever_other_threads_log(self):
        line = "[now] [python:error] [pid 1:tid {}] [client x] MP0100: handler: {}"
        log = [line.format(1, "Traceback"), line.format(2, "another"), line.format(1, "ValueError")]
        assert [record.text.count("MP0100") for record in parse("\n".join(log))] == [2, 1]

    def test_neighbouring_lines_on_stderr_are_one_record(self):
        log = "[now] [core:notice] [pid 1:tid 1] a\nb\nc\n[now] [core:warn] [pid 1:tid 1] d\n"
        assert [(record.level, record.text[-3:]) for record in parse(log)] == [
            ("notice", "] a"),
            ("stderr", "b\nc"),
            ("warn", "] d"),
        ]
