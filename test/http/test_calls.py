"""How often a request crosses from Python to httpd, and how many functions it calls: both can be counted, and what a
request costs depends on little else.
"""

import pytest

from modules import compiled

HANDLERS = {
    "/begin": "counted::begin",
    "/end": "counted::end",
    "/begin_allocations": "counted::begin_allocations",
    "/end_allocations": "counted::end_allocations",
    "/hello": "counted::hello",
    "/wsgi": "mod_python.wsgi",
}
CONFIG = "\n".join(
    ["PythonAutoReload Off", "PythonPath \"sys.path + ['${DOCROOT}']\"",
     "PythonOption mod_python.wsgi.application counted",
     *(f"<Location {path}>\nSetHandler mod_python\nPythonHandler {name}\n</Location>"
       for path, name in HANDLERS.items()),
     '<Directory "${DOCROOT}">', "AddHandler mod_python .py .psp", "PythonHandler mod_python.publisher | .py",
     "PythonHandler mod_python.psp | .psp", "</Directory>"]
)  # fmt: skip


@pytest.fixture(scope="module")
def server(serve_module, tmp_path_factory):
    server = serve_module(CONFIG, app="calls", threads=1, processes=1)
    library = compiled(tmp_path_factory.mktemp("library"), "allocations")
    server.write("allocations.so", library.read_bytes())  # where httpd's children can read it
    return server


@pytest.fixture
def counted(server):
    """What the third request for a path calls; the first ones load modules, and see that no others were loaded."""

    def of(path):
        for first in ("/begin", "/end", path, path, "/begin"):
            server.get(first)
        assert server.get(path).text.startswith("Hello")
        return server.get("/end").json()

    return of


@pytest.fixture
def calls(counted):
    return lambda path: counted(path)["calls"]


class TestCalls:
    def test_a_handler_costs_what_it_does(self, calls):
        assert calls("/hello") == ["mp_set_content_type", "mp_write"]

    def test_wsgi_takes_two(self, calls):
        assert calls("/wsgi") == ["mp_wsgi_environ", "mp_send_response"]

    def test_the_publisher(self, calls):
        assert calls("/page.py") == ["mp_first_file", "mp_allow_methods", "mp_set_content_type", "mp_write"]

    def test_a_page_writes_its_pieces(self, calls):
        assert calls("/page.psp") == ["mp_set_content_type", *(["mp_write"] * 3)]


class TestFunctions:
    """Each is a frame, and most make objects. Newer versions of Python have fewer, so these are upper bounds."""

    @pytest.mark.parametrize(("path", "most"), [("/hello", 14), ("/wsgi", 31), ("/page.py", 52), ("/page.psp", 42)])
    def test_that_a_request_calls(self, counted, path, most):
        functions = [name for name in counted(path)["functions"] if name != "__enter__"]  # of locks, from 3.14 on
        assert len(functions) <= most, functions


class TestAllocations:
    """By Python's allocators: 29, 88, 67 and 90 with Python 3.11, and a quarter more for other versions."""

    @pytest.fixture
    def allocations(self, server):
        """What the third request for a path allocates, beyond what counting does."""

        def between(*paths):
            for path in ("/begin_allocations", *paths):
                assert server.get(path).status_code == 200
            return int(server.get("/end_allocations").text)

        def of(path):
            between(path), between(path), between()
            return between(path) - between()

        return of

    @pytest.mark.parametrize(("path", "most"), [("/hello", 36), ("/wsgi", 110), ("/page.py", 84), ("/page.psp", 112)])
    def test_that_a_request_makes(self, allocations, path, most):
        assert 0 < allocations(path) <= most
