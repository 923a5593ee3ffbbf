"""The side-by-side listing of a page: the program it became, and the lines it came from.

HTML only; everything from the page is escaped.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from html import escape

from mod_python.psp.pages import Translation

_ROW = (
    '<tr><td align="right"><code>{}</code></td>'
    '<td><code><font color="blue">{}</font></code></td>'
    '<td><code><font color="green">{}</font></code></td></tr>\n'
)


def table(translation: Translation) -> str:
    """Return an HTML table with a row for every line of the program: its number in the page, Python, source."""
    filename = translation.program.filename
    heading = f"<tr><th>&nbsp;</th><th>Generated Python</th><th>{escape(filename)}</th></tr>\n"
    return f"<table>\n{heading}{''.join(_rows(translation))}</table>\n"


def _rows(translation: Translation) -> Iterator[str]:
    page = translation.program.filename
    unseen = {
        file: deque(enumerate(source.removesuffix("\n").split("\n"), 1)) for file, source in translation.sources.items()
    }
    for line in translation.program.lines:
        rest = unseen[line.file]
        while rest and rest[0][0] < line.number:
            yield _row(page, line.file, *rest.popleft())
        source = rest.popleft()[1] if rest and rest[0][0] == line.number else None
        if line.text or source is not None:
            yield _row(page, line.file, line.number, source or "", str(line))
    for file, rest in unseen.items():
        for number, source in rest:
            yield _row(page, file, number, source)


def _row(page: str, file: str, number: int, source: str, code: str = "") -> str:
    where = str(number) if file == page else f"{os.path.basename(file)}:{number}"
    return _ROW.format(_cell(where), _cell(code), _cell(source))


def _cell(text: str) -> str:
    return escape(text.replace("\t", "    ")).replace(" ", "&nbsp;")
