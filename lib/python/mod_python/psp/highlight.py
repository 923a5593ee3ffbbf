"""Lines of pages and of Python as HTML: highlighted where the package Pygments is installed, else in one colour.

Whatever the source, all of it is escaped.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from html import escape
from importlib import import_module
from typing import Any, Final

_TAG_OR_BLANK: Final = re.compile("(<[^>]*>)| ")
_COLOURS: Final = {"page": "green", "python": "blue"}


def html_lines(kind: str, lines: Sequence[str]) -> list[str]:
    """Return the lines of one text, each as HTML of its own. `kind` is "page" or "python"."""
    lexers = _lexers()
    if not lexers:
        colour = _COLOURS[kind]
        return [f'<font color="{colour}">{_hard_blanks(escape(_tabless(line)))}</font>' for line in lines]
    formatter = import_module("pygments.formatters").HtmlFormatter(nowrap=True, noclasses=True)
    formatted = import_module("pygments").highlight("\n".join(map(_tabless, lines)) + "\n", lexers[kind], formatter)
    return [_hard_blanks(line) for line in formatted.split("\n")[: len(lines)]]


@functools.cache
def _lexers() -> dict[str, Any]:
    """The lexers of Pygments by what they read; none when it is not installed."""
    try:
        lexer, lexers, token = map(import_module, ("pygments.lexer", "pygments.lexers", "pygments.token"))
    except ImportError:
        return {}
    mark = token.Comment.Preproc
    code = lexer.bygroups(mark, lexer.using(lexers.PythonLexer), mark)
    rules = [("<%--.*?--%>", token.Comment), ("<%@.*?%>", mark), ("(<%=?)(.*?)(%>)", code), ("[^<]+|<", token.Other)]
    blocks = type("Blocks", (lexer.RegexLexer,), {"flags": re.DOTALL, "tokens": {"root": rules}})
    options = {"stripnl": False, "ensurenl": False}
    return {
        "page": lexer.DelegatingLexer(lexers.HtmlLexer, blocks, **options),
        "python": lexers.PythonLexer(**options),
    }


def _tabless(line: str) -> str:
    return line.replace("\t", "    ")


def _hard_blanks(html: str) -> str:
    """Make the blanks of the text, those between tags, ones that a browser keeps."""
    return _TAG_OR_BLANK.sub(lambda found: found[1] or "&nbsp;", html)
