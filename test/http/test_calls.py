"""How often a request crosses from Python to httpd: what it costs depends on little else, and this can be counted."""

import pytest

HANDLERS = {
    "/begin": "counted::begin",
    "/end": "counted::end",
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
def server(serve_module):
    return serve_module(CONFIG, app="calls", threads=1, processes=1)


@pytest.fixture
def calls(server):
    """What the second request for a path calls; the first one reads and loads what later ones find."""

    def of(path):
        for first in (path, "/end", "/begin"):
            server.get(first)
        assert server.get(path).text.startswith("Hello")
        return server.get("/end").json()

    return of


class TestCalls:
    def test_a_handler_costs_what_it_does(self, calls):
        assert calls("/hello") == ["mp_set_content_type", "mp_write"]

    def test_wsgi_takes_two(self, calls):
        assert calls("/wsgi") == ["mp_wsgi_environ", "mp_send_response"]

    def test_the_publisher(self, calls):
        assert calls("/page.py") == ["mp_allow_methods", "mp_set_content_type", "mp_write"]

    def test_a_page_writes_its_pieces(self, calls):
        assert calls("/page.psp") == ["mp_set_content_type", *(["mp_write"] * 3)]
