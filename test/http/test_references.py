"""Requests leave nothing behind in the interpreter: on a debug build of Python, not one reference."""

import pytest

HANDLERS = "count handler failing refusing form session internal".split()
CONFIG = """
PythonPath "sys.path + ['${{DOCROOT}}']"
PythonConnectionHandler kinds::connected
<Directory "${{DOCROOT}}">
    Options +Includes
    SetHandler mod_python
    {}
    PythonHandler mod_python.publisher | .py
    PythonHandler mod_python.psp | .psp
    PythonHandler mod_python.wsgi | .wsgi
    PythonOption mod_python.wsgi.application kinds::application
    PythonLogHandler kinds::logged
    PythonOutputFilter kinds::upper OUTPUT
    PythonInputFilter kinds::upper INPUT
    <Files "page.shtml">
        SetHandler default-handler
        SetOutputFilter INCLUDES
    </Files>
    <Files "filtered.*">
        SetInputFilter INPUT
        SetOutputFilter OUTPUT
    </Files>
</Directory>
""".format("\n    ".join(f"PythonHandler kinds::{name} | .{name}" for name in HANDLERS))

# Kinds of requests: path, status, body.
KINDS = {
    "handler": ("/a.handler?q", 200, b""),
    "exception": ("/a.failing", 500, b""),
    "status": ("/a.refusing", 403, b""),
    "session": ("/a.session", 200, b""),
    "redirect": ("/a.internal", 200, b""),
    "form": ("/a.form", 200, b"file=" + b"x" * 100_000),
    "filters": ("/filtered.wsgi", 200, b"x" * 100_000),
    "publisher": ("/kinds.py/published?name=Eve", 200, b""),
    "mismatch": ("/kinds.py/published?nom=Eve", 400, b""),
    "psp": ("/page.psp", 200, b""),
    "wsgi": ("/a.wsgi/path", 200, b"body"),
    "ssi": ("/page.shtml", 200, b""),
    "aborted": ("", 0, b""),
}
TIMES = 10


@pytest.fixture(scope="module")
def server(serve_module):
    """One process, and one thread for requests where threads are, so that all of them take the same way."""
    return serve_module(CONFIG, app="references", processes=1, threads=1)


def ask(server, kind):
    path, status, body = KINDS[kind]
    if not path:
        with server.connect() as connection:
            connection.send(b"POST /a.form HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nfile=")
        return
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert server.request("POST" if body else "GET", path, data=body, headers=headers).status_code == status


@pytest.mark.parametrize("kind", KINDS)
def test_what_python_holds_stays_the_same(server, kind):
    server.allow_log("MP0100: PythonHandler kinds::(failing|form)|MP0230")
    for _ in range(TIMES):
        ask(server, kind)
    before = int(server.get("/a.count").text)
    for _ in range(TIMES):
        ask(server, kind)
    assert int(server.get("/a.count").text) - before < TIMES
