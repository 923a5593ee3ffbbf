"""What begins in a request and ends later: threads, children, processes. Nothing of it harms httpd."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from testenv.httpd import MPM
from testenv.wait import until

NAMES = """
register linger leave background farewell filtered write_on ask_on filter_elsewhere use_connection keep_asking join
filtered_connection helpers variables child_process
event_loop
""".split()
HANDLERS = "\n".join(f"PythonHandler lives::{name} | .{name}" for name in NAMES)
CONTENT = f'<Directory "${{DOCROOT}}">\nSetHandler mod_python\n{HANDLERS}\n%s\n</Directory>'


def run(serve, *directives, **options):
    return run_with(serve, CONTENT % "\n".join(directives), **options)


def run_with(serve, configuration, **options):
    server = serve(configuration, app="lifetimes", **options)
    state = server.docroot / "state"
    state.mkdir()
    state.chmod(0o777)
    return server


def notes(server, interpreter="localhost"):
    """What the children have noted so far, line by line."""
    file = server.docroot / "state" / interpreter
    return file.read_text().splitlines() if file.exists() else []


@contextmanager
def lingering(server):
    """A request is in its handler, until the end of the block."""
    with ThreadPoolExecutor(1) as pool:
        request = pool.submit(server.get, "/x.linger")
        until((server.docroot / "state" / "running").exists, 10, "the handler")
        try:
            yield request
        finally:
            (server.docroot / "state" / "go").touch()


class TestChildExit:
    """apache.register_cleanup, server.register_cleanup and atexit, when a child exits."""

    NOTES = ["second", "first", "atexit"]  # the last one registered runs first; one in between fails
    INTERPRETERS = ("one", "two", "main_interpreter")

    @pytest.mark.parametrize("end", ["stop", "graceful stop", "restart", "graceful restart"])
    def test_what_was_registered_runs(self, serve, end):
        server = run(serve)
        server.expect_log("MP0100: register_cleanup <function fail at .*>: .*RuntimeError: at the end: None")
        assert server.get("/x.register").text == "registered"
        ends = {
            "stop": server.stop,
            "graceful stop": lambda: server.stop(graceful=True),
            "restart": server.restart,
            "graceful restart": lambda: server.graceful(renew=True),
        }
        ends[end]()
        until(lambda: notes(server) == self.NOTES, 10, f"the clean-ups, instead of {notes(server)}")

    def test_in_every_interpreter(self, serve):
        server = run(
            serve,
            *(f'<Files "{name}.register">\nPythonInterpreter {name}\n</Files>' for name in self.INTERPRETERS),
            processes=1,
        )
        server.allow_log("MP0100: register_cleanup ")
        for name in self.INTERPRETERS:
            server.get(f"/{name}.register")
        server.stop()
        assert [notes(server, name) for name in self.INTERPRETERS] == [self.NOTES] * 3

    def test_of_pythonimport(self, serve):
        imports = (f"PythonImport lives::at_start {name}" for name in self.INTERPRETERS)
        server = run_with(serve, "\n".join(["PythonPath \"['${DOCROOT}'] + sys.path\"", *imports]), processes=1)
        server.get("/")  # a child that is told to stop before it is ready imports nothing
        server.stop()
        assert [notes(server, name) for name in self.INTERPRETERS] == [["imported"]] * 3

    @pytest.mark.local_only
    @pytest.mark.mpm("prefork")  # elsewhere the main thread takes the signals, and handlers finish
    def test_a_signal_in_the_middle_of_a_handler_ends_the_child_and_nothing_else(self, serve):
        server = run(serve, processes=1)
        with lingering(server) as request:
            (child,) = server.children()
            os.kill(child, signal.SIGTERM)
            with pytest.raises(OSError, match="aborted|reset"):
                request.result()
        assert server.get("/x.variables").status_code == 200

    def test_a_stop_in_the_middle_of_a_handler(self, serve):
        server = run(serve, processes=1)
        with lingering(server) as request, ThreadPoolExecutor(1) as pool:
            stopped = pool.submit(server.stop)
            if MPM != "prefork":
                (server.docroot / "state" / "go").touch()
            stopped.result()
            assert MPM == "prefork" or request.exception() or request.result().text == "went"

    def test_a_graceful_stop_waits_for_the_handler(self, serve):
        server = run(serve, processes=1)
        with lingering(server) as request:
            with ThreadPoolExecutor(1) as pool:
                stopped = pool.submit(server.stop, graceful=True)
                until(lambda: "SIGWINCH" in server.log.text, 5, "the signal")
                (server.docroot / "state" / "go").touch()
                stopped.result()
            assert request.result().text == "went"

    def test_a_handler_that_leaves_the_process_ends_only_that(self, serve):
        server = run(serve, processes=2)
        with pytest.raises(OSError, match="aborted|reset"):
            server.get("/x.leave")
        assert {server.get("/x.helpers").status_code for _ in range(6)} == {200}


class TestThreads:
    REASONS = (
        "RuntimeError: no handler of this request is running any more",
        "RuntimeError: the request this object belongs to has ended",
    )

    def test_those_that_never_end_do_not_keep_a_child(self, serve):
        server = run(serve, "PythonInterpreter main_interpreter")
        server.get("/x.background")
        server.graceful(renew=True)
        server.get("/x.background")
        server.stop()

    def test_nor_in_another_interpreter(self, serve):
        server = run(serve)
        server.get("/x.background")
        server.restart()
        server.get("/x.background")

    @pytest.mark.mpm("event", "worker")
    def test_code_that_runs_at_the_end_of_one_of_httpds_finds_its_state(self, serve):
        server = run(serve, "PythonInterpreter main_interpreter", processes=1)
        server.get("/x.farewell")
        server.graceful(renew=True)
        until(lambda: notes(server, "main_interpreter"), 10, "the end of the thread")
        assert notes(server, "main_interpreter") == ["has its state: 1"]

    def test_a_filter_runs_in_the_state_of_the_thread_that_writes(self, serve):
        assert run(serve).get("/x.filtered").text == "the same: True"

    def test_those_that_go_on_with_the_request_are_stopped(self, serve):
        server = run(serve, processes=1, threads=1)
        children = server.children()
        for number in range(1, 6):
            assert server.get("/x.write_on").text.strip("xy") == ""
            assert server.get("/x.join").text == "joined"
            assert len(notes(server)) == 4 * number
        assert server.children() == children
        for reason in set(notes(server)):
            assert reason.startswith(self.REASONS)

    def test_those_that_go_on_asking_are_stopped(self, serve):
        server = run(serve, processes=1, threads=1)
        children = server.children()
        for number in range(1, 6):
            assert server.get("/x.ask_on").status_code == 200
            assert server.get("/x.join").text == "joined"
            assert len(notes(server)) == 8 * number
        assert server.children() == children
        for reason in set(notes(server)):
            assert reason.startswith(self.REASONS)

    def test_a_filter_is_for_the_thread_that_calls_it(self, serve):
        server = run(serve)
        assert server.post("/x.filter_elsewhere", data="y" * 100).text == "y" * 100
        reasons = notes(server)
        assert len(reasons) >= 14  # seven uses of each filter, as often as it was called
        assert set(reasons) == {"only the thread in which the filter call is made can use this object"}

    def test_a_filter_uses_the_connection_whoever_writes(self, serve):
        assert "127.0.0.1 written" in run(serve).get("/x.filtered_connection").text

    def test_the_connection_is_for_the_thread_that_serves_it(self, serve):
        refusal = "other threads than the one that serves its requests cannot use the connection"
        assert run(serve).get("/x.use_connection").text == f"True, {refusal}"

    def test_those_that_go_on_asking_for_the_connection_are_stopped(self, serve):
        server = run(serve, processes=1, threads=1)
        children = server.children()
        for number in range(1, 21):
            assert server.get("/x.keep_asking").status_code == 200
            assert server.get("/x.join").text == "joined"
            assert len(notes(server)) == 4 * number
        assert server.children() == children
        for reason in set(notes(server)):
            assert reason.startswith(self.REASONS)

    def test_those_that_the_handler_waits_for_can_do_everything(self, serve):
        server = run(serve)
        lines = server.get("/x.helpers").text.splitlines()
        assert sorted(lines) == sorted(f"{number} 127.0.0.1:{server.port}" for number in range(20))


class TestRequests:
    def test_context_variables_begin_anew(self, serve):
        server = run(serve, processes=1, threads=1)
        assert [server.get("/x.variables").text for _ in range(3)] == ["unset"] * 3

    def test_context_variables_last_from_phase_to_phase(self, serve):
        server = run(serve, "PythonFixupHandler lives::variables_in_fixup")
        assert server.get("/x.variables").text == "set in an earlier phase"


class TestPrograms:
    """Processes and event loops, in an interpreter of their own and in the main one."""

    @pytest.mark.parametrize("name", ["main_interpreter", "other"])
    def test_a_process(self, serve, name):
        server = run(serve, f"PythonInterpreter {name}")
        assert [server.get("/x.child_process").text for _ in range(3)] == ["from a process 3"] * 3

    @pytest.mark.parametrize("name", ["main_interpreter", "other"])
    def test_an_event_loop(self, serve, name):
        server = run(serve, f"PythonInterpreter {name}")
        assert [server.get("/x.event_loop").text for _ in range(3)] == ["[1, 2, 3]"] * 3
