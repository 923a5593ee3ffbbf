"""The test page: refused by default, escaped, and complete."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from fakes import FakeRequest, FakeTable
from mod_python import testhandler

ON = {"mod_python.testhandler": "On"}
LOG_ON = {**ON, "mod_python.testhandler.view_log": "On"}

TREE = [("Listen", "80"), ("<Directory", '"/x">'), [("Options", "<none>"), ("<If", "y>"), [("Deep", "")]]]


class PageRequest(FakeRequest):
    interpreter = "main_interpreter"

    def __init__(self, options: dict[str, str], **attributes: Any) -> None:
        super().__init__(**attributes)
        self.options = options
        self.config = {"PythonDebug": "1"}
        self.server = SimpleNamespace(
            error_fname=None,
            get_config=lambda: FakeTable({"PythonPath": "sys.path + ['<p>']"}),
            get_options=lambda: FakeTable({"site": "<s>"}),
        )

    def add_common_vars(self) -> None:
        self.subprocess_env["SERVER_SOFTWARE"] = "Apache/2.4 <x>"

    def document_root(self) -> str:
        return "/srv/www"


@pytest.fixture(autouse=True)
def apache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    module: Any = ModuleType("mod_python.apache")
    module.mpm_query = {2: 1, 6: 25, 3: 0, 12: 1}.__getitem__
    module.server_root = lambda: str(tmp_path)
    module.config_tree = lambda: TREE
    module.main_server = SimpleNamespace(error_fname="error_log")
    monkeypatch.setitem(sys.modules, "mod_python.apache", module)
    return module


def page(**attributes: Any) -> str:
    req = PageRequest(ON, **attributes)
    assert testhandler.handler(req) == 0
    assert req.content_type == "text/html; charset=utf-8"
    return req.written.decode()


@pytest.mark.parametrize("options", [{}, {"mod_python.testhandler": "Off"}])
def test_it_is_refused_unless_switched_on(options: dict[str, str]) -> None:
    req = PageRequest(options)
    assert testhandler.handler(req) == 403
    assert req.written == b""
    assert "MP0310" in req.logged[0]


@pytest.mark.parametrize(
    "text",
    [
        "<td>Apache/2.4 &lt;x&gt;</td>",
        "<td>yes, at most 25 threads in a process</td>",
        "<th>Forking MPM</th><td>no</td>",
        "<td>/srv/www</td>",
        "<td>error_log</td>",
        "<td>main_interpreter</td>",
        "<th>mod_python.publisher</th>",
        "<th>mod_python.psp</th>",
        "<th>PythonDebug</th><td>1</td>",
        "<th>mod_python.testhandler</th><td>On</td>",
        "<td>sys.path + [&#x27;&lt;p&gt;&#x27;]</td>",
        "<td>&lt;s&gt;</td>",
        "Listen 80\n&lt;Directory &quot;/x&quot;&gt;\n    Options &lt;none&gt;\n    &lt;If y&gt;\n        Deep\n",
    ],
)
def test_the_page_shows_what_is_known(text: str) -> None:
    assert text in page().replace("</pre>", "\n")


def test_request_headers_and_notes_are_escaped() -> None:
    text = page(headers_in=FakeTable({"X-<h>": "<script>"}), notes=FakeTable({"n": "<note>"}))
    assert "<th>X-&lt;h&gt;</th><td>&lt;script&gt;</td>" in text
    assert "<td>&lt;note&gt;</td>" in text


def test_bytes_that_are_no_text_are_shown_as_escapes() -> None:
    assert "<td>\\udcff</td>" in page(headers_in=FakeTable({"X": "\udcff"}))


def test_a_module_that_cannot_be_imported_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mod_python.psp", None)
    assert "<th>mod_python.psp</th><td>cannot be imported: ModuleNotFoundError: " in page()


def test_the_form_is_left_in_the_request() -> None:
    req = PageRequest(ON, args="a=1")
    testhandler.handler(req)
    assert req.form["a"] == "1"  # type: ignore[attr-defined]


def test_a_form_that_is_there_is_used() -> None:
    form = SimpleNamespace(getfirst=lambda name: None)
    req = PageRequest(ON, form=form)
    testhandler.handler(req)
    assert req.form is form  # type: ignore[attr-defined]


def test_the_log_is_refused_unless_switched_on() -> None:
    req = PageRequest(ON, args="view_log=1")
    assert testhandler.handler(req) == 403
    assert "mod_python.testhandler.view_log" in req.logged[0]


def test_the_log_is_shown_from_its_end(tmp_path: Path) -> None:
    (tmp_path / "error_log").write_bytes(b"".join(b"line %d \xff<b>\n" % n for n in range(10_000)))
    req = PageRequest(LOG_ON, args="view_log=1")
    assert testhandler.handler(req) == 0
    lines = req.written.decode().splitlines()
    assert (len(lines), lines[-1], req.content_type) == (100, "line 9999 \\xff<b>", "text/plain; charset=utf-8")


def test_a_log_that_is_no_file_is_404() -> None:
    assert testhandler.handler(PageRequest(LOG_ON, args="view_log=1")) == 404


def test_an_empty_view_log_shows_the_page() -> None:
    req = PageRequest(LOG_ON, args="view_log=")
    testhandler.handler(req)
    assert b"mod_python works" in req.written
