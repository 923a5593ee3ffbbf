"""Tokens in, a Python program out: what the indentation of a page means, and where a line must break.

Statements of one line of the page share a line of the program, joined by `;`. Whatever might swallow its neighbours
(a suite, a comment, a compound statement) gets a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from mod_python.psp.layout import BLANKS, Level, leading, logical_lines, width
from mod_python.psp.lexer import Code, Expression, Origin, Text, Token
from mod_python.psp.program import Line, Program

_CLAUSE: Final = re.compile(r"(?:elif|else|except|finally)\b")
_ALONE: Final = re.compile(
    r"@|(?:async|case|class|def|elif|else|except|finally|for|if|match|try|while|with)\b|.*\#", re.DOTALL
)
_UNWRITABLE: Final = re.compile("[\0\ud800-\udfff]")


def generate(tokens: Iterable[Token], filename: str) -> Program:
    """Translate the tokens of the page `filename`; those of an include stand between two `Origin` tokens."""
    generator = _Generator(filename)
    for token in tokens:
        _ADD[type(token)](generator, token)
    return Program(filename, generator.finish())


def literal(text: str) -> str:
    """Write text as a Python literal with the same line breaks, so that it has as many lines as in the page."""
    escaped = text.replace("\\", r"\\").replace("'", r"\'")
    return "'''{}'''".format(_UNWRITABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped))


class _Generator:
    """The program so far. Its last line is the one being written; `level` is where text and expressions belong."""

    def __init__(self, filename: str) -> None:
        self.level = Level(None, "")
        self.lines = [Line(filename, 1)]
        self.before = 0  # how many lines of the program precede line 1 of the current file

    def finish(self) -> list[Line]:
        """Return the lines that were written."""
        return self.lines if self.lines[-1].text else self.lines[:-1]

    def text(self, token: Text) -> None:
        """Send text. After text that holds a line break the program breaks too, so that what follows starts a line."""
        added = self._seek(token.line)
        parts = literal(token.source).rsplit("\n", 1 + added)  # fewer breaks in the literal make up for added lines
        self._simple(token.line, "req.write({}, 0)".format("\\n".join(parts)))
        if len(parts) > 1:
            self._break()

    def expression(self, token: Expression) -> None:
        """Send the value of an expression, unless it is empty."""
        value = token.source.strip(BLANKS)
        if value.strip():
            end = "\n" if "#" in value.rpartition("\n")[2] else ""
            self._simple(token.line, f"req.write(str({value}{end}), 0)")

    def code(self, token: Code) -> None:
        """Add Python statements; only those that span lines or open a suite change the indentation."""
        if "\n" in token.source:
            self._block(token)
        else:
            self._one_line(token)

    def origin(self, token: Origin) -> None:
        """Go to another file, or back."""
        self._break()
        self.lines[-1].file = token.source
        self.before = len(self.lines) - token.line

    def _one_line(self, token: Code) -> None:
        code = token.source.strip(BLANKS).rstrip(BLANKS + ";")
        self._start(token.line, code)
        if _ALONE.match(code):
            self._break()
        self._follow(code)

    def _block(self, token: Code) -> None:
        first, *rest = token.source.split("\n")
        self._start(token.line, first.lstrip(BLANKS))
        file = self.lines[-1].file
        self.lines += [Line(file, number, text, verbatim=True) for number, text in enumerate(rest, token.line + 1)]
        if rest[-1].strip(BLANKS):
            self._break()
        else:
            self.lines[-1].text = ""  # its blanks are the indentation of what follows
        self._end(leading(rest[-1] or ("", *rest)[-2]), opened=self._follow(token.source))

    def _end(self, indent: str, opened: bool) -> None:
        """Take the indentation of a block's last line for the text that follows, unless it cannot be meant.

        It cannot when a suite was opened and the line is not deeper, or when none was and the line is deeper.
        """
        column, head, code = width(indent), width(self.level.outer.indent), width(self.level.indent)
        if column > head if opened else column < code:
            self.level = self.level.at(indent)

    def _start(self, line: int, code: str) -> None:
        """Add code where text would stand: at the level of the text, or of the suite's head when it goes on there."""
        self._seek(line)
        if _CLAUSE.match(code):
            self.level = self.level.outer
        if _ALONE.match(code) and self.lines[-1].text:
            self._break()
        if code:
            self._simple(line, code)

    def _follow(self, code: str) -> bool:
        """Follow the levels of some code; tell whether its last logical line waits for a suite."""
        opened = False
        for line in logical_lines(code):
            if line.row:
                self.level = self.level.at(line.indent)
            if line.opens:
                self.level = Level(self.level)
            opened = line.opens
        return opened

    def _simple(self, line: int, statement: str) -> None:
        """Add a simple statement, on the line where its neighbours are."""
        self._seek(line)
        first, *rest = statement.split("\n")
        current = self.lines[-1]
        if current.text:
            current.text += "; " + first
        else:
            current.number, current.level, current.text = line, self.level, first
        current.verbatim = False
        self.lines += [Line(current.file, number, text, verbatim=True) for number, text in enumerate(rest, line + 1)]

    def _seek(self, line: int) -> int:
        """Go to the program's line for `line` of the current file; return how many lines were added before it."""
        if self.lines[-1].text and self.lines[-1].number != line:
            self._break()
        while len(self.lines) - self.before < line:
            self._break()
        return len(self.lines) - self.before - line

    def _break(self) -> None:
        self.lines.append(Line(self.lines[-1].file, self.lines[-1].number + 1))


_ADD: Final[dict[type[Token], Callable[[_Generator, Any], None]]] = {
    Text: _Generator.text,
    Expression: _Generator.expression,
    Code: _Generator.code,
    Origin: _Generator.origin,
}
