"""The Python program a page became, compiled so that errors and tracebacks name the lines of the page.

One code object has one file name, so the lines of included files are numbered behind the last line of the page, and
named when an exception leaves the page.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from types import CodeType, TracebackType
from typing import Any, Final

from mod_python.psp.layout import Level
from mod_python.psp.lexer import ParseError

_NO_COLUMN: Final = -1


@dataclass
class Line:
    """A line of the program and where it comes from; a `verbatim` line has the page's own columns."""

    file: str
    number: int
    text: str = ""
    level: Level | None = None
    verbatim: bool = False

    def __str__(self) -> str:
        return self.level.indent + self.text if self.level and self.text else self.text


@dataclass(frozen=True)
class Program:
    """The lines of the program that the page `filename` became."""

    filename: str
    lines: Sequence[Line]

    @property
    def source(self) -> str:
        """The program as text. Line k comes from line k of the page, up to the first include or crowded line."""
        return "".join(f"{line}\n" for line in self.lines)

    def compile(self) -> CodeType:
        """Compile the program. Raises `SyntaxError` (or a subclass) with the file and the line of the page."""
        with self._errors(self._line):
            tree = ast.parse(self.source, self.filename)
        for node in ast.walk(tree):
            if hasattr(node, "lineno"):
                self._relocate(node)
        with self._errors(self._origin):
            return compile(tree, self.filename, "exec", dont_inherit=True)

    def execute(self, code: CodeType, namespace: dict[str, Any]) -> None:
        """Run what `compile` returned. What it raises passes, with a traceback that names the included files."""
        try:
            exec(code, namespace)
        except BaseException as error:
            self._retrace(error.__traceback__)
            raise

    @cached_property
    def _page_length(self) -> int:
        return max((line.number for line in self.lines if line.file == self.filename), default=0)

    def _line(self, row: int) -> Line:
        """Return the line at `row` of the program; CPython reports some errors behind the last one."""
        return self.lines[min(row, len(self.lines)) - 1]

    def _position(self, row: int) -> int:
        """Return the number that the code object has for `row` of the program."""
        line = self._line(row)
        return line.number if line.file == self.filename else self._page_length + row

    def _origin(self, position: int) -> Line:
        """Return the line that a number of the code object stands for."""
        if position > self._page_length:
            return self._line(position - self._page_length)
        return Line(self.filename, position)

    def _relocate(self, node: Any) -> None:
        """Give a syntax tree's node the position of the page's line that it comes from."""
        if not (self._line(node.lineno).verbatim and self._line(node.end_lineno).verbatim):
            node.col_offset = node.end_col_offset = _NO_COLUMN
        node.lineno, node.end_lineno = self._position(node.lineno), self._position(node.end_lineno)
        if node.end_lineno < node.lineno:  # from an include back into the page; CPython refuses to compile that
            node.end_lineno = node.lineno
            node.col_offset = node.end_col_offset = _NO_COLUMN

    @contextmanager
    def _errors(self, locate: Callable[[int], Line]) -> Iterator[None]:
        try:
            yield
        except SyntaxError as error:
            reported = error.lineno or 1
            line = locate(reported)
            error.filename, error.lineno = line.file, line.number
            error.end_lineno = line.number + (error.end_lineno or reported) - reported
            raise
        except (RecursionError, MemoryError, ValueError) as error:
            raise ParseError(f"Python cannot compile this page: {error}", self.filename, 1) from error

    def _retrace(self, entry: TracebackType | None) -> None:
        """Replace the traceback's entries for lines of included files by ones with the right name and number."""
        while entry and (inner := entry.tb_next):
            if inner.tb_frame.f_code.co_filename == self.filename and inner.tb_lineno > self._page_length:
                entry.tb_next = _traceback_at(self._origin(inner.tb_lineno), inner.tb_frame.f_code.co_name)
                entry.tb_next.tb_next = inner.tb_next
            entry = entry.tb_next


def _traceback_at(line: Line, name: str) -> TracebackType:
    """Make the traceback of an exception in the function `name` at that line of another file."""
    at = {"lineno": line.number, "end_lineno": line.number, "col_offset": _NO_COLUMN, "end_col_offset": _NO_COLUMN}
    failure = ast.Raise(ast.Name("LookupError", ast.Load(), **at), None, **at)
    code = compile(ast.Module([failure], []), line.file, "exec", dont_inherit=True).replace(co_name=name)
    made: Any = None
    try:
        exec(code, {})
    except LookupError as error:
        made = error.__traceback__
    return made.tb_next  # type: ignore[no-any-return]
