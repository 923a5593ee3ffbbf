"""An httpd configuration as a tree of objects: `str` gives text for httpd, `repr` the Python that builds the tree."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import mod_python
from mod_python import httpdnames, version

# Known in the texts given as `only_if`; scripts written for the original expect them from `import *`, too.
MODULES: Final[dict[str, Any]] = {"mod_python": mod_python, "os": os, "shutil": shutil, "sys": sys}

_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"|' r"'(?:[^'\\]|\\.)*'")
_PLAIN_WORD: Final = re.compile(r"""[^\s"'\\]+""")
_PLAIN_WHOLE: Final = re.compile(r"""[^\s"'\\][^\s\\]*""")
_NOT_ONE_LINE: Final = re.compile(r"[\r\n\0]|\\$")


def httpd_version() -> tuple[int, ...]:
    """The version of the httpd that mod_python was built for, as numbers: `httpd_version() >= (2, 4, 10)`."""
    return tuple(map(int, re.findall(r"\d+", version.HTTPD_VERSION)))


def quote(text: str) -> str:
    """Put a text in double quotes, by httpd's rules: it reads the very same text."""
    return '"' + re.sub(r'([\\"])', r"\\\1", text) + '"'


def quote_if_space(text: str) -> str:
    """Put a text in double quotes if it contains a space; a path, since quotes and backslashes in it are left alone."""
    return f'"{text}"' if " " in text else text


def _word(text: str) -> str:
    return text if _PLAIN_WORD.fullmatch(text) else quote(text)


def _whole(text: str) -> str:
    """Quote a text that is one argument, unless it is quoted already or needs no quotes."""
    return text if _QUOTED.fullmatch(text) or _PLAIN_WHOLE.fullmatch(text) else quote(text)


def _one_line(text: str) -> str:
    """Refuse what httpd would read as another line, or as going on in the next one."""
    if _NOT_ONE_LINE.search(text):
        raise ValueError(f"a directive is one line that does not end in a backslash, unlike {text!r}")
    return text


class Node:
    """A part of a configuration. `indent` is the number of blanks before it, set by what contains it."""

    indent = 0

    @property
    def _pad(self) -> str:
        return " " * self.indent

    def _render(self, children: Sequence[Node], indent: int, render: Callable[[Node], str]) -> str:
        return "".join(render(child) for child in self._indented(children, indent))

    def _indented(self, children: Sequence[Node], indent: int) -> Iterator[Node]:
        for child in children:
            alone, child.indent = child.indent, self.indent + indent
            yield child
            child.indent = alone

    def _call(self, first: str, children: Sequence[Node], last: str) -> str:
        """Python for a call: its first line, a line for each child, and what comes after them."""
        lines = self._render(children, 4, lambda child: f"{child!r},\n")
        return f"{self._pad}{first}\n{lines}{self._pad}{last}"


def _nodes(children: Iterable[object]) -> list[Node]:
    nodes = list(children)
    for child in nodes:
        if not isinstance(child, Node):
            raise TypeError(f"a configuration consists of directives, sections and comments, not of {child!r}")
    return nodes  # type: ignore[return-value]


class Directive(Node):
    """One directive. `val` is a text, written as it is, or a sequence of words, each quoted if it needs that.

    A text for a directive with exactly one argument is quoted too. With `flipslash`, backslashes become slashes,
    except where they belong to a regular expression or a format. Raises `ValueError` for what is not one line.
    """

    def __init__(self, name: str, val: Any, flipslash: int = 1) -> None:
        self.name = name
        self.val = tuple(map(str, val)) if isinstance(val, list | tuple) else str(val)
        self.flipslash = flipslash
        self._arguments()

    def __str__(self) -> str:
        return f"{self._pad}{self.name} {self._arguments()}\n"

    def __repr__(self) -> str:
        several = isinstance(self.val, tuple) and len(self.val) > 1
        known = self.name in httpdnames.DIRECTIVES
        arguments = [*(() if known else (self.name,)), *(self.val if several and known else (self.val,))]
        call = ", ".join([*map(repr, arguments), *(() if self.flipslash else ("flipslash=0",))])
        return f"{self._pad}{self.name if known else 'Directive'}({call})"

    def _arguments(self) -> str:
        if isinstance(self.val, tuple):
            return _one_line(" ".join(_word(self._flipped(word)) for word in self.val))
        text = self._flipped(self.val)
        return _one_line(_whole(text) if self.name in httpdnames.ONE_ARGUMENT else text)

    def _flipped(self, text: str) -> str:
        return _flipped(text, self.name, self.flipslash)


def _flipped(text: str, name: str, flipslash: int) -> str:
    return text.replace("\\", "/") if flipslash and name not in httpdnames.KEEPS_BACKSLASHES else text


class ContainerTag(Node):
    """A section: `<tag attr>`, its contents, `</tag>`; without an argument when `attr` is None.

    `attr` is quoted where the section takes exactly one argument. Raises as `Directive` and `Container` do.
    """

    def __init__(self, tag: str, attr: Any, args: Sequence[Node], flipslash: int = 1) -> None:
        self.tag, self.attr, self.args = tag, None if attr is None else str(attr), _nodes(args)
        self.flipslash = flipslash
        self._opening()

    def __str__(self) -> str:
        contents = self._render(self.args, 2, str)
        return f"{self._pad}{self._opening()}\n{contents}{self._pad}</{self.tag}>\n"

    def __repr__(self) -> str:
        if self.tag not in httpdnames.CONTAINERS:
            return self._call(f"ContainerTag({self.tag!r}, {self.attr!r}, [", self.args, f"], {self.flipslash!r})")
        attr = "" if self.attr is None else f"{self.attr!r},"
        return self._call(f"{self.tag}({attr}", self.args, ")" if self.flipslash else "    flipslash=0)")

    def _opening(self) -> str:
        if self.attr is None:
            return f"<{self.tag}>"
        attr = _flipped(self.attr, self.tag, self.flipslash)
        # A tilde announces a regular expression as a second argument.
        whole = self.tag in httpdnames.ONE_ARGUMENT and not attr.startswith("~ ")
        return f"<{self.tag} {_one_line(_whole(attr) if whole else attr)}>"


class Container(Node):
    """A group of directives, sections, comments and groups, without a line of its own.

    With `only_if`, the group is written only when that is true at the time of writing: a callable without arguments,
    or the text of an expression in which `mod_python`, `httpd_version`, `os`, `shutil` and `sys` are known. Raises
    `TypeError` for contents of other types.
    """

    def __init__(self, *args: Node, only_if: str | Callable[[], object] | None = None) -> None:
        self.args = _nodes(args)
        self.only_if = only_if

    def append(self, value: Node) -> None:
        """Add something to the end of the group; `TypeError` for what cannot be in it."""
        self.args += _nodes([value])

    def __str__(self) -> str:
        return self._render(self.args, 0, str) if self._applies() else ""

    def __repr__(self) -> str:
        return self._call("Container(", self.args, ")" if self.only_if is None else f"    only_if={self._condition()})")

    def _applies(self) -> bool:
        if callable(self.only_if):
            return bool(self.only_if())
        return self.only_if is None or bool(eval(self.only_if, {**MODULES, "httpd_version": httpd_version}))

    def _condition(self) -> str:
        """Python for the condition; a callable is known by its name."""
        return str(getattr(self.only_if, "__name__", repr(self.only_if)))


class Comment(Node):
    """A comment of one or more lines."""

    def __init__(self, comment: str) -> None:
        self.comment = comment

    def __str__(self) -> str:
        return "".join(f"{self._pad}{self._line(line)}\n" for line in self.comment.splitlines())

    def __repr__(self) -> str:
        lines = self.comment.splitlines(keepends=True) or [""]
        return f"{self._pad}Comment(" + f"\n{self._pad}        ".join(map(repr, lines)) + ")"

    def _line(self, text: str) -> str:
        line = f"# {text}".rstrip()
        # The blank keeps a backslash from making the next line a part of the comment.
        return line + " " if line.endswith("\\") else line
