"""The side-by-side listing: generated Python beside the lines it came from, escaped."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mod_python.psp import highlight, listing
from mod_python.psp.pages import Translation

_CELL = re.compile(r"<td.*?><code>(.*?)</code></td>")


def rows(translation: Translation) -> list[tuple[str, ...]]:
    """The rows below the headings, as number, Python and source."""
    cells = [_CELL.findall(row) for row in listing.table(translation).split("<tr>")[2:]]
    return [tuple(html.unescape(re.sub("<.*?>", "", cell)).replace("\xa0", " ") for cell in row) for row in cells]


def of(source: str) -> list[tuple[str, ...]]:
    return rows(Translation("page.psp", source, ""))


def test_a_row_for_every_line() -> None:
    assert of("<%\nif x:\n\ty()\n%>\nend\n") == [
        ("1", "", "<%"),
        ("2", "if x:", "if x:"),
        ("3", "    y()", "    y()"),
        ("4", "    req.write('''", "%>"),
        ("5", "end\\n''', 0)", "end"),
    ]


def test_a_crowded_line_has_several_rows() -> None:
    assert of("<% if x: %>a<%= b %>") == [
        ("1", "if x:", "<% if x: %>a<%= b %>"),
        ("1", "    req.write('''a''', 0); req.write(str(b), 0)", ""),
    ]


def test_lines_without_code_are_shown() -> None:
    assert of("a<%--\n--%>\n<%@ page %>") == [
        ("1", "req.write('''a''', 0)", "a<%--"),
        ("2", "req.write('''\\n''', 0)", "--%>"),
        ("3", "", "<%@ page %>"),
    ]


def test_lines_whose_code_is_on_another_row_are_shown_in_order() -> None:
    assert [(number, source) for number, _, source in of("<% x = 1 # c %>\n\n\nb<% y %>")] == [
        ("1", "<% x = 1 # c %>"),
        ("1", ""),
        ("2", ""),
        ("3", ""),
        ("4", "b<% y %>"),
    ]


@pytest.fixture
def without_pygments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highlight, "_lexers", dict)


def test_everything_is_escaped() -> None:
    table = listing.table(Translation("<&>.psp", "<script>&amp;<%=  a %>", ""))
    assert "<th>&lt;&amp;&gt;.psp</th>" in table
    assert "<script>" not in table
    assert of("<script>&amp;<%=  a %>")[0][2] == "<script>&amp;<%=  a %>"


@pytest.mark.usefixtures("without_pygments")
def test_without_pygments_everything_is_escaped_too() -> None:
    table = listing.table(Translation("<&>.psp", "<script>&amp;<%=  a %>", ""))
    assert "&lt;script&gt;&amp;amp;&lt;%=&nbsp;&nbsp;a&nbsp;%&gt;" in table


@pytest.mark.usefixtures("without_pygments")
def test_without_pygments_columns_have_their_colours() -> None:
    table = listing.table(Translation("page.psp", "x", ""))
    assert '<font color="blue">req.write' in table
    assert '<font color="green">x<' in table


def test_python_is_highlighted_on_both_sides_and_html_in_the_page() -> None:
    table = listing.table(Translation("page.psp", '<p class="<%= name %>">\n<% import os %>\n<%-- done --%>', ""))
    styled = re.findall("<span style=[^>]*>([^<]*)</span>", table)
    assert styled.count("import") == 2
    assert {"&lt;%", "p", "&lt;%--&nbsp;done&nbsp;--%&gt;"} <= set(styled)


@given(st.text())
def test_any_text_is_shown_line_by_line(text: str) -> None:
    lines = text.replace("\t", "").replace("\r", "").replace("\ufeff", "").split("\n")
    for kind in ("page", "python"):
        shown = [
            html.unescape(re.sub("<[^>]*>", "", line)).replace("\xa0", " ")
            for line in highlight.html_lines(kind, lines)
        ]
        assert shown == [line.replace("\xa0", " ") for line in lines]


def test_included_lines_name_their_file(tmp_path: Path) -> None:
    (tmp_path / "part.inc").write_text("<b>\npart\n")
    page = Translation(str(tmp_path / "page.psp"), 'a\n<%@ include file="part.inc" %>\nb', str(tmp_path))
    numbers = [number for number, _, _ in rows(page)]
    assert numbers == ["1", "2", "part.inc:1", "part.inc:2", "2", "3"]
    assert ("part.inc:1", "req.write('''<b>", "<b>") in rows(page)
