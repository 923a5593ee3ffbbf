"""Tracebacks of a page name the page and its includes, with the lines of the files."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pytest

from fakes import FakeRequest
from mod_python.psp.pages import Translation


class Boom(Exception):
    """What the pages of this file raise."""


def fail() -> None:
    raise Boom


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "fails.inc").write_text("one\n<%= fail() %>\n")
    (tmp_path / "function.inc").write_text("\n<%\ndef f():\n    fail()\n\n%>\n")
    (tmp_path / "syntax.inc").write_text("one\n\n<% x = = 1 %>\n")
    (tmp_path / "return.inc").write_text("<% return %>\n")
    (tmp_path / "opens.inc").write_text("<%\nfor i in (1, 2):\n%><li>")
    (tmp_path / "closes.inc").write_text("</li><%\n%>")
    (tmp_path / "nested.inc").write_text('text\n<%@ include file="fails.inc" %>')
    return tmp_path


def translate(site: Path, source: str) -> Translation:
    return Translation(str(site / "page.psp"), source, str(site))


def run(site: Path, source: str) -> str:
    req = FakeRequest()
    program = translate(site, source).program
    program.execute(program.compile(), {"req": req, "fail": fail})
    return req.written.decode()


def trace(site: Path, source: str) -> list[tuple[str, int | None, str]]:
    with pytest.raises(Boom) as raised:
        run(site, source)
    frames = traceback.extract_tb(raised.tb)
    return [(Path(frame.filename).name, frame.lineno, frame.name) for frame in frames if str(site) in frame.filename]


def test_the_page_is_named() -> None:
    assert trace(Path("/site"), "one\n<b><%= fail() %></b>") == [("page.psp", 2, "<module>")]


def test_lines_after_a_crowded_line_are_right() -> None:
    assert trace(Path("/site"), "a<% x = 1 # note %>b<% y = 2 # note %>c\n<%= fail() %>") == [
        ("page.psp", 2, "<module>")
    ]


def test_an_include_is_named(site: Path) -> None:
    assert trace(site, 'a\nb\nc <%@ include file="fails.inc" %>') == [("fails.inc", 2, "<module>")]


def test_an_include_in_an_include_is_named(site: Path) -> None:
    assert trace(site, '\n<%@ include file="nested.inc" %>') == [("fails.inc", 2, "<module>")]


def test_lines_behind_an_include_are_right(site: Path) -> None:
    page = '\n<%@ include file="function.inc" %><% y = 1 %>\n\n<%= fail() %>'
    assert trace(site, page) == [("page.psp", 4, "<module>")]


def test_functions_of_an_include_are_named(site: Path) -> None:
    page = '<%@ include file="function.inc" %>\n\n\n\n\n<% f() %>'
    assert trace(site, page) == [("page.psp", 6, "<module>"), ("function.inc", 4, "f")]


def test_the_traceback_shows_lines_of_the_files_and_no_columns_of_the_program(site: Path) -> None:
    (site / "page.psp").write_text('some <b>text</b> and <%@ include file="fails.inc" %>')
    with pytest.raises(Boom) as raised:
        run(site, (site / "page.psp").read_text())
    shown = "".join(traceback.format_exception(raised.value))
    assert f'fails.inc", line 2, in <module>\n    <%= fail() %>\n  File "{__file__}' in shown


def test_code_that_was_taken_verbatim_keeps_its_columns() -> None:
    code = translate(Path("/site"), "<b><%= f() %></b><%\nif 1:\n    f()\n%>").program.compile()
    if hasattr(code, "co_positions"):  # Python 3.11
        assert (3, 3, 4, 7) in code.co_positions()
        assert {position[2] for position in code.co_positions() if position[0] == 1} <= {None, 0}


@pytest.mark.parametrize(("name", "line"), [("syntax.inc", 3), ("return.inc", 1)])
def test_syntax_errors_name_the_include(site: Path, name: str, line: int) -> None:
    with pytest.raises(SyntaxError) as raised:
        run(site, f'\n\n\n<%@ include file="{name}" %>')
    assert (raised.value.filename, raised.value.lineno) == (str(site / name), line)


def test_an_error_stays_the_same_exception() -> None:
    failure = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "arguments of its own")
    with pytest.raises(UnicodeDecodeError) as raised:
        program = translate(Path("/site"), "<% raise failure %>").program
        program.execute(program.compile(), {"failure": failure})
    assert raised.value is failure


def test_suites_may_reach_across_includes(site: Path) -> None:
    page = '<ul><%@ include file="opens.inc" %><%= i %><%@ include file="closes.inc" %></ul>'
    assert run(site, page) == "<ul><li>1</li><li>2</li></ul>"


def test_a_suite_of_an_include_may_end_in_the_page(site: Path) -> None:
    assert run(site, '<ul><%@ include file="opens.inc" %><%= i %></li><%\n%></ul>') == "<ul><li>1</li><li>2</li></ul>"
    assert trace(site, '\n<%@ include file="opens.inc" %><%= fail() %>') == [("page.psp", 2, "<module>")]


def test_an_include_continues_in_text(site: Path) -> None:
    (site / "text.inc").write_text("it's\n<%= 1 %>")
    assert run(site, '<b><%@ include file="text.inc" %></b>\n') == "<b>it's\n1</b>\n"


def test_an_empty_include_is_harmless(site: Path) -> None:
    (site / "empty.inc").touch()
    assert run(site, 'a<%@ include file="empty.inc" %>b\n<%= 1 %>') == "ab\n1"


def test_the_namespace_is_the_callers() -> None:
    namespace: dict[str, Any] = {}
    program = translate(Path("/site"), "<% x = 1 %>").program
    program.execute(program.compile(), namespace)
    assert namespace["x"] == 1
