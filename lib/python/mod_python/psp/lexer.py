"""PSP source in, tokens out: text, code, expressions and includes, each with its line.

No I/O and no knowledge of Python: the first `%>` ends a block, even inside a string or a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


class ParseError(SyntaxError):
    """A PSP page that cannot be translated; `filename` and `lineno` point into the page.

    A subclass of `SyntaxError`, so that whoever expects a page's Python errors meets the page's own errors too.
    """

    def __init__(self, message: str, filename: str, line: int) -> None:
        super().__init__(message, (filename, line, None, None))


@dataclass(frozen=True)
class Token:
    """What a page is made of. `line` is where `source` starts, counted from 1."""

    line: int
    source: str


class Text(Token):
    """Text to send as it is."""


class Code(Token):
    """Python statements: `<% ... %>`."""


class Expression(Token):
    """A value to write: `<%= ... %>`."""


class Include(Token):
    """The path of another page, read in this place: `<%@ include file="..." %>`."""


class Origin(Token):
    """What follows comes from line `line` of the file `source`. Never found in a page: two of them frame an include."""


@dataclass(frozen=True)
class _Block:
    mark: str
    end: str
    token: type[Token] | None


_BLOCKS: Final = (  # the longest mark first
    _Block("<%--", "--%>", None),
    _Block("<%@", "%>", Include),
    _Block("<%=", "%>", Expression),
    _Block("<%", "%>", Code),
)
_INCLUDE: Final = re.compile(r"""\s*include\s+file\s*=\s*(["'])([^"'\s\0]+)\1\s*""")
_NOT_PYTHON: Final = re.compile("[\0\ud800-\udfff]")


def decode(source: str | bytes) -> str:
    """Return the page as text with every line end as LF. Raises `UnicodeDecodeError` for bytes that are not UTF-8."""
    text = source.decode("utf-8") if isinstance(source, bytes) else source
    return text.replace("\r\n", "\n").replace("\r", "\n")


def lex(source: str, filename: str) -> Iterator[Token]:
    """Split a page that `decode` returned into tokens. Raises `ParseError` for a block without an end.

    Comments, empty runs of text and directives other than `include` leave no token.
    """
    position, line = 0, 1
    while (start := source.find("<%", position)) >= 0:
        if start > position:
            yield Text(line, source[position:start])
        line += source.count("\n", position, start)
        block = next(block for block in _BLOCKS if source.startswith(block.mark, start))
        body = start + len(block.mark)
        end = source.find(block.end, body)
        if end < 0:
            raise ParseError(f"{block.mark} without {block.end}", filename, line)
        yield from _tokens(block, line, source[body:end], filename)
        line += source.count("\n", start, end)
        position = end + len(block.end)
    if position < len(source):
        yield Text(line, source[position:])


def _tokens(block: _Block, line: int, body: str, filename: str) -> Iterator[Token]:
    if block.token is Include:
        if directive := _INCLUDE.fullmatch(body):
            yield Include(line, directive[2])
    elif block.token:
        if found := _NOT_PYTHON.search(body):
            where = line + body.count("\n", 0, found.start())
            raise ParseError(f"U+{ord(found[0]):04X} in Python code", filename, where)
        yield block.token(line, body)
