"""What mod_python exports to other httpd modules, used by one written in C that is compiled here."""

import functools
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import mod_python
from modules import load_line
from testenv.httpd import local

SITE = "<Location /run>\nSetHandler exports-test\n</Location>\n"

pytestmark = [pytest.mark.local_only, pytest.mark.needs("cc")]


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    return load_line(tmp_path_factory.mktemp("modules"), "mod_exports_test", "exports_test")


@pytest.fixture(scope="module")
def server(module, serve_module):
    return serve_module(module + SITE + "PythonInterpreter by-config\n<Location /py>\nSetHandler mod_python\n"
                        "PythonHandler seen\nPythonPath \"sys.path + ['${DOCROOT}']\"\n</Location>")  # fmt: skip


@pytest.fixture
def run(server):
    def run(code, interpreter="by-config", **options):
        options["headers"] = {"X-Code": code}
        return server.get(f"/run?{interpreter}", **options).text

    return run


class TestInterpreters:
    def test_code_runs_in_the_interpreter_that_is_named(self, run):
        code = "from mod_python import apache; answer = apache.interpreter"
        assert [run(code, name) for name in ("by-config", "another", "another")] == ["by-config", "another", "another"]

    def test_no_name_means_the_main_interpreter(self, server):
        headers = {"X-Code": "from mod_python import apache; answer = apache.interpreter"}
        assert server.get("/run", headers=headers).text == "main_interpreter"

    def test_it_is_the_one_that_handlers_run_in(self, server):
        server.write("seen.py", "import sys\ndef handler(req):\n    sys.seen = req.uri\n    return 0\n")
        code = {"X-Code": "import sys; answer = getattr(sys, 'seen', None)"}
        with server.session() as session:  # one connection, so one child
            session.get(f"{server.url}/py")
            seen = [session.get(f"{server.url}/run?{name}", headers=code).text for name in ("by-config", "another")]
        assert seen == ["/py", "None"]

    def test_an_exception_stays_with_the_caller(self, run):
        assert run("1 / 0") == "division by zero"
        assert run("answer = 1") == "1"

    def test_many_threads_come_and_go(self, server, run):
        with ThreadPoolExecutor(8) as pool:
            names = [f"interpreter-{number % 4}" for number in range(200)]
            code = "from mod_python import apache; answer = apache.interpreter"
            assert list(pool.map(functools.partial(run, code), names)) == names


class TestObjects:
    def test_the_request(self, run):
        code = "answer = (request.uri, request.args, request.headers_in['Host'], str(type(request)))"
        uri, args, host, kind = eval(run(code))
        assert (uri, args, kind) == ("/run", "by-config", "<class 'mp_request'>")
        assert host.startswith("127.0.0.1:")

    def test_it_can_answer(self, server, run):
        code = "request.content_type = 'text/plain'; request.write('written, '); answer = 'returned'"
        assert run(code) == "written, returned"

    def test_it_can_read_the_body(self, server):
        code = "answer = request.read()"
        assert server.post("/run?by-config", data=b"a body", headers={"X-Code": code}).text == "b'a body'"

    def test_the_server(self, run):
        code = "from mod_python import apache; answer = server is apache.main_server, server is request.server"
        assert run(code) == "(True, True)"

    def test_the_connection(self, run):
        assert run("answer = (connection is request.connection, connection.client_ip)") == "(True, '127.0.0.1')"

    def test_the_connection_keeps_what_is_put_on_it(self, server):
        headers = {"X-Code": "n = connection.n = getattr(connection, 'n', 0) + 1; answer = n"}
        with server.session() as session:
            assert [session.get(f"{server.url}/run?by-config", headers=headers).text for _ in range(3)] == [
                "1",
                "2",
                "3",
            ]

    def test_a_request_object_is_of_no_use_after_the_request(self, module, serve):
        server = serve(module + SITE)
        code = "import sys; old = getattr(sys, 'kept', None); sys.kept = request; answer = old.uri if old else 'first'"
        with server.session() as session:  # the first one has ended when the connection gets to the second
            texts = [session.get(f"{server.url}/run?x", headers={"X-Code": code}).text for _ in range(2)]
        assert texts == ["first", "the request this object belongs to has ended"]

    def test_a_cleanup_runs_at_the_end_of_the_request(self, server, run):
        code = "from mod_python import apache; request.register_cleanup(apache.log_error, 'cleaned up'); answer = 1"
        server.expect_log("cleaned up")
        assert run(code) == "1"


class TestFailure:
    """A package that cannot be loaded: nothing is acquired, and nothing stays locked."""

    @pytest.fixture
    def copy(self):
        """A copy of the module with a package of its own, where httpd's children can read it."""
        directory = Path(tempfile.mkdtemp(prefix="mod_python-copy-"))
        directory.chmod(0o755)
        package = Path(mod_python.__file__).parent
        left_out = shutil.ignore_patterns("__pycache__", "*.so")
        shutil.copytree(package, directory / "lib" / "python" / "mod_python", ignore=left_out)
        (directory / "src").mkdir()
        shutil.copy(local().python_module, directory / "src")
        yield directory
        shutil.rmtree(directory)

    def test_a_broken_package_gives_null_until_it_is_mended(self, module, serve, copy):
        dispatch = copy / "lib" / "python" / "mod_python" / "dispatch.py"
        good = dispatch.read_text()
        dispatch.write_text("raise ImportError('broken')\n")
        server = serve(
            f'LoadModule python_module "{copy}/src/mod_python.so"\n{module}{SITE}', python=False, processes=1
        )
        server.write("page.txt", "text")
        server.expect_log("MP0011: cannot load the package mod_python in the interpreter x")
        server.expect_log("ImportError: broken")
        server.allow_log("MP0011|Traceback|File|raise|Exception ignored|ImportError")
        code = {"X-Code": "answer = 1"}
        with ThreadPoolExecutor(8) as pool:
            answers = pool.map(lambda _: server.get("/run?x", headers=code).text, range(16))
            assert set(answers) == {"no interpreter"}
        assert server.get("/page.txt").text == "text"
        dispatch.write_text(good)
        assert server.get("/run?x", headers=code).text == "1"

    def test_a_package_of_another_version_is_reported(self, module, serve, copy):
        (copy / "lib" / "python" / "mod_python" / "version.py").write_text('version = "3.0"\n')
        server = serve(
            f'LoadModule python_module "{copy}/src/mod_python.so"\n{module}{SITE}', python=False, processes=1
        )
        server.expect_log(r"MP0103: mod_python.so is version \S+, but \S+/version.py is 3.0")
        assert server.get("/run?x", headers={"X-Code": "answer = 1"}).text == "1"

    def test_too_many_interpreters_give_null(self, module, serve):
        server = serve(module + SITE + "PythonOption mod_python.max_interpreters 2", processes=1)
        server.expect_log("MP0010: cannot create the interpreter third")
        answers = [
            server.get(f"/run?{name}", headers={"X-Code": "answer = 1"}).text for name in ("second", "third", "second")
        ]
        assert answers == ["1", "no interpreter", "1"]
