"""The page of mod_python.testhandler in a live httpd."""

import pytest

CONFIG = """
<Location "/test">
    SetHandler mod_python
    PythonHandler mod_python.testhandler
    PythonOption site "<b>"
    {}
</Location>
"""


def test_it_is_refused_by_default(serve):
    server = serve(CONFIG.format(""))
    server.expect_log("MP0310.*PythonOption mod_python.testhandler ")
    assert server.get("/test").status_code == 403


def test_it_shows_server_and_request_escaped(serve):
    server = serve(CONFIG.format("PythonOption mod_python.testhandler On"))
    response = server.get("/test", headers={"X-Own": "<script>"})
    assert response.status_code == 200
    for text in ("mod_python works", "<th>X-Own</th><td>&lt;script&gt;</td>", "<td>&lt;b&gt;</td>", str(server.root)):
        assert text in response.text
    assert "PythonHandler mod_python.testhandler" in response.text
    assert "<script>" not in response.text


def test_the_log_wants_its_own_switch(serve):
    server = serve(CONFIG.format("PythonOption mod_python.testhandler On"))
    server.expect_log("MP0310.*view_log")
    assert server.get("/test?view_log=1").status_code == 403


@pytest.mark.local_only
def test_the_log_is_shown_when_both_are_on(serve):
    server = serve(
        CONFIG.format("PythonOption mod_python.testhandler On\nPythonOption mod_python.testhandler.view_log On")
    )
    response = server.get("/test?view_log=1")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "resuming normal operations" in response.text
