"""Where a page's text belongs: levels of indentation, found the way Python's own tokenizer finds them.

Nothing here must understand Python fully. A wrong guess costs a line break or an error from the compiler, never text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

BLANKS: Final = " \t\f"
_LEADING: Final = re.compile(rf"[{BLANKS}]*")
_LEXEME: Final = re.compile(
    r"""
    (?P<string> '''(?:\\.|[^\\])*?''' | \"\"\"(?:\\.|[^\\])*?\"\"\" | '(?:\\.|[^\\\n'])*'? | "(?:\\.|[^\\\n"])*"? )
  | (?P<comment> \#[^\n]* )
  | (?P<newline> \n )
  | (?P<blank> [ \t\f]+ | \\\n )
  | (?P<open> [(\[{] )
  | (?P<close> [)\]}] )
  | (?P<other> \w+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_DEPTH: Final = {"open": 1, "close": -1}


@dataclass(frozen=True)
class LogicalLine:
    """A line of code in Python's sense: its row counted from 0, its indentation, and whether a suite follows it."""

    row: int
    indent: str
    opens: bool


def logical_lines(code: str) -> Iterator[LogicalLine]:
    """Find the logical lines of some code; blank lines and lines of comment are none (Python reference, 2.1)."""
    rows = code.split("\n")
    depth, row, first, last = 0, 0, 0, ""
    for lexeme in _LEXEME.finditer(code + "\n"):
        kind = str(lexeme.lastgroup)
        if kind == "newline" and depth <= 0:
            if last:
                yield LogicalLine(first, leading(rows[first]), last == ":")
            depth, last = 0, ""
        elif kind not in {"blank", "comment", "newline"}:
            first = first if last else row
            last = lexeme[0]
            depth += _DEPTH.get(kind, 0)
        row += lexeme[0].count("\n")


def leading(line: str) -> str:
    """Return the blanks in front of a line."""
    return _LEADING.match(line)[0]  # type: ignore[index]  # it matches the empty string, hence always


def width(indent: str) -> int:
    """Return the column where an indentation ends; a tab goes to the next multiple of eight, as in Python."""
    return len(indent.expandtabs())


class Level:
    """A level of indentation inside `parent`.

    The level of a suite that text follows is undecided until the author's own code continues the suite, and then has
    the author's indentation. Lines keep the level and ask for its indentation when the whole page has been read.
    """

    def __init__(self, parent: Level | None = None, indent: str | None = None) -> None:
        self.parent = parent
        self._indent = indent

    @property
    def indent(self) -> str:
        """The author's indentation, else one tab more than the parent's."""
        level, tabs = self, ""
        while level.parent and level._indent is None:
            level, tabs = level.parent, tabs + "\t"
        return (level._indent or "") + tabs

    @property
    def outer(self) -> Level:
        """The enclosing level; of the outermost level, itself."""
        return self.parent or self

    def at(self, indent: str) -> Level:
        """Return the level of the line after this level that the author indented by `indent`."""
        level = self._decide(indent)
        while level.parent and width(level.indent) > width(indent):
            level = level.parent
        return level if width(level.indent) == width(indent) else Level(level, indent)

    def _decide(self, indent: str) -> Level:
        """Settle the undecided levels by a line inside them, or leave them when the line is outside."""
        known, undecided = self, list[Level]()
        while known.parent and known._indent is None:
            undecided.insert(0, known)
            known = known.parent
        if not undecided or width(indent) <= width(known.indent):
            return known
        # One suite: its code says it all. Several opened in a row: a tab or four spaces for each, as most people write.
        unit = indent.removeprefix(known.indent) if len(undecided) == 1 else "\t" if indent.endswith("\t") else "    "
        for count, level in enumerate(undecided, 1):
            level._indent = known.indent + unit * count
        return undecided[-1]
