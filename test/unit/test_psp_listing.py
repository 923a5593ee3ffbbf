"""The side-by-side listing: generated Python beside the lines it came from, escaped."""

from __future__ import annotations

import html
import re
from pathlib import Path

from mod_python.psp import listing
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


def test_everything_is_escaped() -> None:
    table = listing.table(Translation("<&>.psp", "<script>&amp;<%=  a %>", ""))
    assert "<th>&lt;&amp;&gt;.psp</th>" in table
    assert "<script>" not in table
    assert "&lt;script&gt;&amp;amp;&lt;%=&nbsp;&nbsp;a&nbsp;%&gt;" in table


def test_columns_have_their_colours() -> None:
    table = listing.table(Translation("page.psp", "x", ""))
    assert '<font color="blue">req.write' in table
    assert '<font color="green">x<' in table


def test_included_lines_name_their_file(tmp_path: Path) -> None:
    (tmp_path / "part.inc").write_text("<b>\npart\n")
    page = Translation(str(tmp_path / "page.psp"), 'a\n<%@ include file="part.inc" %>\nb', str(tmp_path))
    numbers = [number for number, _, _ in rows(page)]
    assert numbers == ["1", "2", "part.inc:1", "part.inc:2", "2", "3"]
    assert ("part.inc:1", "req.write('''<b>", "<b>") in rows(page)
