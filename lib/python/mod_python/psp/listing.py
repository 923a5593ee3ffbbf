"""The side-by-side listing of a page: the program it became, and the lines it came from.

HTML only; everything from the page is escaped.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from html import escape

from mod_python.psp.highlight import html_lines
from mod_python.psp.pages import Translation

_ROW = '<tr><td align="right"><code>{}</code></td><td><code>{}</code></td><td><code>{}</code></td></tr>\n'

_PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ color: #1b2030; background: #fff; font: 1rem/1.5 system-ui, sans-serif; margin: 1.5rem }}
table {{ border-collapse: collapse; display: block; font-size: .85rem; overflow-x: auto; white-space: nowrap }}
th, td {{ padding: .1rem 1.25rem .1rem 0; text-align: left; vertical-align: top }}
th {{ border-bottom: 1px solid #e0e4ee }}
tr:nth-child(even) {{ background: #f7f8fb }}
@media (min-width: 50rem) {{
  table {{ display: table; overflow-wrap: anywhere; table-layout: fixed; white-space: normal; width: 100% }}
  th:first-child {{ width: 8rem }}
}}
</style>
<h1>{title}</h1>
{table}</html>
"""


def page(translation: Translation) -> str:
    """Return a page that shows nothing but the listing."""
    title = escape(os.path.basename(translation.program.filename))
    return _PAGE.format(title=title, table=table(translation))


def table(translation: Translation) -> str:
    """Return an HTML table with a row for every line of the program: its number in the page, Python, source."""
    filename = translation.program.filename
    heading = f"<tr><th>&nbsp;</th><th>Generated Python</th><th>{escape(filename)}</th></tr>\n"
    return f"<table>\n{heading}{''.join(_rows(translation))}</table>\n"


def _rows(translation: Translation) -> Iterator[str]:
    page, lines = translation.program.filename, translation.program.lines
    unseen = {
        file: deque(enumerate(html_lines("page", source.removesuffix("\n").split("\n")), 1))
        for file, source in translation.sources.items()
    }
    for line, code in zip(lines, html_lines("python", [str(line) for line in lines]), strict=True):
        rest = unseen[line.file]
        while rest and rest[0][0] < line.number:
            yield _row(page, line.file, *rest.popleft())
        source = rest.popleft()[1] if rest and rest[0][0] == line.number else None
        if line.text or source is not None:
            yield _row(page, line.file, line.number, source or "", code)
    for file, rest in unseen.items():
        for number, source in rest:
            yield _row(page, file, number, source)


def _row(page: str, file: str, number: int, source: str, code: str = "") -> str:
    where = str(number) if file == page else f"{escape(os.path.basename(file))}:{number}"
    return _ROW.format(where, code, source)
